from __future__ import annotations

import logging
from pathlib import Path

import pytest

from momoshtrem.torrents.cache.pieces import Pieces
from tests.torrents.cache.disk import BLOCK
from tests.torrents.cache.rig import MIB, Rig

A, B, C = "aa" * 20, "bb" * 20, "cc" * 20


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "cache")


async def test_all_that_is_on_the_disk_counts_from_the_start(rig: Rig) -> None:
    await rig.add(A, [MIB])
    rig.quota.tell_size(A, 0)
    await rig.sweeper.measure()
    assert rig.quota.sizes == {A: rig.cache.size(A)}


async def test_bytes_without_bits_go(rig: Rig) -> None:
    metainfo = await rig.add(A, [4 * MIB], pieces=[1, 2])
    await rig.sweeper.sweep_all()
    assert rig.cache.size(A) == rig.quota.committed
    assert rig.size(A) == 2
    assert rig.promised(A) == [1, 2]
    assert rig.is_true(metainfo)


async def test_bits_without_bytes_go(rig: Rig) -> None:
    metainfo = await rig.add(A, [2 * MIB, 2 * MIB])
    rig.cache.trim(metainfo, Pieces(4, [0, 1, 3]))
    await rig.add(B, [MIB])
    rig.cache.remove(B)
    for info_hash in A, B:
        rig.quota.tell_size(info_hash, rig.cache.size(info_hash))
    await rig.sweeper.sweep_all()
    assert (rig.promised(A), rig.promised(B)) == ([0, 1, 3], [])
    assert rig.is_true(metainfo)
    assert rig.quota.sizes == {A: rig.cache.size(A)}
    assert rig.size(A) == 3


async def test_what_takes_what_it_should_is_passed_over(rig: Rig) -> None:
    await rig.add(A, [MIB, MIB // 2 + 1])
    await rig.add(B, [3 * MIB], pieces=[0, 1])
    rig.store.saved.clear()
    await rig.sweeper.sweep_all()
    assert rig.held == [B]
    assert rig.store.saved == []


async def test_folders_of_no_torrent_go(rig: Rig) -> None:
    await rig.add(A, [MIB])
    await rig.add(B, [BLOCK], pieces=())
    del rig.store.torrents[A]
    await rig.sweeper.sweep_all()
    assert rig.cache.find_folders() == []
    assert rig.quota.committed == 0


async def test_each_torrent_is_held_and_loaded_ones_are_left_alone(rig: Rig) -> None:
    for info_hash in B, A, C:
        await rig.add(info_hash, [2 * MIB], pieces=[0])
    del rig.store.torrents[C]
    rig.loaded = {A, C}
    await rig.sweeper.sweep_all()
    assert rig.held == [A, B, C]
    assert [rig.size(each) for each in (A, B, C)] == [2, 1, 2]


async def test_a_torrent_that_cannot_be_swept_does_not_keep_the_others(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    for info_hash in A, B:
        await rig.add(info_hash, [2 * MIB], pieces=[0])
    rig.cache.failing = {A}
    with caplog.at_level(logging.WARNING):
        await rig.sweeper.sweep_all()
    assert len(caplog.messages) == 1
    assert {each: size // MIB for each, size in rig.quota.sizes.items()} == {A: 2, B: 1}
