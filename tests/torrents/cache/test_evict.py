from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from momoshtrem.errors import StorageFailed
from momoshtrem.torrents.cache.evict import load_layout
from momoshtrem.torrents.cache.layout import Layout
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.quota import UNKNOWN
from tests.torrents.cache.rig import MIB, Rig

A, B, C = "aa" * 20, "bb" * 20, "cc" * 20
REGION = 32


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "cache")


async def test_what_was_not_read_for_longest_goes(rig: Rig) -> None:
    old, new = await rig.add(A, [4 * MIB], stamp=1), await rig.add(B, [4 * MIB], stamp=2)
    assert await rig.evictor.free(3 * MIB) // MIB == 4
    assert (rig.promised(A), rig.promised(B)) == ([], [0, 1, 2, 3])
    assert not rig.cache.folder(A).exists()
    assert rig.quota.sizes == {B: rig.cache.size(B)}
    assert rig.is_true(old)
    assert rig.is_true(new)


async def test_bits_are_cleared_before_their_bytes_go(rig: Rig) -> None:
    metainfo = await rig.add(A, [3 * MIB + 1, 4 * MIB], MIB // 2)
    rig.store.kept[A] = ((), (range(2 * MIB, 3 * MIB),))
    await rig.evictor.free(20 * MIB)
    assert rig.cache.promised == {A: [4, 5]}
    assert rig.promised(A) == [4, 5]
    assert rig.is_true(metainfo)
    assert rig.cache.size(A) == rig.quota.committed
    assert rig.size(A) == 1


async def test_ends_go_only_on_demand_and_what_is_pinned_never(rig: Rig) -> None:
    await rig.add(A, [8 * MIB])
    rig.store.kept[A] = ((range(2 * MIB),), (range(7 * MIB, 8 * MIB),))
    assert await rig.evictor.free(20 * MIB) // MIB in {4, 5}
    assert rig.promised(A) == [0, 1, 7]
    assert await rig.evictor.free(20 * MIB, ends=True) // MIB in {1, 2}
    assert rig.promised(A) == [7]


async def test_one_pass_frees_no_more_regions_than_it_must(rig: Rig) -> None:
    await rig.add(A, [(REGION + 4) * MIB])
    await rig.evictor.free(1)
    assert rig.promised(A) == [*range(REGION, REGION + 4)]


async def test_folders_of_no_torrent_go_first(rig: Rig) -> None:
    await rig.add(A, [MIB])
    await rig.add(B, [MIB])
    del rig.store.torrents[B]
    assert await rig.evictor.free(MIB) >= MIB
    assert not rig.cache.folder(B).exists()
    assert rig.promised(A) == [0]


async def test_a_loaded_torrent_is_left_alone_and_others_give_more(rig: Rig) -> None:
    await rig.add(A, [4 * MIB], stamp=1)
    await rig.add(B, [4 * MIB], stamp=2)
    await rig.add(C, [4 * MIB], pieces=())
    rig.loaded = {A, C}
    assert await rig.evictor.free(2 * MIB) // MIB == 4
    assert (rig.promised(A), rig.promised(B), rig.size(C)) == ([0, 1, 2, 3], [], 4)
    assert await rig.evictor.free(2 * MIB) == 0


async def test_what_a_torrent_has_by_now_counts(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at all torrents and its turn one was loaded, got more, was pinned, and was let go."""
    await rig.add(A, [4 * MIB], pieces=[0, 1])
    held = rig.hold

    def hold(info_hash: str):  # type: ignore[no-untyped-def]
        rig.store.kept[A] = ((), (range(MIB),))
        rig.store._save(A, readable=Pieces(4, range(4)).pack())
        return held(info_hash)

    monkeypatch.setattr(rig.evictor, "_hold", hold)
    await rig.evictor.free(MIB)
    assert rig.promised(A)[0] == 0


async def test_whole_files_go_where_there_are_no_holes(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "cache", holes=False)
    metainfo = await rig.add(A, [MIB + 1, MIB, 3 * MIB], MIB // 2)
    rig.store.kept[A] = ((), (range(4 * MIB, 5 * MIB),))
    await rig.evictor.free(10 * MIB)
    assert rig.promised(A) == [*range(5, 11)]
    assert rig.is_true(metainfo)
    assert [rig.cache.path(A, index).exists() for index in range(3)] == [False, False, True]


async def test_a_torrent_that_cannot_be_written_does_not_keep_the_others(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    for stamp, info_hash in enumerate([A, B, C]):
        await rig.add(info_hash, [2 * MIB, 2 * MIB], stamp=stamp)
        rig.store.kept[info_hash] = ((), (range(MIB),))
    rig.cache.failing = {A, B}
    with caplog.at_level(logging.WARNING):
        assert await rig.evictor.free(2 * MIB) // MIB in {2, 3}
    assert len(caplog.messages) == 1
    assert rig.evictor.problem is None
    rig.cache.failing = {C}
    await rig.evictor.free(MIB, ends=True)
    for info_hash in A, B:
        assert rig.promised(info_hash) == [0]
        assert rig.quota.sizes[info_hash] == rig.cache.size(info_hash)
        assert rig.size(info_hash) == 4


async def test_why_nothing_could_be_evicted_is_known(rig: Rig) -> None:
    await rig.add(A, [2 * MIB])
    rig.cache.failing = {A}
    assert await rig.evictor.free(MIB) == 0
    assert rig.evictor.problem == "The cache cannot be written: Input/output error."
    assert rig.quota.committed == rig.cache.size(A) >= 2 * MIB


async def test_no_byte_goes_whose_bit_could_not_be_cleared(rig: Rig) -> None:
    metainfo = await rig.add(A, [2 * MIB])
    rig.store.failure = StorageFailed("The database failed; check the disk and its free space.")
    assert await rig.evictor.free(MIB) == 0
    assert rig.promised(A) == [0, 1]
    assert rig.is_true(metainfo)


class SlowDisk:
    """Stands in the middle of a change of the disk until `go_on`."""

    def __init__(self, work: Callable[[Layout, Pieces], None]) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self._work = work

    def __call__(self, layout: Layout, kept: Pieces) -> None:
        self.begun.set()
        self.go_on.wait()
        self._work(layout, kept)


async def test_a_torrent_is_held_until_the_disk_is_left_alone(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    metainfo = await rig.add(A, [2 * MIB])
    rig.store.kept[A] = ((), (range(MIB),))
    disk = SlowDisk(rig.cache.trim)
    monkeypatch.setattr(rig.cache, "trim", disk)
    async with asyncio.TaskGroup() as tasks:
        evicting = tasks.create_task(rig.evictor.free(MIB))
        await asyncio.to_thread(disk.begun.wait)
        evicting.cancel()
        await asyncio.sleep(0)
        assert not evicting.done()
        disk.go_on.set()
    assert evicting.cancelled()
    assert (rig.promised(A), rig.size(A)) == ([0], 1)
    assert rig.quota.committed >= rig.cache.size(A)
    assert rig.is_true(metainfo)


async def test_the_quota_learns_what_is_free(rig: Rig) -> None:
    rig.quota.max_size = UNKNOWN
    await rig.add(A, [MIB])
    await rig.evictor.free(MIB)
    assert 0 < rig.quota.room() < 2**60


async def test_a_layout_is_loaded_without_a_use(rig: Rig) -> None:
    metainfo = await rig.add(A, [MIB, MIB + 1])
    torrent = await rig.store.find_cached(A)
    assert torrent
    layout = await load_layout(rig.store, torrent)
    assert (layout.info_hash, layout.piece_length, layout.piece_count) == (A, MIB, 3)
    assert layout.files == metainfo.files
