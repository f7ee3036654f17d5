from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from momoshtrem.errors import StorageFailed
from momoshtrem.model.torrent import Metainfo
from momoshtrem.torrents.cache.folder import CacheFolder, find_holes, read_at, run_whole
from momoshtrem.torrents.cache.pieces import Pieces
from tests.torrents.cache.disk import BLOCK, HASH, layouts, make_metainfo, write_blocks, write_file

RANGES = st.lists(st.tuples(st.integers(0, 19), st.integers(1, 4)), max_size=6)
SIZES = st.lists(st.integers(0, 6 * BLOCK), min_size=1, max_size=6).filter(any)

on_disk = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@on_disk
@given(RANGES, st.integers(0, 24 * BLOCK))
def test_holes_are_what_was_never_written(tmp_path: Path, ranges: list[tuple[int, int]], size: int) -> None:
    written = {block for first, count in ranges for block in range(first, first + count)}
    path = tmp_path / "sparse"
    write_blocks(path, written)
    holes = list(find_holes(path, size))
    missing = {at for start, end in holes for at in range(start, end)}
    assert missing == {at for at in range(size) if at // BLOCK not in written}
    assert all(start < end for start, end in holes)


def test_a_file_that_is_not_there_is_one_hole(tmp_path: Path) -> None:
    assert list(find_holes(tmp_path / "none", 7)) == [(0, 7)]


@on_disk
@given(SIZES, st.sampled_from([BLOCK, 2 * BLOCK, 3 * BLOCK]), st.data())
def test_a_bit_whose_bytes_are_missing_is_dropped(
    tmp_path: Path, sizes: list[int], piece_length: int, data: st.DataObject
) -> None:
    metainfo = make_metainfo(sizes, piece_length)
    cache = CacheFolder(tmp_path)
    holes: set[int] = set()
    for file in metainfo.files:
        blocks = set(range(-(-file.size // BLOCK)))
        written = data.draw(st.sets(st.sampled_from(sorted(blocks)))) if blocks else set()
        write_blocks(cache.path(HASH, file.index), written)
        holes |= {(file.offset + at) // piece_length for at in range(file.size) if at // BLOCK not in written}
    stored = data.draw(st.sets(st.integers(0, metainfo.piece_count - 1)))
    checked = cache.check(metainfo, Pieces(metainfo.piece_count, stored).pack())
    assert {piece for piece in range(metainfo.piece_count) if piece in checked} == stored - holes


def test_hidden_files_need_no_bytes(tmp_path: Path) -> None:
    metainfo = make_metainfo([BLOCK, BLOCK], 2 * BLOCK, hidden=frozenset({1}))
    cache = CacheFolder(tmp_path)
    write_blocks(cache.path(HASH, 0), {0})
    assert 0 in cache.check(metainfo, b"\x80")


def test_a_cut_file_loses_its_last_pieces(tmp_path: Path) -> None:
    metainfo = make_metainfo([4 * BLOCK], BLOCK)
    cache = CacheFolder(tmp_path)
    write_blocks(cache.path(HASH, 0), {0, 1, 2, 3})
    os.truncate(cache.path(HASH, 0), 4 * BLOCK - 1)
    assert cache.check(metainfo, b"\xf0").to_list() == [True, True, True, False]
    os.truncate(cache.path(HASH, 0), 2 * BLOCK + 1)
    assert cache.check(metainfo, b"\xf0").to_list() == [True, True, False, False]


def test_sync_passes_over_files_that_are_not_there(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path)
    metainfo = make_metainfo([BLOCK, BLOCK], BLOCK)
    write_blocks(cache.path(HASH, 1), {0})
    cache.sync(metainfo, [0, 1])
    cache.remove(HASH)
    cache.remove(HASH)
    assert not cache.folder(HASH).exists()


def test_a_file_that_cannot_be_opened_is_no_loss(tmp_path: Path) -> None:
    """Unlike what a sync says, after which bytes may be gone."""
    cache = CacheFolder(tmp_path)
    cache.folder(HASH).mkdir()
    cache.path(HASH, 0).symlink_to(cache.path(HASH, 0))
    with pytest.raises(StorageFailed):
        cache.sync(make_metainfo([BLOCK], BLOCK), [0])


def test_only_folders_of_torrents_are_found(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path)
    assert CacheFolder(tmp_path / "none").find_folders() == []
    for name in (HASH, "cd" * 32, "ef" * 21, "lost+found"):
        (tmp_path / name).mkdir()
    (tmp_path / ("12" * 20)).touch()
    assert cache.find_folders() == [HASH, "cd" * 32]


def test_a_size_is_what_is_on_disk_also_while_it_is_removed(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path)
    assert cache.size(HASH) == 0
    write_blocks(cache.path(HASH, 0), {0, 1000})
    (cache.folder(HASH) / "1").symlink_to(tmp_path / "gone")
    assert cache.size(HASH) == 2 * BLOCK


async def test_read_at_gives_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(200)))
    with path.open("rb") as file:
        assert await read_at(file.fileno(), 10, 20) == bytes(range(10, 30))
        assert await read_at(file.fileno(), 190, 20) == bytes(range(190, 200))
        with pytest.raises(StorageFailed, match="shorter"):
            await read_at(file.fileno(), 200, 20)


async def test_read_at_tells_of_a_broken_descriptor(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file, pytest.raises(StorageFailed):
        await read_at(file.fileno(), 0, 20)


class WholeFiles(CacheFolder):
    """On a file system without holes."""

    def can_punch(self) -> bool:
        return False


def find_files(cache: CacheFolder) -> list[str]:
    return sorted(path.name for path in cache.folder(HASH).iterdir())


def kept_of(metainfo: Metainfo, data: st.DataObject) -> Pieces:
    count = metainfo.piece_count
    return Pieces(count, data.draw(st.sets(st.integers(0, count - 1))))


@on_disk
@given(layouts(), st.data())
def test_what_is_kept_stays_and_is_promised_by_its_bytes(
    tmp_path: Path, metainfo: Metainfo, data: st.DataObject
) -> None:
    for cache in CacheFolder(tmp_path / "holes"), WholeFiles(tmp_path / "files"):
        for file in metainfo.files:
            if not file.hidden:
                write_file(cache.path(HASH, file.index), file.size)
        kept = kept_of(metainfo, data)
        cache.trim(metainfo, kept)
        assert cache.check(metainfo, kept.pack()).to_list() == kept.to_list()
        cache.remove(HASH)


def test_where_no_holes_can_be_punched_whole_files_go(tmp_path: Path) -> None:
    metainfo = make_metainfo([3 * BLOCK, 3 * BLOCK, 3 * BLOCK], 2 * BLOCK)
    cache = WholeFiles(tmp_path)
    for file in metainfo.files:
        write_file(cache.path(HASH, file.index), file.size)
    cache.trim(metainfo, Pieces(5, [0]))
    assert find_files(cache) == ["0"]
    assert cache.size(HASH) == 3 * BLOCK


def test_a_sweep_removes_all_that_is_not_promised(tmp_path: Path) -> None:
    metainfo = make_metainfo([4 * BLOCK, 0, BLOCK], BLOCK, hidden=frozenset({2}))
    cache = CacheFolder(tmp_path)
    write_file(cache.path(HASH, 0), 9 * BLOCK)
    cache.path(HASH, 1).touch()
    for stray in "2", "3", "00", ".parts":
        (cache.folder(HASH) / stray).write_bytes(b"x")
    (cache.folder(HASH) / "4").symlink_to(tmp_path)
    write_file(cache.folder(HASH) / "folder" / "0", 1)
    cache.sweep(metainfo, Pieces(5, [1, 2]))
    assert find_files(cache) == ["0", "1"]
    assert cache.path(HASH, 0).stat().st_size == 4 * BLOCK
    assert list(find_holes(cache.path(HASH, 0), 4 * BLOCK)) == [(0, BLOCK), (3 * BLOCK, 4 * BLOCK)]
    assert cache.size(HASH) == 2 * BLOCK


def test_blocks_that_were_only_set_aside_are_swept(tmp_path: Path) -> None:
    metainfo = make_metainfo([4 * BLOCK], BLOCK)
    cache = CacheFolder(tmp_path)
    write_file(cache.path(HASH, 0), BLOCK)
    with cache.path(HASH, 0).open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, 4 * BLOCK)
    assert cache.size(HASH) == 4 * BLOCK
    cache.sweep(metainfo, Pieces(4, [0]))
    assert cache.size(HASH) == BLOCK


def test_a_sweep_of_nothing_is_no_error(tmp_path: Path) -> None:
    CacheFolder(tmp_path).sweep(make_metainfo([BLOCK], BLOCK), Pieces(1))
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_tells_what_cannot_be_removed(tmp_path: Path) -> None:
    cache = WholeFiles(tmp_path)
    cache.folder(HASH).mkdir()
    cache.path(HASH, 0).mkdir()
    with pytest.raises(StorageFailed):
        cache.trim(make_metainfo([BLOCK], BLOCK), Pieces(1))


def test_all_folders_are_measured(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path)
    write_blocks(cache.path(HASH, 0), {0, 9})
    write_blocks(cache.path("cd" * 20, 3), {1})
    assert cache.measure() == {HASH: 2 * BLOCK, "cd" * 20: BLOCK}


async def test_who_is_cancelled_waits_for_its_work_on_the_disk() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait()
        done.set()

    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(run_whole(work))
        await asyncio.to_thread(begun.wait)
        for _ in range(3):
            working.cancel()
            await asyncio.sleep(0)
        assert not working.done()
        go_on.set()
    assert working.cancelled()
    assert done.is_set()


async def test_work_on_the_disk_gives_its_result_and_its_error() -> None:
    assert await run_whole(int, "7") == 7
    with pytest.raises(ValueError, match="seven"):
        await run_whole(int, "seven")
