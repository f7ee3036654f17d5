from __future__ import annotations

import asyncio
import math
import os
from pathlib import Path

import pytest

from momoshtrem.errors import NoData, StorageFailed
from momoshtrem.model.torrent import TorrentFile
from momoshtrem.torrents.counters import Counters
from momoshtrem.torrents.readers.pace import Pace
from momoshtrem.torrents.readers.reader import PAUSED_AFTER, SwarmReader
from momoshtrem.torrents.schedule import Demand
from momoshtrem.torrents.waiters import Waiters

LENGTH = 10
FILE = TorrentFile(3, "film.mkv", 95, 27)


class OneFile:
    """A torrent whose one file is on disk up to `readable`, and whose swarm never gives a piece."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(range(FILE.size)))
        self.path = path
        self.readable: float = math.inf
        self.checked: float = math.inf
        self.waiters = Waiters()
        self.now = 50.0
        self.replans = 0
        self.opened: list[int] = []
        self.gone: list[SwarmReader] = []
        self.used: set[int] = set()
        self.removals = 0
        self.counters = Counters()
        self.waits: list[tuple[int, float]] = []

    def clock(self) -> float:
        return self.now

    def find_pace(self, _file: TorrentFile, _offset: int) -> Pace:
        return Pace()

    def piece_at(self, file: TorrentFile, offset: int) -> int:
        return (file.offset + offset) // LENGTH

    def readable_from(self, _: TorrentFile, offset: int, limit: int) -> int:
        return int(max(0, min(limit, self.readable - offset)))

    def open_file(self, file: TorrentFile) -> int:
        assert file is FILE
        self.opened.append(os.open(self.path, os.O_RDONLY))
        return self.opened[-1]

    def list_unchecked(self, file: TorrentFile, offset: int, size: int) -> list[int]:
        pieces = range(self.piece_at(file, offset), self.piece_at(file, offset + size - 1) + 1)
        return [piece for piece in pieces if not self.is_checked(piece)]

    def is_checked(self, piece: int) -> bool:
        return piece < self.checked

    async def wait_for_more(self, piece: int) -> None:
        await self.waiters.wait(piece)

    def find_silence(self, piece: int, seconds: float) -> NoData:
        return NoData(f"Silence for {seconds:g} s.")

    def replan(self) -> None:
        self.replans += 1

    def waited(self, piece: int, seconds: float) -> None:
        self.waits.append((piece, seconds))

    def closed(self, reader: SwarmReader) -> None:
        self.gone.append(reader)


@pytest.fixture
def torrent(tmp_path: Path) -> OneFile:
    return OneFile(tmp_path / "file")


@pytest.fixture
def reader(torrent: OneFile) -> SwarmReader:
    return SwarmReader(torrent, torrent, FILE, timeout=0.01)


async def test_gives_bytes_from_anywhere_up_to_the_limit(reader: SwarmReader) -> None:
    assert reader.size == 95
    assert await reader.read(0, 5) == bytes(range(5))
    assert await reader.read(50, 5) == bytes(range(50, 55))
    assert await reader.read(90, 50) == bytes(range(90, 95))
    assert await reader.read(95, 50) == b""
    reader.close()


async def test_gives_what_is_there_and_waits_only_for_its_first_byte(
    torrent: OneFile, reader: SwarmReader
) -> None:
    torrent.readable = 20
    assert await reader.read(15, 50) == bytes(range(15, 20))
    with pytest.raises(NoData, match=r"Silence for 0\.01 s"):
        await reader.read(20, 50)
    reader.close()


async def test_the_demand_follows_the_position(torrent: OneFile, reader: SwarmReader) -> None:
    assert reader.demand(torrent.now) is None
    await reader.read(0, 20)
    assert reader.demand(torrent.now) == Demand(piece=4, last=12, sent=20)
    await reader.read(20, 20)
    assert reader.demand(torrent.now) == Demand(piece=6, last=12, sent=40)
    await reader.read(80, 5)
    assert reader.demand(torrent.now) == Demand(piece=11, last=12, sent=85)
    reader.close()


async def test_a_reader_at_the_end_demands_nothing(torrent: OneFile, reader: SwarmReader) -> None:
    await reader.read(90, 5)
    assert reader.demand(torrent.now) is None
    reader.close()


async def test_a_reader_that_paused_demands_nothing(torrent: OneFile, reader: SwarmReader) -> None:
    await reader.read(0, 5)
    assert reader.demand(torrent.now + PAUSED_AFTER) is not None
    assert reader.demand(torrent.now + PAUSED_AFTER + 1) is None
    reader.close()


async def test_a_reader_that_waits_demands_however_long(torrent: OneFile) -> None:
    torrent.readable = 0
    reader = SwarmReader(torrent, torrent, FILE, timeout=60)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.read(0, 5))
        await asyncio.sleep(0)
        waited = 5 * PAUSED_AFTER
        assert reader.demand(torrent.now + waited) == Demand(piece=2, last=12, waiting=waited)
        reading.cancel()
    reader.close()


async def test_only_another_piece_asks_for_another_plan(torrent: OneFile, reader: SwarmReader) -> None:
    await reader.read(0, 2)
    assert torrent.replans == 0
    await reader.read(2, 2)
    assert torrent.replans == 1
    reader.close()


async def test_closing_gives_the_file_back_once(torrent: OneFile, reader: SwarmReader) -> None:
    await reader.read(0, 5)
    reader.close()
    reader.close()
    assert torrent.gone == [reader]
    (fd,) = torrent.opened
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


async def test_a_file_cut_under_the_reader_is_told_of(torrent: OneFile, reader: SwarmReader) -> None:
    os.truncate(torrent.path, 10)
    with pytest.raises(StorageFailed, match="shorter"):
        await reader.read(10, 5)
    reader.close()


async def test_a_piece_that_was_given_in_part_stays_wanted(torrent: OneFile, reader: SwarmReader) -> None:
    torrent.checked = 3
    await reader.read(0, 20)
    assert reader.find_pieces() == {3, 4}
    demand = reader.demand(torrent.now)
    assert demand is not None
    assert demand.piece == 3
    torrent.checked = math.inf
    assert reader.find_pieces() == {4}
    reader.close()


async def test_the_last_piece_is_wanted_until_it_is_checked(torrent: OneFile, reader: SwarmReader) -> None:
    torrent.checked = 12
    await reader.read(90, 5)
    demand = reader.demand(torrent.now)
    assert demand is not None
    assert (demand.piece, demand.last) == (12, 12)
    torrent.checked = math.inf
    assert reader.demand(torrent.now) is None
    reader.close()


async def test_a_seek_leaves_what_was_given_before_behind(torrent: OneFile, reader: SwarmReader) -> None:
    torrent.checked = 2
    await reader.read(0, 5)
    await reader.read(60, 1)
    assert reader.find_pieces() == {2, 3, 8}
    demand = reader.demand(torrent.now)
    assert demand is not None
    assert demand.piece == 8
    reader.close()


async def test_false_bytes_end_all_reads(torrent: OneFile, reader: SwarmReader) -> None:
    torrent.checked = 3
    await reader.read(0, 20)
    reader.piece_failed(3)
    torrent.checked = math.inf
    with pytest.raises(NoData, match="false"):
        await reader.read(20, 5)
    with pytest.raises(NoData, match="false"):
        await reader.check()
    reader.close()


async def test_a_piece_that_fails_before_it_is_given_ends_nothing(
    torrent: OneFile, reader: SwarmReader
) -> None:
    await reader.read(0, 5)
    reader.piece_failed(2)
    reader.piece_failed(3)
    assert await reader.read(5, 5) == bytes(range(5, 10))
    reader.close()


async def test_a_reader_that_waits_is_told_at_once(torrent: OneFile) -> None:
    torrent.checked, torrent.readable = 2, 3
    reader = SwarmReader(torrent, torrent, FILE, timeout=60)
    await reader.read(0, 3)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(read_false_bytes(reader))
        await asyncio.sleep(0)
        reader.piece_failed(2)
        torrent.waiters.wake_all()
    assert reading.done()
    reader.close()


async def read_false_bytes(reader: SwarmReader) -> None:
    with pytest.raises(NoData, match="false"):
        await reader.read(3, 5)


async def test_the_check_waits_for_every_piece(torrent: OneFile) -> None:
    torrent.checked = 2
    reader = SwarmReader(torrent, torrent, FILE, timeout=60)
    await reader.read(0, 12)
    async with asyncio.TaskGroup() as tasks:
        checking = tasks.create_task(reader.check())
        for checked in (3, 4):
            await asyncio.sleep(0.05)
            assert not checking.done()
            torrent.checked = checked
            torrent.waiters.wake_all()
    reader.close()


async def test_the_check_gives_up_when_nothing_comes(torrent: OneFile, reader: SwarmReader) -> None:
    torrent.checked = 2
    await reader.read(0, 5)
    with pytest.raises(NoData, match="Silence"):
        await reader.check()
    reader.close()


async def test_reads_count_by_whether_they_waited(torrent: OneFile, reader: SwarmReader) -> None:
    torrent.readable = 20
    torrent.now += 0.5
    await reader.read(0, 10)
    await reader.read(10, 50)
    assert torrent.counters.reads == {"disk": 2}
    assert torrent.counters.bytes == {"disk": 20}
    assert torrent.counters.first_bytes["disk"].sum == 0.5
    assert torrent.counters.first_bytes["disk"].count == 1
    assert torrent.waits == []
    reader.close()


async def test_a_first_byte_out_of_the_swarm(torrent: OneFile) -> None:
    torrent.readable = 0
    reader = SwarmReader(torrent, torrent, FILE, timeout=60)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(reader.read(0, 5))
        await asyncio.sleep(0)
        torrent.now, torrent.readable = torrent.now + 2, 5
        torrent.waiters.wake_all()
    assert (torrent.counters.reads, torrent.counters.bytes) == ({"swarm": 1}, {"swarm": 5})
    assert torrent.counters.first_bytes["swarm"].sum == 2.0
    assert torrent.waits == [(2, 2.0)]
    reader.close()


async def test_what_ends_in_nothing_counts(torrent: OneFile, reader: SwarmReader) -> None:
    torrent.readable, torrent.checked = 5, 2
    with pytest.raises(NoData):
        await reader.read(20, 5)
    await reader.read(0, 5)
    reader.piece_failed(2)
    with pytest.raises(NoData, match="false"):
        await reader.read(0, 5)
    assert (torrent.counters.timeouts, torrent.counters.false_data) == (1, 1)
    assert [piece for piece, _ in torrent.waits] == [4]
    reader.close()


async def test_a_check_that_begins_late_demands_its_piece(torrent: OneFile) -> None:
    torrent.checked = 2
    reader = SwarmReader(torrent, torrent, FILE, timeout=60)
    await reader.read(0, 5)
    torrent.now += 2 * PAUSED_AFTER
    async with asyncio.TaskGroup() as tasks:
        checking = tasks.create_task(reader.check())
        await asyncio.sleep(0)
        assert reader.demand(torrent.now) is not None
        checking.cancel()
    reader.close()
