from __future__ import annotations

from dataclasses import replace

import httpx2
import pytest

from momoshtrem.errors import NotConfigured, ServiceDown, ServiceRefused
from momoshtrem.model.media import NewMovie
from tests.faces.api.conftest import error_of
from tests.fakes.services import ASSIGNMENT, FakeServices

MATRIX = {"title": "The Matrix", "year": 1999}


async def test_a_movie_is_added_once(http: httpx2.AsyncClient) -> None:
    first = await http.post("/movies", json=MATRIX)
    assert first.status_code == 201
    assert first.json() == {
        **MATRIX,
        "id": 1,
        "tmdb_id": None,
        "path": None,
        "added_at": "2026-01-02T03:04:05Z",
        "pinned": False,
    }
    second = await http.post("/movies", json=MATRIX)
    assert second.status_code == 200
    assert second.json() == first.json()


async def test_a_movie_is_added_by_its_tmdb_id(http: httpx2.AsyncClient, services: FakeServices) -> None:
    services.catalog.tmdb[603] = NewMovie("The Matrix", 1999, 603)
    answer = await http.post("/movies", json={"tmdb_id": 603})
    assert answer.status_code == 201
    assert answer.json()["tmdb_id"] == 603
    assert error_of(await http.post("/movies", json={"tmdb_id": 604})) == (404, "not_found")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NotConfigured("No TMDB key is set."), (409, "not_configured")),
        (ServiceDown("TMDB does not answer."), (503, "service_down")),
        (ServiceRefused("TMDB refuses the key."), (502, "service_refused")),
    ],
)
async def test_errors_of_tmdb(
    http: httpx2.AsyncClient, services: FakeServices, error: NotConfigured, expected: tuple[int, str]
) -> None:
    services.catalog.error = error
    answer = await http.post("/movies", json={"tmdb_id": 603})
    assert error_of(answer) == expected
    assert ("retry-after" in answer.headers) == (answer.status_code == 503)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"title": "a", "year": 12}, "year"),
        ({"title": "a", "year": 10**30}, "year"),
        ({"title": "a", "yeer": 1999}, "yeer"),
        ({"tmdb_id": 2**31}, "tmdb_id"),
        ({"tmdb_id": 0}, "tmdb_id"),
        ({"tmdb_id": 603, "title": "a"}, "title"),
        ([], "JSON object"),
        ("text", "JSON object"),
    ],
)
async def test_a_wrong_body_is_named_and_adds_nothing(
    http: httpx2.AsyncClient, services: FakeServices, body: object, field: str
) -> None:
    answer = await http.post("/movies", json=body)
    assert error_of(answer) == (400, "invalid_input")
    assert field in answer.json()["error"]["message"]
    assert not services.catalog.movies


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"title": "\xff"}', b'{"title": "\\ud800"}', b"[" * 100_000]
)
async def test_a_body_that_is_no_json(http: httpx2.AsyncClient, content: bytes) -> None:
    answer = await http.post("/movies", content=content, headers={"Content-Type": "application/json"})
    assert error_of(answer) == (400, "invalid_input")


async def test_json_must_be_called_json(http: httpx2.AsyncClient) -> None:
    """Else a foreign page could send it from a browser that is signed in."""
    answer = await http.post("/movies", content=b'{"title": "a"}', headers={"Content-Type": "text/plain"})
    assert error_of(answer) == (400, "invalid_input")
    assert "application/json" in answer.json()["error"]["message"]


async def test_movies_are_listed_in_pages(http: httpx2.AsyncClient) -> None:
    for number in range(3):
        await http.post("/movies", json={"title": f"Film {number}"})
    page = (await http.get("/movies", params={"limit": 2, "offset": 1})).json()
    assert [each["title"] for each in page.pop("items")] == ["Film 1", "Film 2"]
    assert page == {"total": 3, "limit": 2, "offset": 1}
    found = (await http.get("/movies", params={"search": "m 2"})).json()
    assert [each["title"] for each in found["items"]] == ["Film 2"]
    assert (await http.get("/movies", params={"search": ""})).json()["total"] == 3
    assert found["limit"] == 50


@pytest.mark.parametrize(
    "params",
    [{"limit": 0}, {"limit": 501}, {"limit": "x"}, {"offset": -1}, {"offset": 2**63}, {"search": "a\0"}],
)
async def test_a_page_has_bounds(http: httpx2.AsyncClient, params: dict[str, str]) -> None:
    answer = await http.get("/movies", params=params)
    assert error_of(answer) == (400, "invalid_input")
    assert next(iter(params)) in answer.json()["error"]["message"]


async def test_one_movie_has_its_assignments(http: httpx2.AsyncClient, services: FakeServices) -> None:
    await http.post("/movies", json=MATRIX)
    assert (await http.get("/movies/1")).json()["assignments"] == []
    services.catalog.assigned.append(ASSIGNMENT)
    [assignment] = (await http.get("/movies/1")).json()["assignments"]
    assert assignment == {
        "id": 7,
        "info_hash": ASSIGNMENT.info_hash,
        "file_index": 1,
        "path": "The.Matrix.1999/matrix.mkv",
        "size": 8_000_000_000,
        "resolution": "1080p",
        "source": "BluRay",
        "codec": "x264",
        "hdr": None,
        "group": "GRP",
        "confidence": 0.9,
        "version": "",
        "rank": 0,
        "movie_id": 1,
        "episode_id": None,
        "assigned_at": "2026-01-02T03:04:05Z",
        "proposed": False,
        "reason": "",
        "failed_at": None,
        "failure": "",
    }


async def test_a_movie_is_removed(http: httpx2.AsyncClient) -> None:
    await http.post("/movies", json=MATRIX)
    answer = await http.delete("/movies/1")
    assert (answer.status_code, answer.content) == (204, b"")
    assert error_of(await http.delete("/movies/1")) == (404, "not_found")
    assert error_of(await http.get("/movies/1")) == (404, "not_found")


@pytest.mark.parametrize("movie_id", ["0", "-1", "x", "1.5", str(2**63), "9" * 5000])
async def test_an_id_is_a_number_that_the_database_takes(http: httpx2.AsyncClient, movie_id: str) -> None:
    assert error_of(await http.get(f"/movies/{movie_id}")) == (400, "invalid_input")


async def test_the_largest_id_is_only_not_there(http: httpx2.AsyncClient) -> None:
    assert error_of(await http.get(f"/movies/{2**63 - 1}")) == (404, "not_found")


async def test_a_movie_loses_its_files(http: httpx2.AsyncClient, services: FakeServices) -> None:
    assert (await http.delete("/movies/1/assign")).status_code == 204
    assert services.acquire.unassigned == [("movie", 1)]
    assert error_of(await http.delete("/movies/2/assign")) == (404, "not_found")


async def test_a_movie_is_pinned_and_unpinned(http: httpx2.AsyncClient, services: FakeServices) -> None:
    for _ in range(2):
        answer = await http.put("/movies/1/pin")
        assert (answer.status_code, answer.content) == (204, b"")
        assert services.pins.pinned == {("movie", 1)}
    for _ in range(2):
        assert (await http.delete("/movies/1/pin")).status_code == 204
        assert not services.pins.pinned
    assert error_of(await http.put("/movies/2/pin")) == (409, "conflict")
    assert error_of(await http.put("/movies/3/pin")) == (404, "not_found")
    assert error_of(await http.delete("/movies/3/pin")) == (404, "not_found")
    assert error_of(await http.put("/movies/x/pin")) == (400, "invalid_input")


async def test_pinned_movies_are_listed(http: httpx2.AsyncClient, services: FakeServices) -> None:
    for number in range(2):
        await http.post("/movies", json={"title": f"Film {number}"})
    services.catalog.movies[1] = replace(services.catalog.movies[1], pinned=True)
    for pinned, ids in (("true", [1]), ("false", [2])):
        items = (await http.get("/movies", params={"pinned": pinned})).json()["items"]
        assert [(each["id"], each["pinned"]) for each in items] == [(ids[0], pinned == "true")]
    assert error_of(await http.get("/movies", params={"pinned": "maybe"})) == (400, "invalid_input")
