from __future__ import annotations

from dataclasses import asdict

import httpx2
import pytest

from momoshtrem.model.stored import Traffic
from momoshtrem.services.torrents import TorrentView
from momoshtrem.torrents.engine import Stall, StallCount, TorrentStatus, Wait
from tests.faces.api.conftest import error_of
from tests.fakes.services import FILE, HASH, READER, RECORD, FakeServices


async def test_a_torrent_at_rest(http: httpx2.AsyncClient) -> None:
    page = (await http.get("/torrents")).json()
    assert page["total"] == 1
    assert page["items"] == [
        {
            "info_hash": HASH,
            "name": "The.Matrix.1999",
            "state": "ready",
            "reason": None,
            "private": False,
            "total_size": 15,
            "piece_length": 4,
            "added_at": "2026-01-02T03:04:05Z",
            "used_at": None,
            "progress": 0.5,
            "cached": 8192,
            "download_rate": 0,
            "upload_rate": 0,
            "peers": 0,
            "readers": [],
            "uploaded": 500,
            "downloaded": 2000,
            "ratio": 0.25,
            "seeded": 60.0,
            "leaves_in": None,
        }
    ]


async def test_a_loaded_torrent_tells_how_it_does(http: httpx2.AsyncClient, services: FakeServices) -> None:
    total = Traffic(uploaded=300, downloaded=200, seconds=5.0)
    live = TorrentStatus(HASH, "idle", 0.75, 1000, 20, 5, (READER,), 9, total=total, leaves_in=84.0)
    services.torrents.views[HASH] = TorrentView(RECORD, live)
    torrent = (await http.get(f"/torrents/{HASH.upper()}")).json()
    live_fields = {
        "state": "idle",
        "progress": 0.75,
        "download_rate": 1000,
        "upload_rate": 20,
        "peers": 5,
        "readers": [asdict(READER)],
        "uploaded": 300,
        "downloaded": 200,
        "ratio": 1.5,
        "seeded": 5.0,
        "leaves_in": 84.0,
    }
    assert torrent == {**torrent, **live_fields}


async def test_a_torrent_whose_reads_fail_says_why(http: httpx2.AsyncClient, services: FakeServices) -> None:
    failed = TorrentStatus(HASH, "failed", 0.5, 0, 0, 0, (), 9, reason="The cache cannot be written.")
    services.torrents.views[HASH] = TorrentView(RECORD, failed)
    torrent = (await http.get(f"/torrents/{HASH}")).json()
    assert (torrent["state"], torrent["reason"]) == ("failed", "The cache cannot be written.")


async def test_what_readers_waited_for_is_told(http: httpx2.AsyncClient, services: FakeServices) -> None:
    status = TorrentStatus(
        *(HASH, "streaming", 0.5, 0, 0, 2, (), 9),
        waits=(Wait(7, 0.5),),
        stalls=(StallCount("held", 1, 1.5),),
        last_stalls=(Stall(3, 1.5, "held", ("shut_out",)),),
    )
    services.torrents.views[HASH] = TorrentView(RECORD, status)
    torrent = (await http.get(f"/torrents/{HASH}")).json()
    assert torrent["waits"] == [{"piece": 7, "seconds": 0.5, "reason": None}]
    assert torrent["stalls"] == [{"reason": "held", "count": 1, "seconds": 1.5}]
    assert torrent["last_stalls"] == [{"piece": 3, "seconds": 1.5, "reason": "held", "cures": ["shut_out"]}]


async def test_one_torrent_has_files_and_assignments_and_no_secrets(http: httpx2.AsyncClient) -> None:
    answer = await http.get(f"/torrents/{HASH}")
    torrent = answer.json()
    assert torrent["files"] == [{"index": 1, "path": FILE.path, "size": FILE.size}]
    assert [each["movie_id"] for each in torrent["assignments"]] == [1]
    assert "secret" not in answer.text


@pytest.mark.parametrize("delete_data", [None, False, True])
async def test_a_torrent_is_removed(
    http: httpx2.AsyncClient, services: FakeServices, delete_data: bool | None
) -> None:
    params = {} if delete_data is None else {"delete_data": delete_data}
    assert (await http.delete(f"/torrents/{HASH}", params=params)).status_code == 204
    assert services.torrents.removed == [(HASH, bool(delete_data))]


async def test_a_torrent_is_taken_out_of_the_cache(http: httpx2.AsyncClient, services: FakeServices) -> None:
    assert (await http.delete(f"/torrents/{HASH}/cache")).status_code == 204
    assert services.torrents.evicted == [HASH]
    assert services.torrents.removed == []


async def test_peers_are_named(http: httpx2.AsyncClient, services: FakeServices) -> None:
    answer = await http.post(f"/torrents/{HASH}/peers", json={"peers": ["192.0.2.1:1", "[2001:db8::1]:2"]})
    assert answer.status_code == 204
    assert services.torrents.peers == ("192.0.2.1:1", "[2001:db8::1]:2")


@pytest.mark.parametrize(
    "body", [{}, {"peers": []}, {"peers": "a:1"}, {"peers": ["x" * 301]}, {"peers": ["a:1"] * 201}]
)
async def test_peers_have_bounds(http: httpx2.AsyncClient, body: dict[str, object]) -> None:
    answer = await http.post(f"/torrents/{HASH}/peers", json=body)
    assert error_of(answer) == (400, "invalid_input")
    assert "peers" in answer.json()["error"]["message"]


async def test_an_unknown_torrent(http: httpx2.AsyncClient) -> None:
    other = "cd" * 20
    assert error_of(await http.get(f"/torrents/{other}")) == (404, "not_found")
    assert error_of(await http.delete(f"/torrents/{other}")) == (404, "not_found")
    assert error_of(await http.delete(f"/torrents/{other}/cache")) == (404, "not_found")
    peers = {"peers": ["192.0.2.1:1"]}
    assert error_of(await http.post(f"/torrents/{other}/peers", json=peers)) == (404, "not_found")


@pytest.mark.parametrize("info_hash", ["x" * 40, "ab" * 19, "ab" * 33, "ab" * 20 + "%0A"])
async def test_an_info_hash_is_hex(http: httpx2.AsyncClient, info_hash: str) -> None:
    answer = await http.get(f"/torrents/{info_hash}")
    assert error_of(answer) == (400, "invalid_input")
    assert "info_hash" in answer.json()["error"]["message"]
