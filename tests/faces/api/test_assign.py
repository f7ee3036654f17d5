from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from momoshtrem.errors import (
    InvalidTorrent,
    MomoshtremError,
    NoMatch,
    NotFound,
    StorageFailed,
    Unavailable,
)
from momoshtrem.faces.api.app import MAX_BODY
from momoshtrem.model.media import Episode
from momoshtrem.services.acquire import Source
from momoshtrem.services.matching import Options, Placement, Target
from tests.faces.api.conftest import error_of
from tests.fakes.services import FILE, HASH, JOB, QUALITY, REPORT, FakeServices

MAGNET = f"magnet:?xt=urn:btih:{HASH}"
FORM = "multipart/form-data; boundary=b"


@pytest.mark.parametrize("kind", ["movie", "show", "episode"])
async def test_a_magnet_is_assigned(http: httpx2.AsyncClient, services: FakeServices, kind: str) -> None:
    answer = await http.post(f"/{kind}s/3/assign-torrent", json={"magnet_uri": MAGNET})
    assert answer.status_code == 200
    [(target, source, options, wait)] = services.acquire.asked
    assert (target.kind, target.id) == (kind, 3)
    assert (source, options, wait) == (Source(magnet_uri=MAGNET), Options(), 30.0)


async def test_a_file_is_assigned(http: httpx2.AsyncClient, services: FakeServices) -> None:
    answer = await http.post(
        "/movies/3/assign-torrent",
        params={"wait": "0.5"},
        files={"torrent": ("film.torrent", b"d4:infode")},
        data={"file_index": "2", "version": "2160p", "dry_run": "true"},
    )
    assert answer.status_code == 200
    assert services.acquire.asked == [
        (Target("movie", 3), Source(blob=b"d4:infode"), Options(2, "2160p", True), 0.5)
    ]


async def test_a_magnet_may_come_in_a_form(http: httpx2.AsyncClient, services: FakeServices) -> None:
    body = f'--b\r\nContent-Disposition: form-data; name="magnet_uri"\r\n\r\n{MAGNET}\r\n--b--\r\n'
    answer = await http.post("/movies/3/assign-torrent", content=body, headers={"Content-Type": FORM})
    assert answer.status_code == 200
    assert services.acquire.asked[0][1] == Source(magnet_uri=MAGNET)


async def test_the_report_of_a_movie(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/movies/3/assign-torrent", json={"magnet_uri": MAGNET})
    assert answer.json() == {
        "info_hash": HASH,
        "name": "The.Matrix.1999",
        "dry_run": False,
        "summary": {"total_files": 4, "matched": 1, "proposed": 0, "unmatched": 1, "skipped": 2},
        "matched": [
            {
                "file_index": 1,
                "path": "The.Matrix.1999/matrix.mkv",
                "size": 8_000_000_000,
                "episodes": [],
                "resolution": "1080p",
                "source": "BluRay",
                "codec": "x264",
                "hdr": None,
                "group": "GRP",
                "confidence": 0.9,
                "reason": "the largest video",
                "proposed": False,
                "notes": [],
            }
        ],
        "unmatched": [{"file_index": 0, "path": "extras/making.mkv", "size": 5000, "reason": "an extra"}],
        "skipped": [{"reason": "a subtitle", "count": 2}],
    }


async def test_the_report_of_a_show_names_episodes(http: httpx2.AsyncClient, services: FakeServices) -> None:
    pilot = Episode(11, 1, 2, "Pilot", None, None)
    match = Placement(FILE, (pilot,), QUALITY, 1.0, "named S01E02")
    services.acquire.answer = replace(REPORT, matched=(match,), dry_run=True)
    report = (await http.post("/shows/1/assign-torrent", json={"magnet_uri": MAGNET, "dry_run": True})).json()
    assert report["dry_run"] is True
    assert report["matched"][0]["episodes"] == [{"id": 11, "season": 1, "number": 2, "name": "Pilot"}]


async def test_a_magnet_without_metadata_goes_on(http: httpx2.AsyncClient, services: FakeServices) -> None:
    services.acquire.answer = JOB
    answer = await http.post("/movies/3/assign-torrent", json={"magnet_uri": MAGNET}, params={"wait": 0})
    assert answer.status_code == 202
    assert answer.json()["job"]["state"] == "queued"
    assert services.acquire.asked[0][3] == 0


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NotFound("No movie."), (404, "not_found")),
        (InvalidTorrent("No torrent."), (422, "invalid_torrent")),
        (NoMatch("No video."), (422, "no_match")),
        (Unavailable("No peer."), (503, "unavailable")),
        (StorageFailed("The disk is full."), (507, "storage_failed")),
    ],
)
async def test_errors_of_the_service(
    http: httpx2.AsyncClient, services: FakeServices, error: MomoshtremError, expected: tuple[int, str]
) -> None:
    services.acquire.answer = error
    assert error_of(await http.post("/movies/1/assign-torrent", json={"magnet_uri": MAGNET})) == expected


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "magnet_uri"),
        ({"magnet_uri": ""}, "magnet_uri"),
        ({"magnet_uri": MAGNET, "torrent": "d4:infode"}, "torrent"),
        ({"magnet_uri": MAGNET, "file_index": -1}, "file_index"),
        ({"magnet_uri": MAGNET, "file_index": 2**31}, "file_index"),
        ({"magnet_uri": MAGNET, "version": "x" * 41}, "version"),
        ({"magnet_uri": MAGNET, "dryrun": True}, "dryrun"),
    ],
)
async def test_a_wrong_body_is_named(
    http: httpx2.AsyncClient, services: FakeServices, body: dict[str, object], field: str
) -> None:
    answer = await http.post("/movies/1/assign-torrent", json=body)
    assert error_of(answer) == (400, "invalid_input")
    assert field in answer.json()["error"]["message"]
    assert not services.acquire.asked


@pytest.mark.parametrize(
    "fields",
    [{"dry_run": "true"}, {"magnet_uri": MAGNET, "torrent": "x"}, {"torrent": "x", "dry_run": "maybe"}],
)
async def test_a_wrong_form(http: httpx2.AsyncClient, services: FakeServices, fields: dict[str, str]) -> None:
    files = {name: (None, value) for name, value in fields.items()}
    answer = await http.post("/movies/1/assign-torrent", files=files)
    assert error_of(answer) == (400, "invalid_input")
    assert not services.acquire.asked


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"--b\r\n\r\n", b"--b\r\nContent-Disposition: x\r\n\r\n1\r\n--b--"]
)
async def test_a_form_that_is_none(http: httpx2.AsyncClient, content: bytes) -> None:
    answer = await http.post("/movies/1/assign-torrent", content=content, headers={"Content-Type": FORM})
    assert error_of(answer) == (400, "invalid_input")


async def test_only_one_file_is_taken(http: httpx2.AsyncClient) -> None:
    files = [("torrent", ("a", b"1")), ("torrent", ("b", b"2"))]
    assert error_of(await http.post("/movies/1/assign-torrent", files=files)) == (400, "invalid_input")


@pytest.mark.parametrize("wait", ["-1", "601", "nan", "inf", "soon"])
async def test_the_wait_has_bounds(http: httpx2.AsyncClient, wait: str) -> None:
    answer = await http.post("/movies/1/assign-torrent", json={"magnet_uri": MAGNET}, params={"wait": wait})
    assert error_of(answer) == (400, "invalid_input")
    assert "wait" in answer.json()["error"]["message"]


@pytest.mark.parametrize("content_type", ["application/json", FORM])
async def test_an_announced_flood_is_refused_unread(http: httpx2.AsyncClient, content_type: str) -> None:
    read = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 2**20
            yield bytes(2**20)

    headers = {"Content-Type": content_type, "Content-Length": str(100 * 2**20)}
    answer = await http.post("/movies/1/assign-torrent", content=flood(), headers=headers)
    assert error_of(answer) == (413, "too_large")
    assert read == 0


async def test_a_flood_without_a_length_is_refused_at_the_limit(
    http: httpx2.AsyncClient, services: FakeServices
) -> None:
    read = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 2**20
            yield bytes(2**20)

    answer = await http.post("/movies/1/assign-torrent", content=flood(), headers={"Content-Type": FORM})
    assert error_of(answer) == (413, "too_large")
    assert read <= MAX_BODY + 2**21
    assert not services.acquire.asked
