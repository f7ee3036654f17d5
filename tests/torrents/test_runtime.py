from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from momoshtrem.errors import NoData, NotFound, StorageFailed
from momoshtrem.model.torrent import FileRef, Metainfo, TorrentFile
from momoshtrem.torrents.allowance import Allowance
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.containers.outline import Outline
from momoshtrem.torrents.contents import Contents
from momoshtrem.torrents.engine import StoredTorrent
from momoshtrem.torrents.readers.crowd import Crowd
from momoshtrem.torrents.readers.outlines import Outlines
from momoshtrem.torrents.readers.reader import PAUSED_AFTER, SwarmReader
from momoshtrem.torrents.runtime import TorrentRuntime
from momoshtrem.torrents.schedule import FEW_PIECES, LOWEST
from tests.fakes.store import MemoryStore
from tests.torrents.contract import until
from tests.torrents.picker import Picker

HASH = "ab" * 20
LENGTH = 100
COUNT = 20
BEGINNING = set(range(1, 15))
"""What is wanted of the first file once its first piece is here, for as long as it is being opened."""
NARROW = set(range(FEW_PIECES["probe"]))


class Bench:
    """A loaded torrent of two files, whose clock stands still and whose swarm is the test."""

    def __init__(
        self, cache: Path, tasks: asyncio.TaskGroup, index: range = range(0), *, early: bool = False
    ) -> None:
        files = (TorrentFile(0, "a", 1_450, 0), TorrentFile(1, "b", 550, 1_450))
        self.metainfo = Metainfo(HASH, "t", LENGTH, LENGTH * COUNT, False, files, (), b"")
        self.content = bytes(number % 251 for number in range(LENGTH * COUNT))
        self.now = 1_000.0
        self.demanded = self.reported = self.short = 0
        self.quota = Quota(10**12)
        self.picker = Picker(COUNT)
        self.folder = CacheFolder(cache)
        known = {file.index: Outline(file.size, index=(index,)) for file in files}
        stored, pieces = StoredTorrent(self.metainfo, outlines=known), Pieces(COUNT)
        self.store = MemoryStore(stored)
        outlines = Outlines(stored, pieces, self.folder, self.store, tasks)
        self.runtime = TorrentRuntime(
            stored,
            Contents(self.metainfo, pieces, self.folder, self._report if early else None),
            outlines,
            Crowd(30, self.quota),
            Allowance(self.quota, self.metainfo, pieces),
            self._demand,
            self._be_short,
            lambda: self.now,
        )

    def _be_short(self) -> None:
        self.short += 1

    def _report(self) -> None:
        self.reported += 1

    def _demand(self, _: TorrentRuntime) -> None:
        self.demanded += 1

    def attach(self) -> None:
        self.runtime.attached(self.picker.handle)

    def open(self, index: int = 0, timeout: float = 10.0) -> SwarmReader:
        return self.runtime.open(FileRef(HASH, index, self.metainfo.files[index].size), timeout)

    def finish(self, *pieces: int) -> None:
        """The bytes are in the files, and libtorrent says so."""
        self.write()
        for piece in pieces:
            self.picker.finish(piece)
            self.runtime.piece_finished(piece)

    def write(self) -> None:
        for file in self.metainfo.files:
            path = self.folder.path(HASH, file.index)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.content[file.offset : file.offset + file.size])

    def list_wishes(self) -> set[int]:
        return {piece for piece in self.picker.list_wishes() if piece not in self.runtime.contents.pieces}

    async def replan(self) -> None:
        self.runtime.replan()
        await asyncio.sleep(0)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with asyncio.TaskGroup() as tasks:
        yield Bench(tmp_path, tasks)


async def test_the_session_is_asked_for_only_when_a_piece_is_missing(bench: Bench) -> None:
    bench.finish(*range(COUNT))
    reader = bench.open()
    assert await reader.read(0, 2_000) == bench.content[:1_450]
    await bench.replan()
    assert bench.demanded == 0
    reader.close()


async def test_a_reader_that_has_not_read_wants_nothing(bench: Bench) -> None:
    bench.attach()
    reader = bench.open()
    await bench.replan()
    assert bench.demanded == 0
    assert bench.list_wishes() == set()
    reader.close()


async def test_a_missing_piece_is_wanted_until_it_is_here(bench: Bench) -> None:
    reader = bench.open()
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.read(20, 50))
        await until(lambda: bench.demanded == 1)
        bench.attach()
        assert bench.list_wishes() == NARROW
        bench.finish(0)
    assert reading.result() == bench.content[20:70]
    assert bench.runtime.contents.unsaved == {0}
    reader.close()


async def test_reading_ends_at_the_first_missing_piece(bench: Bench) -> None:
    bench.finish(0, 1, 3)
    reader = bench.open()
    assert await reader.read(50, 1_000) == bench.content[50:200]
    assert await reader.read(350, 1_000) == bench.content[350:400]
    reader.close()


async def test_a_file_that_starts_mid_piece_shares_it_with_its_neighbour(bench: Bench) -> None:
    bench.finish(14)
    first, second = bench.open(0), bench.open(1)
    assert await first.read(1_400, 1_000) == bench.content[1_400:1_450]
    assert await second.read(0, 1_000) == bench.content[1_450:1_500]
    first.close()
    second.close()


async def test_a_closed_reader_wants_nothing(bench: Bench) -> None:
    bench.attach()
    reader = bench.open(timeout=0.01)
    with pytest.raises(NoData, match="no peer was found"):
        await reader.read(500, 10)
    assert 5 in bench.list_wishes()
    reader.close()
    await until(lambda: not bench.list_wishes())
    assert bench.picker.deadlines == {}


async def test_a_paused_reader_wants_nothing_until_it_reads_on(bench: Bench) -> None:
    bench.finish(0)
    bench.attach()
    reader = bench.open()
    await reader.read(0, 1_000)
    await bench.replan()
    assert bench.list_wishes() == BEGINNING
    bench.now += PAUSED_AFTER + 1
    await bench.replan()
    assert bench.list_wishes() == set()
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.read(100, 10))
        await until(lambda: bench.list_wishes() == BEGINNING)
        bench.now += 10 * PAUSED_AFTER
        await bench.replan()
        assert bench.list_wishes() == {1, 2}
        bench.finish(1)
    assert reading.result() == bench.content[100:110]
    reader.close()


async def test_one_piece_wakes_all_who_wait_for_it(bench: Bench) -> None:
    first, second = bench.open(), bench.open()
    async with asyncio.TaskGroup() as tasks:
        readings = [tasks.create_task(reader.read(0, 10)) for reader in (first, second)]
        await until(lambda: bench.demanded > 0)
        bench.finish(0)
    assert [reading.result() for reading in readings] == [bench.content[:10]] * 2
    first.close()
    second.close()


async def test_after_a_failure_what_is_on_disk_is_still_read(bench: Bench) -> None:
    bench.finish(0)
    reader = bench.open()
    bench.runtime.contents.fail(StorageFailed("The disk is full."))
    assert await reader.read(0, 10) == bench.content[:10]
    with pytest.raises(StorageFailed, match="full"):
        await reader.read(100, 10)
    assert bench.runtime.describe().state == "failed"
    reader.close()


async def test_a_failure_ends_every_wait(bench: Bench) -> None:
    reader = bench.open()

    async def read() -> None:
        with pytest.raises(StorageFailed, match="full"):
            await reader.read(0, 10)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read())
        await until(lambda: bench.demanded > 0)
        bench.runtime.contents.fail(StorageFailed("The disk is full."))
    reader.close()


async def test_after_the_end_nothing_is_read(bench: Bench) -> None:
    bench.finish(0)
    reader = bench.open()
    await reader.read(0, 10)
    bench.runtime.contents.end(NotFound("The torrent was removed."))
    with pytest.raises(NotFound, match="removed"):
        await reader.read(0, 10)
    reader.close()


async def test_a_file_that_vanished_is_told_of(bench: Bench) -> None:
    bench.finish(0)
    bench.folder.remove(HASH)
    reader = bench.open()
    with pytest.raises(StorageFailed, match="cannot be read"):
        await reader.read(0, 10)
    reader.close()


async def test_a_piece_that_comes_twice_counts_once(bench: Bench) -> None:
    bench.finish(3)
    bench.runtime.contents.unsaved.clear()
    bench.finish(3)
    assert bench.runtime.contents.unsaved == set()
    assert bench.runtime.describe().progress == 1 / COUNT


async def test_priorities_that_rise_restart_the_order(bench: Bench) -> None:
    bench.attach()
    reader = bench.open(timeout=0.01)
    with pytest.raises(NoData):
        await reader.read(0, 10)
    assert bench.picker.calls == [
        "prioritize",
        "clear",
        "deadline",
        "prioritize",
        "sequential off",
        "sequential on",
    ]
    reader.close()


async def test_new_peers_are_connected_to_once_it_is_in_the_session(bench: Bench) -> None:
    bench.runtime.add_peers(("10.0.0.1:5",), [("10.0.0.1", 5)])
    bench.attach()
    bench.runtime.add_peers(("10.0.0.2:6", "10.0.0.1:5"), [("10.0.0.2", 6)])
    assert bench.picker.peers == [("10.0.0.2", 6)]
    assert bench.runtime.peers == ["10.0.0.2:6", "10.0.0.1:5"]


async def test_what_is_warmed_is_wanted_last_and_held_back_while_nobody_reads(bench: Bench) -> None:
    bench.attach()
    warming = bench.runtime.warm(FileRef(HASH, 1, 550), 1_000, 10.0)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(warming.run())
        await until(lambda: bench.list_wishes() == {14})
        assert (bench.picker.priorities[14], bench.picker.limit) == (LOWEST, 1_000)
        assert bench.runtime.describe().state == "warming"
        reader = bench.open()
        reading = tasks.create_task(reader.read(0, 10))
        await until(lambda: bench.list_wishes() == NARROW | {14})
        assert bench.picker.limit == 0
        bench.finish(0)
        await reading
        reader.close()
        running.cancel()
    warming.close()
    await until(lambda: not bench.list_wishes())
    assert not bench.runtime.is_used()


async def test_the_index_of_a_file_that_is_read_is_wanted_behind_its_next_piece(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as tasks:
        bench = Bench(tmp_path, tasks, index=range(1_200, 1_300))
        bench.attach()
        reader = bench.open()
        async with asyncio.TaskGroup() as readings:
            reading = readings.create_task(reader.read(0, 10))
            await until(lambda: bench.list_wishes() == NARROW | {12})
            assert bench.picker.priorities[12] < bench.picker.priorities[0]
            bench.finish(0)
        assert await reading == bench.content[:10]
        reader.close()
        await until(lambda: not bench.list_wishes())


async def test_nobody_waits_for_a_piece_that_is_here(bench: Bench) -> None:
    bench.finish(3)
    async with asyncio.timeout(5):
        await bench.runtime.contents.wait_for(3)


async def test_only_who_lacks_room_is_told_that_the_cache_is_full(bench: Bench) -> None:
    """What could not be fetched ahead says nothing about a piece that nobody sends."""
    bench.runtime.allowance.refused = {5}
    assert "cache is full" in str(bench.runtime.find_silence(5, 1.0))
    assert isinstance(bench.runtime.find_silence(4, 1.0), NoData)
