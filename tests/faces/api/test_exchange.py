from __future__ import annotations

import httpx2

from momoshtrem.errors import InvalidInput
from momoshtrem.services.exchange.export import Choice
from tests.faces.api.conftest import error_of
from tests.fakes.exchange import DOCUMENT
from tests.fakes.services import FakeServices


async def test_the_library_is_a_file_to_be_saved(http: httpx2.AsyncClient, services: FakeServices) -> None:
    found = await http.get("/export", params={"metainfo": True})
    assert found.content == DOCUMENT
    assert found.headers["content-type"] == "application/json"
    assert found.headers["content-disposition"] == 'attachment; filename="momoshtrem.json"'
    await http.get("/export", params={"trackers": False})
    assert services.exchange.asked == [Choice(metainfo=True), Choice(trackers=False)]


async def test_a_choice_that_cannot_be_is_refused(http: httpx2.AsyncClient) -> None:
    refused = await http.get("/export", params={"metainfo": True, "trackers": False})
    assert error_of(refused) == (400, "invalid_input")


async def test_an_import_tells_what_it_did(http: httpx2.AsyncClient, services: FakeServices) -> None:
    done = await http.post("/import", content=DOCUMENT, params={"dry_run": True})
    assert services.exchange.added == [(DOCUMENT, True)]
    report = done.json()
    assert (report["dry_run"], report["searched"]) == (True, 0)
    assert report["movies"] == {"added": 2, "kept": 0, "skipped": 0}
    assert report["files"] == {"added": 1, "kept": 0, "skipped": 1}
    assert report["torrents"] == {"added": 0, "kept": 1, "skipped": 0}
    assert report["skipped"] == [{"place": "movies[0].files[0]", "reason": "its torrent has no such file"}]


async def test_what_is_wrong_with_a_document_is_said(
    http: httpx2.AsyncClient, services: FakeServices
) -> None:
    services.exchange.error = InvalidInput("movies[0].title: Field required.")
    assert error_of(await http.post("/import", content=b"{}")) == (400, "invalid_input")


async def test_a_document_may_be_larger_than_other_bodies(
    http: httpx2.AsyncClient, services: FakeServices
) -> None:
    content = DOCUMENT + b" " * 11 * 2**20
    assert (await http.post("/import", content=content)).is_success
    assert services.exchange.added == [(content, False)]
    assert error_of(await http.post("/movies", content=content)) == (413, "too_large")
