from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from momoshtrem.errors import StorageFailed
from momoshtrem.model.torrent import Metainfo, TorrentFile
from momoshtrem.torrents.cache.folder import CacheFolder, files_of, find_holes, read_at
from momoshtrem.torrents.cache.pieces import Pieces

BLOCK = 4096
HASH = "ab" * 20
RANGES = st.lists(st.tuples(st.integers(0, 19), st.integers(1, 4)), max_size=6)
SIZES = st.lists(st.integers(0, 6 * BLOCK), min_size=1, max_size=6).filter(any)

on_disk = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def make_metainfo(sizes: list[int], piece_length: int, hidden: frozenset[int] = frozenset()) -> Metainfo:
    offsets = [sum(sizes[:index]) for index in range(len(sizes))]
    files = tuple(
        TorrentFile(index, f"f{index}", size, offsets[index], index in hidden)
        for index, size in enumerate(sizes)
    )
    return Metainfo(HASH, "f", piece_length, sum(sizes), False, files, (), b"")


def write_blocks(path: Path, blocks: set[int]) -> None:
    """A sparse file with bytes in these blocks only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        for block in blocks:
            file.seek(block * BLOCK)
            file.write(b"x" * BLOCK)


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


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8).filter(any), st.integers(1, 6), st.data())
def test_files_of_finds_every_file_with_bytes_in_the_pieces(
    sizes: list[int], piece_length: int, data: st.DataObject
) -> None:
    hidden = frozenset(data.draw(st.sets(st.integers(0, len(sizes) - 1))))
    metainfo = make_metainfo(sizes, piece_length, hidden)
    pieces = data.draw(st.sets(st.integers(0, metainfo.piece_count - 1)))
    touched = {
        file.index
        for file in metainfo.files
        if file.size and not file.hidden
        for piece in pieces
        if file.offset < (piece + 1) * piece_length and piece * piece_length < file.offset + file.size
    }
    found = files_of(metainfo, pieces)
    assert touched <= found
    assert all(metainfo.files[index].size == 0 for index in found - touched)
    assert not found & hidden


def test_sync_passes_over_files_that_are_not_there(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path)
    metainfo = make_metainfo([BLOCK, BLOCK], BLOCK)
    write_blocks(cache.path(HASH, 1), {0})
    cache.sync(metainfo, [0, 1])
    cache.remove(HASH)
    cache.remove(HASH)
    assert not cache.folder(HASH).exists()


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
