"""Searches for metainfo, in swarms of one or two on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import libtorrent as lt
import pytest

from momoshtrem.errors import InvalidTorrent, MomoshtremError
from momoshtrem.model.torrent import Metainfo
from momoshtrem.settings import Cache, Streaming, Torrent
from momoshtrem.torrents import fetch
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.libtorrent_engine import LibtorrentEngine
from momoshtrem.torrents.metainfo import MAX_FILES, MAX_SIZE, parse_magnet
from tests.fakes.peer import open_peer
from tests.fakes.store import MemoryStore
from tests.fakes.tracker import open_tracker
from tests.torrents.contract import NOBODY, PATIENCE, read_all, until
from tests.torrents.loopback import LOOPBACK, Loopback, open_seeded
from tests.torrents.versions import make_version

INFO: dict[bytes, Any] = {b"name": b"film.mkv", b"piece length": 16384, b"pieces": bytes(20), b"length": 10}
MANY_FILES = [{b"length": int(not number), b"path": [b"%d" % number]} for number in range(MAX_FILES + 1)]


@pytest.fixture
async def tasks() -> AsyncIterator[asyncio.TaskGroup]:
    async with asyncio.TaskGroup() as tasks:
        yield tasks


async def start_engine(
    folder: Path, tasks: asyncio.TaskGroup, settings: Torrent = LOOPBACK
) -> LibtorrentEngine:
    streaming = Streaming(timeout=PATIENCE)
    engine = LibtorrentEngine(settings, CacheFolder(folder), MemoryStore(), tasks, streaming, Cache())
    await engine.start()
    return engine


@pytest.fixture
async def engine(tmp_path: Path, tasks: asyncio.TaskGroup) -> AsyncIterator[LibtorrentEngine]:
    engine = await start_engine(tmp_path / "alone", tasks)
    yield engine
    await engine.close()


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Loopback]:
    """A hybrid torrent."""
    blob = make_version(tmp_path / "Film", "hybrid")
    async with open_seeded(blob, tmp_path / "Film", tmp_path / "cache") as rig:
        yield rig


async def fetch_within(engine: LibtorrentEngine, magnet: str) -> Metainfo:
    async with asyncio.timeout(PATIENCE):
        return await engine.fetch_metadata(parse_magnet(magnet))


async def fetch_nothing(engine: LibtorrentEngine, magnet: str) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.5):
            await engine.fetch_metadata(parse_magnet(magnet))


def bare_magnet(*trackers: str) -> str:
    return f"magnet:?xt=urn:btih:{'ab' * 20}" + "".join(f"&tr={tracker}" for tracker in trackers)


class Search:
    """A fetch that goes on for as long as the context lasts, without an end of its own."""

    def __init__(self, engine: LibtorrentEngine, magnet: str, tasks: asyncio.TaskGroup) -> None:
        self._engine = engine
        self._magnet = parse_magnet(magnet)
        self._task = tasks.create_task(self._run())

    async def _run(self) -> None:
        await self._engine.fetch_metadata(self._magnet)

    async def __aenter__(self) -> Search:
        await until(lambda: self._engine.find_fetch(self._magnet.info_hash) is not None)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    def look(self) -> Any:
        return self._engine.find_fetch(self._magnet.info_hash)


class TestStatus:
    async def test_a_magnet_that_names_nobody(
        self, engine: LibtorrentEngine, tasks: asyncio.TaskGroup
    ) -> None:
        async with Search(engine, bare_magnet(), tasks) as search:
            found = search.look()
            assert (found.peers, found.named, found.trackers, found.dht) == (0, 0, 0, False)

    async def test_trackers_that_refuse_are_named_without_their_passkey(
        self, engine: LibtorrentEngine, tasks: asyncio.TaskGroup
    ) -> None:
        async with open_tracker() as good, open_tracker() as bad, open_tracker() as strange:
            bad.refusal = b"unregistered torrent"
            strange.refusal = b"\xff\xfe"
            magnet = bare_magnet(good.url, bad.url, strange.url, "http://127.0.0.1:1/announce?passkey=secret")
            async with Search(engine, magnet, tasks) as search:
                await until(lambda: search.look().answered + len(search.look().errors) == 4)
                found = search.look()
        assert (found.trackers, found.answered) == (4, 1)
        assert "127.0.0.1: unregistered torrent" in found.errors
        assert "127.0.0.1: Connection refused" in found.errors
        assert "secret" not in "".join(found.errors)

    async def test_a_peer_that_has_no_file_list_either(self, rig: Loopback, tmp_path: Path) -> None:
        async with asyncio.TaskGroup() as tasks:
            other = await start_engine(tmp_path / "other", tasks)
            await until(lambda: rig.engine.health().listen_port is not None)
            here = f"127.0.0.1:{rig.engine.health().listen_port}"
            magnet = f"magnet:?xt=urn:btih:{rig.info_hash}"
            async with (
                Search(rig.engine, magnet, tasks),
                Search(other, f"{magnet}&x.pe={here}", tasks) as search,
            ):
                await until(lambda: search.look().peers == 1)
            await other.close()


async def test_a_tracker_gives_the_peers(rig: Loopback) -> None:
    async with open_tracker() as tracker:
        tracker.peers = rig.peers
        magnet = f"magnet:?xt=urn:btih:{rig.info_hash}&tr={tracker.url}"
        found = await fetch_within(rig.engine, magnet)
    assert found.files == rig.torrent.files
    assert found.trackers == (tracker.url,)


async def test_a_second_caller_brings_a_tracker(rig: Loopback) -> None:
    magnet = f"magnet:?xt=urn:btih:{rig.info_hash}"
    async with asyncio.TaskGroup() as tasks, open_tracker() as tracker:
        tracker.peers = rig.peers
        first = tasks.create_task(fetch_within(rig.engine, magnet))
        await until(lambda: rig.engine.find_fetch(rig.info_hash) is not None)
        await fetch_within(rig.engine, f"{magnet}&tr={tracker.url}")
        assert (await first).info_hash == rig.info_hash


async def test_both_hashes_of_a_hybrid_at_once(rig: Loopback) -> None:
    names = [f"btih:{rig.info_hash}", f"btmh:1220{rig.torrent.info_hash_v2}"]
    async with asyncio.TaskGroup() as tasks:
        fetches = [
            tasks.create_task(fetch_within(rig.engine, f"magnet:?xt=urn:{name}&x.pe={rig.peer}"))
            for name in names
        ]
    assert {each.result().info_hash for each in fetches} == {rig.info_hash}
    assert {each.result().info_hash_v2 for each in fetches} == {rig.torrent.info_hash_v2}


async def test_opening_the_torrent_ends_the_search_for_it(rig: Loopback) -> None:
    rig.learn()
    async with asyncio.TaskGroup() as tasks:
        magnet = f"magnet:?xt=urn:btmh:1220{rig.torrent.info_hash_v2}"
        search = tasks.create_task(fetch_within(rig.engine, magnet))
        await until(lambda: rig.engine.find_fetch(str(rig.torrent.info_hash_v2)) is not None)
        reader = await rig.engine.open(rig.ref())
        reading = tasks.create_task(read_all(reader))
        assert (await search).files == rig.torrent.files
        await rig.engine.add_peers(rig.info_hash, rig.peers)
        assert await reading == rig.contents[0]
        reader.close()


async def test_a_search_that_nobody_wants_leaves_the_session(
    engine: LibtorrentEngine, tasks: asyncio.TaskGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "GRACE", 0.05)
    async with Search(engine, bare_magnet(), tasks) as search:
        await asyncio.sleep(0.2)
        assert search.look() is not None
    await until(lambda: search.look() is None)
    session = engine._session
    assert session is not None
    await until(lambda: session._session.get_torrents() == [])


class TestHostile:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({b"length": 0, b"pieces": b""}, "not usable: .+"),
            ({b"pieces": b""}, "number of piece hashes"),
            ({b"piece length": 0}, "piece length"),
            ({b"length": None, b"files": MANY_FILES}, "more than 50000 files"),
            ({b"padding": bytes(MAX_SIZE)}, "larger than 10 MiB"),
        ],
        ids=["no bytes", "no pieces", "no piece length", "too many files", "too large"],
    )
    async def test_a_file_list_of_no_use_ends_the_search(
        self, engine: LibtorrentEngine, change: dict[bytes, Any], reason: str
    ) -> None:
        info = {key: value for key, value in (INFO | change).items() if value is not None}
        async with open_peer(bytes(lt.bencode(info))) as peer:
            with pytest.raises(InvalidTorrent, match=reason):
                await fetch_within(engine, peer.magnet)

    async def test_no_file_list_at_all(self, engine: LibtorrentEngine) -> None:
        async with open_peer(b"this is not bencoded") as peer:
            with pytest.raises(InvalidTorrent):
                await fetch_within(engine, peer.magnet)

    async def test_a_peer_that_lies_ends_nothing(self, engine: LibtorrentEngine) -> None:
        truth = bytes(lt.bencode(INFO))
        async with open_peer(truth.replace(b"film", b"lies"), claimed=truth) as liar:
            await fetch_nothing(engine, liar.magnet)
            assert liar.asked
            assert engine.find_fetch(parse_magnet(liar.magnet).info_hash) is not None


async def test_a_search_that_breaks_off_ends_nothing_else(
    engine: LibtorrentEngine, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(MomoshtremError, match="broke off"):
        await engine.fetch_metadata(replace(parse_magnet(bare_magnet()), peers=("nowhere",)))
    await fetch_nothing(engine, f"{bare_magnet()}&x.pe={NOBODY}")


async def test_metadata_whose_alert_was_lost_is_found(rig: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch.Fetches, "metadata_received", lambda *_: None)
    magnet = f"magnet:?xt=urn:btih:{rig.info_hash}&x.pe={rig.peer}"
    async with asyncio.TaskGroup() as searching:
        search = searching.create_task(fetch_within(rig.engine, magnet))
        while not search.done():
            await asyncio.sleep(0.05)
            rig.engine._fetches.alerts_dropped()
    assert search.result().files == rig.torrent.files
