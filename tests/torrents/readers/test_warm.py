from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.errors import NoData
from momoshtrem.model.torrent import Metainfo, TorrentFile
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.containers.outline import Outline
from momoshtrem.torrents.engine import StoredTorrent
from momoshtrem.torrents.readers.outlines import Outlines
from momoshtrem.torrents.readers.warm import MIN_PIECES, Warming, find_asides, find_limit
from momoshtrem.torrents.schedule import LOWEST
from tests.fakes.store import MemoryStore

MIB = 2**20
SIZE, LENGTH, COUNT = 100 * MIB, 4 * MIB, 25
RATE = MIB


class WarmedTorrent:
    """Gives each piece it is asked for at once, up to `gives` of them; after that `trickle` bytes a look."""

    def __init__(self, tasks: asyncio.TaskGroup, *index: range) -> None:
        self.file = TorrentFile(0, "film.mkv", SIZE, 0)
        outline = Outline(SIZE)
        outline.set_index(*index)
        metainfo = Metainfo("ab" * 20, "t", LENGTH, SIZE, False, (self.file,), (), b"")
        stored = StoredTorrent(metainfo, outlines={0: outline})
        self.pieces = Pieces(COUNT)
        self.outlines = Outlines(stored, self.pieces, CacheFolder(Path()), MemoryStore(), tasks)
        self.piece_length = LENGTH
        self.gives, self.trickle = COUNT, 0
        self.asked: list[int] = []
        self.closed = 0
        self._downloaded = 0

    @property
    def contents(self) -> Self:
        return self

    @property
    def downloaded(self) -> int:
        self._downloaded, self.trickle = self._downloaded + (self.trickle > 0), self.trickle - 1
        return self._downloaded

    async def wait_for(self, piece: int) -> None:
        self.asked.append(piece)
        if self.pieces.count() == self.gives:
            await asyncio.Event().wait()
        self.pieces.add(piece)

    def find_silence(self, piece: int, seconds: float) -> NoData:
        return NoData(f"Nothing came for {seconds:g} s.")

    def replan(self) -> None: ...

    def warmed(self, _warming: Warming) -> None:
        self.closed += 1

    def warm(self, patience: float = 5.0) -> Warming:
        return Warming(self, self.file, RATE, patience)


@pytest.fixture
async def tasks() -> AsyncIterator[asyncio.TaskGroup]:
    async with asyncio.TaskGroup() as group:
        yield group


async def test_head_and_index_are_fetched_piece_by_piece(tasks: asyncio.TaskGroup) -> None:
    torrent = WarmedTorrent(tasks, range(SIZE - 5 * MIB, SIZE))
    warming = torrent.warm()
    assert await warming.run() == 3 * LENGTH
    assert torrent.asked == [0, 23, 24]
    assert warming.piece is None
    warming.close()
    assert torrent.closed == 1


async def test_what_is_on_disk_is_not_asked_for(tasks: asyncio.TaskGroup) -> None:
    torrent = WarmedTorrent(tasks)
    torrent.pieces.add(0)
    assert await torrent.warm().run() == 0
    assert torrent.asked == []


async def test_one_file_costs_no_more_than_a_few_pieces(tasks: asyncio.TaskGroup) -> None:
    torrent = WarmedTorrent(tasks, *(range(part * MIB, part * MIB + 1) for part in range(5, 90, 5)))
    await torrent.warm().run()
    assert len(torrent.asked) == MIN_PIECES


async def test_a_silent_swarm_ends_it(tasks: asyncio.TaskGroup) -> None:
    torrent = WarmedTorrent(tasks)
    torrent.gives = 0
    with pytest.raises(NoData, match=r"Nothing came for 0\.01 s"):
        await torrent.warm(0.01).run()
    assert torrent.asked == [0]


async def test_a_slow_swarm_is_waited_for(tasks: asyncio.TaskGroup) -> None:
    torrent = WarmedTorrent(tasks)
    torrent.gives, torrent.trickle = 0, 4
    with pytest.raises(NoData):
        await torrent.warm(0.01).run()
    assert len(torrent.asked) > 2


async def test_the_piece_that_is_fetched_is_wanted_last(tasks: asyncio.TaskGroup) -> None:
    torrent = WarmedTorrent(tasks)
    torrent.gives = 0
    warming = torrent.warm()
    assert find_asides([warming]) == []
    running = tasks.create_task(warming.run())
    while not torrent.asked:
        await asyncio.sleep(0)
    assert find_asides([warming]) == [(0, LOWEST)]
    running.cancel()


@given(st.lists(st.integers(1, 10 * MIB), max_size=3))
def test_a_torrent_is_held_back_only_while_nobody_reads(rates: list[int]) -> None:
    torrent = WarmedTorrent.__new__(WarmedTorrent)
    warmings = [Warming(torrent, TorrentFile(0, "a", 1, 0), rate, 1.0) for rate in rates]
    assert find_limit(warmings, read=True) == 0
    assert find_limit(warmings, read=False) == min(rates, default=0)
