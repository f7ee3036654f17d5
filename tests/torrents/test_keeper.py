"""The cache keeps its quota while films are read that are larger than it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from momoshtrem.errors import StorageFailed, Unavailable
from momoshtrem.settings import Cache
from momoshtrem.torrents import keeper
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.engine import Reader
from momoshtrem.torrents.readers import audience, crowd
from tests.fakes.downloader import Leecher
from tests.fakes.swarm import Line
from tests.torrents.contract import until
from tests.torrents.loopback import Loopback, open_loopback, write_folder

UNIT = 2**19
"""Bytes; the smallest window, and all films, are so many times smaller than real ones."""
QUOTA = 6 * UNIT


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "SWAP_PAUSE", 0.0)
    for module in audience, crowd:
        monkeypatch.setattr(module, "SMALL_WINDOW", 4 * UNIT)


@asynccontextmanager
async def open_films(tmp_path: Path, *sizes: int, rate: float = 20e6) -> AsyncIterator[Loopback]:
    """One torrent with a film of each size, and a cache of QUOTA bytes."""
    folder = write_folder(tmp_path / "Films", {f"{n}.mkv": size for n, size in enumerate(sizes)})
    lines = [Line(rate=rate)]
    async with open_loopback(folder, tmp_path / "cache", lines=lines, piece_length=UNIT // 16) as rig:
        rig.limits = Cache(max_size=QUOTA, min_free=0)
        rig.learn(*rig.peers)
        await rig.restart()
        yield rig


async def read_to(reader: Reader, end: int, begin: int = 0) -> bytes:
    found = b""
    while begin + len(found) < end:
        found += await reader.read(begin + len(found), end - begin - len(found))
    return found


@asynccontextmanager
async def watch(size: Callable[[], int]) -> AsyncIterator[list[int]]:
    """Sizes as seen every few milliseconds."""
    seen: list[int] = []

    async def look() -> None:
        while True:
            seen.append(size())
            await asyncio.sleep(0.005)

    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(look())
        yield seen
        looking.cancel()


async def test_a_film_larger_than_the_cache_is_read_right(tmp_path: Path) -> None:
    async with open_films(tmp_path, 14 * UNIT) as rig, watch(rig.measure) as sizes:
        await rig.fetch()
        assert rig.engine.health().cache.swaps > 1
    assert QUOTA // 2 < max(sizes) <= QUOTA


async def test_two_players_of_films_larger_than_the_cache(tmp_path: Path) -> None:
    async with open_films(tmp_path, 7 * UNIT, 7 * UNIT) as rig, watch(rig.measure) as sizes:
        await asyncio.gather(rig.fetch(0), rig.fetch(1))
    assert max(sizes) <= QUOTA


async def test_nobody_is_given_a_piece_that_went(tmp_path: Path) -> None:
    """Whoever is connected to us learns that a piece is gone; one that we cannot give would be zeros."""
    async with open_films(tmp_path, 12 * UNIT) as rig:
        leecher = Leecher(rig.torrent.blob, tmp_path / "leecher")
        await until(lambda: rig.engine.health().listen_port is not None)

        async def keep_connected() -> None:
            while True:
                leecher.connect(f"127.0.0.1:{rig.engine.health().listen_port}")
                await asyncio.sleep(0.1)

        async with asyncio.TaskGroup() as tasks:
            connecting = tasks.create_task(keep_connected())
            for _ in range(2):
                await rig.fetch()
            connecting.cancel()
        status = leecher.status()
        assert rig.engine.health().cache.swaps > 2
    assert (status.total_failed_bytes, status.total_payload_download > UNIT) == (0, True)


async def test_what_a_paused_player_reads_next_stays(tmp_path: Path) -> None:
    async with open_films(tmp_path, 5 * UNIT, 8 * UNIT) as rig:
        paused = await rig.engine.open(rig.ref(0))
        await paused.read(2 * UNIT, 10)
        await rig.fetch(1)
        assert {32, 33} <= rig.list_stored()
        paused.close()


async def test_what_is_pinned_stays(tmp_path: Path) -> None:
    async with open_films(tmp_path, 2 * UNIT, 8 * UNIT) as rig:
        rig.store.kept[rig.info_hash] = ((), (range(2 * UNIT),))
        await rig.fetch(0)
        await rig.fetch(1)
        assert set(range(32)) <= rig.list_stored()


async def test_ends_go_when_nothing_else_may(tmp_path: Path) -> None:
    async with open_films(tmp_path, 4 * UNIT, 8 * UNIT) as rig:
        rig.store.kept[rig.info_hash] = ((range(UNIT),), ())
        await rig.fetch(0)
        await rig.fetch(1)
        stored = rig.list_stored()
        assert set(range(16)) <= stored
        assert not set(range(16, 64)) <= stored


async def test_a_cache_full_of_what_must_stay_is_told_of(tmp_path: Path) -> None:
    async with open_films(tmp_path, 5 * UNIT, 8 * UNIT) as rig:
        rig.store.kept[rig.info_hash] = ((), (range(13 * UNIT),))
        await rig.restart(read_timeout=1.5)
        await rig.fetch(0)
        with pytest.raises(Unavailable, match="cache is full"):
            await rig.fetch(1)
        assert rig.engine.health().cache.problem
        rig.store.kept.clear()
        await rig.fetch(1)
        assert rig.engine.health().cache.problem is None


@pytest.mark.parametrize("wants", ["warming", "reading"])
async def test_a_cache_that_has_nothing_to_give_is_left_in_peace(tmp_path: Path, wants: str) -> None:
    """Somebody is refused again and again, but does not wait for it."""
    async with open_films(tmp_path, 5 * UNIT + UNIT // 2, 2 * UNIT) as rig:
        await rig.fetch(0)
        rig.store.kept[rig.info_hash] = ((), (range(6 * UNIT),))
        reader = await rig.engine.open(rig.ref(1))
        if wants == "reading":
            await reader.read(0, 10)
        async with asyncio.TaskGroup() as tasks:
            warming = tasks.create_task(rig.engine.warm(rig.ref(1), 10**9))
            await until(lambda: rig.engine.health().cache.refused > 0)
            looks = rig.store.looks
            await asyncio.sleep(0.5)
            assert rig.store.looks - looks < 10
            warming.cancel()
        reader.close()


async def test_a_player_that_jumps_about_where_nothing_comes_starves_nobody(tmp_path: Path) -> None:
    """What it wanted everywhere counts as if it had come, until room is needed."""
    async with open_films(tmp_path, 30 * UNIT) as rig:
        await rig.restart(read_timeout=5.0)
        rig.seeds[0].leave()
        reader = await rig.engine.open(rig.ref())
        for place in range(0, 28, 2):
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await reader.read(place * UNIT, 10)
        rig.seeds[0].come_back()
        assert await read_to(reader, 2 * UNIT) == rig.contents[0][: 2 * UNIT]
        reader.close()


async def test_where_there_are_no_holes_whole_films_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CacheFolder, "can_punch", lambda _: False)
    async with open_films(tmp_path, 4 * UNIT, 4 * UNIT) as rig, watch(rig.measure) as sizes:
        await rig.fetch(0)
        await rig.fetch(1)
        assert 0 not in rig.list_stored()
        await rig.fetch(0)
    assert max(sizes) <= QUOTA


async def test_bits_that_cannot_be_cleared_keep_their_bytes(tmp_path: Path) -> None:
    async with open_films(tmp_path, 12 * UNIT) as rig:
        reader = await rig.engine.open(rig.ref())
        await read_to(reader, 2 * UNIT)
        await until(lambda: len(rig.list_stored()) > 0)
        rig.store.failure = StorageFailed("The database is locked.")
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(read_to(reader, 10 * UNIT, begin=2 * UNIT))
            await until(lambda: rig.engine._loaded.short.is_set() or rig.engine.health().cache.swaps > 0)
            await asyncio.sleep(0.3)
            runtime = rig.engine._loaded.find(rig.info_hash)
            assert runtime
            assert rig.list_stored() <= {piece for piece in range(192) if piece in runtime.contents.pieces}
            rig.store.failure = None
        assert reading.result() == rig.contents[0][2 * UNIT : 10 * UNIT]
        reader.close()
