from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest

from momoshtrem.errors import StorageFailed
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.layout import Layout
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.stamps import StampClock
from momoshtrem.torrents.runtime import TorrentRuntime
from momoshtrem.torrents.saving import Saving
from tests.torrents.contract import until
from tests.torrents.test_runtime import COUNT, HASH, Bench


class SlowDisk(CacheFolder):
    """Syncs only when it may, or fails."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.may_sync, self.syncing = threading.Event(), threading.Event()
        self.may_sync.set()
        self.error: OSError | None = None

    def sync(self, layout: Layout, pieces: Collection[int]) -> None:  # type: ignore[override]
        self.syncing.set()
        self.may_sync.wait(5)
        if self.error:
            raise self.error


class Desk:
    """A loaded torrent, and the saving of it."""

    def __init__(self, root: Path, tasks: asyncio.TaskGroup) -> None:
        self.bench = Bench(root, tasks)
        self.runtime, self.store = self.bench.runtime, self.bench.store
        self.disk, self.clock = SlowDisk(root), StampClock()
        self.loaded = True
        self.lost: list[int | None] = []
        self.saving = Saving(self.disk, self.store, self.clock, lambda _: self.loaded, self._lose)

    def _lose(self, _: TorrentRuntime, error: OSError) -> None:
        self.lost.append(error.errno)

    def list_stored(self) -> list[int]:
        stored = Pieces.unpack(self.store.torrents[HASH].readable, COUNT)
        return [piece for piece in range(COUNT) if piece in stored]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with asyncio.TaskGroup() as tasks:
        desk = Desk(tmp_path, tasks)
        yield desk
        desk.disk.may_sync.set()


async def test_bits_are_stored_only_once_their_bytes_are_synced(desk: Desk) -> None:
    desk.disk.may_sync.clear()
    desk.bench.finish(1, 2)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(desk.saving.save_pieces(desk.runtime))
        await until(desk.disk.syncing.is_set)
        desk.bench.finish(3)
        assert desk.list_stored() == []
        desk.disk.may_sync.set()
    assert desk.list_stored() == [1, 2]
    await desk.saving.save_pieces(desk.runtime)
    assert desk.list_stored() == [1, 2, 3]


async def test_what_is_forgotten_is_not_promised_by_a_save_that_was_under_way(desk: Desk) -> None:
    desk.disk.may_sync.clear()
    desk.bench.finish(1, 2)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(desk.saving.save_pieces(desk.runtime))
        await until(desk.disk.syncing.is_set)
        tasks.create_task(desk.saving.forget(desk.runtime, lambda: {1}))
        await asyncio.sleep(0.01)
        desk.disk.may_sync.set()
    assert desk.list_stored() == [2]
    assert 1 not in desk.runtime.contents.pieces


async def test_what_cannot_be_forgotten_stays(desk: Desk) -> None:
    desk.bench.finish(1)
    desk.store.failure = StorageFailed("The database is locked.")
    with pytest.raises(StorageFailed):
        await desk.saving.forget(desk.runtime, lambda: {1})
    assert 1 in desk.runtime.contents.pieces


async def test_a_torrent_that_left_meanwhile_promises_nothing(desk: Desk) -> None:
    desk.bench.finish(1)
    desk.loaded = False
    await desk.saving.save_pieces(desk.runtime)
    assert desk.list_stored() == []


async def test_pieces_that_were_not_stored_are_stored_next_time(desk: Desk) -> None:
    desk.bench.finish(1)
    desk.store.failure = StorageFailed("The database is locked.")
    with pytest.raises(StorageFailed):
        await desk.saving.save_pieces(desk.runtime)
    desk.store.failure = None
    await desk.saving.save_pieces(desk.runtime)
    assert desk.list_stored() == [1]


async def test_what_a_failing_disk_may_have_lost_is_fetched_again(desk: Desk) -> None:
    desk.bench.finish(1)
    await desk.saving.save_pieces(desk.runtime)
    desk.bench.finish(2)
    desk.disk.error = OSError(errno.EIO, os.strerror(errno.EIO))
    await desk.saving.save_pieces(desk.runtime)
    assert desk.lost == [errno.EIO]
    assert 1 in desk.runtime.contents.pieces
    assert 2 not in desk.runtime.contents.pieces


async def test_use_is_stored_once(desk: Desk) -> None:
    desk.clock.tick()
    desk.bench.finish(1)
    desk.runtime.traffic.count(uploaded=5, downloaded=0)
    for _ in range(2):
        await desk.saving.save_use(desk.runtime)
    assert [name for name, _ in desk.store.saved] == ["stamps", "traffic"]
