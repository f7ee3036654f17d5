"""What a server must withstand: bad input, bad surroundings, bad players."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import httpx2
import libtorrent as lt
import pytest

from momoshtrem.errors import StartFailed
from momoshtrem.spawn import LOOPBACK, SpawnedServer, find_free_ports
from tests.e2e.conftest import StartServer
from tests.e2e.user import MOVIE_PATH
from tests.faces.webdav.server import serving
from tests.fakes.swarm import Line, Swarm, make_source, open_swarm
from tests.fakes.tmdb import API_KEY, FakeTmdb

KIB, MIB = 2**10, 2**20
DEAD_MAGNET = f"magnet:?xt=urn:btih:{'ab' * 20}&dn=dead"


def torrent_of(*files: tuple[str, int], piece_length: int = 16 * KIB) -> bytes:
    """A torrent of zeros that nobody seeds, with any names."""
    total = sum(size for _, size in files)
    info: dict[bytes, object] = {
        b"name": b"hostile",
        b"piece length": piece_length,
        b"pieces": bytes(20) * -(-total // piece_length),
        b"files": [{b"length": size, b"path": path.encode().split(b"/")} for path, size in files],
    }
    return lt.bencode({b"info": info})  # type: ignore[arg-type]


BAD_TORRENTS: list[tuple[str, bytes | str, int, str]] = [
    ("a magnet with half a hash", "magnet:?xt=urn:btih:1234", 422, "magnet"),
    ("no magnet", "https://example.org/x.torrent", 422, "magnet"),
    ("an empty file", b"", 422, "torrent"),
    ("a web page", b"<html>not found</html>", 422, "torrent"),
    ("an info dictionary without pieces", b"d4:infod4:name1:xee", 422, "torrent"),
    ("deep nesting", b"d" * 500_000, 422, "torrent"),
    ("a large file", b"d" + bytes(11 * MIB), 413, "10 MiB"),
    ("no video", torrent_of(("readme.txt", 5), ("a.rar", 900)), 422, "RAR"),
]


async def test_bad_torrents_are_refused_and_change_nothing(start_server: StartServer) -> None:
    user = await start_server()
    movie = await user.add_movie()
    for name, torrent, status, said in BAD_TORRENTS:
        answer = await user.assign(f"movies/{movie}", torrent)
        assert (name, answer.status_code) == (name, status), answer.text
        assert said in answer.json()["error"]["message"], name
    assert (await user.ask("GET", "/torrents"))["total"] == 0
    assert (await user.list("/Movies")).text.count("<D:response>") == 1


async def test_hostile_names_and_many_files_stay_inside(start_server: StartServer, tmp_path: Path) -> None:
    user = await start_server()
    many = [(f"junk/{number}.txt", 10) for number in range(10_000)]
    torrent = torrent_of(("../../../escape.mkv", 500_000), (".pad/99", 99), *many)

    answer = await user.assign(f"movies/{await user.add_movie()}", torrent, file_index=0)

    assert answer.status_code == 200, answer.text
    listing = await user.list("/Movies/The Film (2020)")
    assert "The%20Film%20%282020%29.mkv" in listing.text
    assert "escape" not in listing.text
    assert not list(tmp_path.rglob("escape*"))


async def test_what_is_not_there_is_404(start_server: StartServer) -> None:
    user = await start_server()
    for path in ("/movies/7", "/shows/7", "/torrents/" + "0" * 40, "/jobs/7"):
        answer = await user.call("GET", path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path


async def test_tmdb_troubles_are_told_and_titles_by_hand_still_work(
    start_server: StartServer, tmp_path: Path
) -> None:
    matrix = {"tmdb_id": 603}
    async with serving(FakeTmdb()) as port:
        base_url = f"http://{LOOPBACK}:{port}/3"
        wrong = await start_server(tmp_path / "1", tmdb__base_url=base_url, tmdb__api_key="0" * 32)
        refused = await wrong.call("POST", "/movies", json=matrix)
        right = await start_server(tmp_path / "2", tmdb__base_url=base_url, tmdb__api_key=API_KEY)
        assert (await right.ask("POST", "/movies", json=matrix))["title"] == "The Matrix"
    assert (refused.status_code, refused.json()["error"]["code"]) == (502, "service_refused")
    down = await right.call("POST", "/movies", json={"tmdb_id": 10378})
    assert (down.status_code, down.json()["error"]["code"]) == (503, "service_down")
    assert API_KEY not in right.server.log.read_text()
    assert await right.add_movie() == 2


async def test_a_magnet_without_peers_becomes_a_job_that_survives_a_restart(
    start_server: StartServer,
) -> None:
    user = await start_server()
    movie = await user.add_movie()

    answer = await user.assign(f"movies/{movie}", DEAD_MAGNET, wait=0.2)

    assert answer.status_code == 202
    job = answer.json()["job"]["id"]
    assert await user.server.stop() == 0
    again = await start_server()
    assert (await again.ask("GET", f"/jobs/{job}"))["state"] in ("queued", "running")
    assert (await again.ask("DELETE", f"/jobs/{job}"))["state"] == "cancelled"


async def test_a_dead_swarm_is_503_with_retry_after(start_server: StartServer, tmp_path: Path) -> None:
    source = make_source(tmp_path / "The.Film.2020.mkv", MIB)
    async with open_swarm(source) as swarm:
        torrent = swarm.torrent
    user = await start_server(streaming__timeout="0.5")
    await user.assign(f"movies/{await user.add_movie()}", torrent)

    answer = await user.read(Range="bytes=0-")

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert (await user.http.head(user.url(MOVIE_PATH))).status_code == 200


async def test_a_swarm_that_dies_in_mid_stream_never_gives_a_short_answer_or_wrong_bytes(
    start_server: StartServer, tmp_path: Path
) -> None:
    source = make_source(tmp_path / "The.Film.2020.mkv", 8 * MIB)
    user = await start_server(streaming__timeout="1")
    taken = b""
    async with open_swarm(source, lines=[Line(rate=3e6)], piece_length=64 * KIB) as swarm:
        await user.assign(f"movies/{await user.add_movie()}", swarm.magnet)
        request = user.http.stream("GET", user.url(MOVIE_PATH))
        response = await request.__aenter__()
        chunks = response.aiter_raw()
        while len(taken) < MIB:
            taken += await anext(chunks)
    with pytest.raises(httpx2.RemoteProtocolError):
        taken += b"".join([chunk async for chunk in chunks])
    await request.__aexit__(None, None, None)
    assert source.read_bytes().startswith(taken)


async def test_players_that_leave_stop_the_swarm(start_server: StartServer, tmp_path: Path) -> None:
    source = make_source(tmp_path / "The.Film.2020.mkv", 64 * MIB)
    async with open_swarm(source, lines=[Line(rate=4e6)], piece_length=128 * KIB) as swarm:
        user = await start_server()
        await user.assign(f"movies/{await user.add_movie()}", swarm.magnet)

        for start in range(20):
            headers = {"Range": f"bytes={start * 3 * MIB}-"}
            async with user.http.stream("GET", user.url(MOVIE_PATH), headers=headers) as response:
                await anext(response.aiter_raw())

        await _until_quiet(swarm)
        status = await user.ask("GET", f"/torrents/{swarm.info_hash}")
        assert status["readers"] == []
        assert swarm.sent < 32 * MIB


async def _until_quiet(swarm: Swarm) -> None:
    """Wait until the swarm has sent nothing for half a second."""
    before = -1
    while (now := swarm.sent) - before > 20_000:
        before = now
        await asyncio.sleep(0.5)


async def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    (port,) = find_free_ports(1)
    taken = await asyncio.start_server(lambda *_: None, LOOPBACK, port)
    async with taken:
        server = SpawnedServer(tmp_path / "data", {"MOMOSHTREM_WEBDAV__PORT": str(port)})
        with pytest.raises(StartFailed, match=f"Port {port} is in use"):
            await server.start()


async def test_a_data_folder_in_use_is_said(start_server: StartServer, tmp_path: Path) -> None:
    await start_server(tmp_path / "data")
    with pytest.raises(StartFailed, match="in use by another momoshtrem"):
        await SpawnedServer(tmp_path / "data").start()


async def test_a_database_of_a_newer_version_is_refused(start_server: StartServer, tmp_path: Path) -> None:
    user = await start_server(tmp_path / "data")
    await user.server.stop()
    with sqlite3.connect(tmp_path / "data" / "momoshtrem.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()

    with pytest.raises(StartFailed, match="newer momoshtrem"):
        await SpawnedServer(tmp_path / "data").start()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("CACHE__MAX_SIZE", "a lot", "cache.max_size"),
        ("WEBDAV__PORT", "99999", "webdav.port"),
        ("WEBDAV__PROT", "1", "webdav.prot"),
        ("TMDB__BASE_URL", "nonsense", "tmdb.base_url"),
    ],
)
async def test_a_wrong_setting_is_named(key: str, value: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match=said):
        await SpawnedServer(tmp_path / "data", {f"MOMOSHTREM_{key}": value}).start()


async def test_a_stop_in_mid_stream_is_clean(start_server: StartServer, tmp_path: Path) -> None:
    source = make_source(tmp_path / "The.Film.2020.mkv", 16 * MIB)
    async with open_swarm(source, lines=[Line(rate=1e6)], piece_length=64 * KIB) as swarm:
        user = await start_server()
        await user.assign(f"movies/{await user.add_movie()}", swarm.magnet)
        async with user.http.stream("GET", user.url(MOVIE_PATH)) as response:
            await anext(response.aiter_raw())
            assert await user.server.stop() == 0
    assert "Traceback" not in user.server.log.read_text()
