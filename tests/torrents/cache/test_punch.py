from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from momoshtrem.errors import StorageFailed
from momoshtrem.model.torrent import Metainfo
from momoshtrem.torrents.cache.layout import round_up
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.punch import can_punch, covers, find_ranges, punch
from tests.torrents.cache.disk import BLOCK, layouts, make_metainfo, spans_of, write_file

KERNEL_FILE = Path("/proc/self/comm")
"""A file that can be written, on a file system without holes."""


def kept_bytes(metainfo: Metainfo, kept: Pieces) -> dict[int, set[int]]:
    """By file, the bytes of the pieces that are kept."""
    found: dict[int, set[int]] = {file.index: set() for file in metainfo.files}
    for piece in kept.list_present(range(len(kept))):
        for file, span in spans_of(metainfo, piece):
            found[file.index].update(span)
    return found


def draw_kept(metainfo: Metainfo, data: st.DataObject) -> Pieces:
    return Pieces(metainfo.piece_count, data.draw(st.sets(st.integers(0, metainfo.piece_count - 1))))


@given(layouts(), st.data())
def test_ranges_are_all_blocks_without_a_kept_byte(metainfo: Metainfo, data: st.DataObject) -> None:
    kept = draw_kept(metainfo, data)
    ranges: dict[int, set[int]] = {file.index: set() for file in metainfo.files}
    for file, span in find_ranges(metainfo, kept):
        assert span.start % BLOCK == span.stop % BLOCK == 0
        assert not ranges[file.index] & {*span}
        ranges[file.index].update(span)
    stay = kept_bytes(metainfo, kept)
    for file in metainfo.files:
        blocks = range(0) if file.hidden else range(0, round_up(file.size), BLOCK)
        unused = [at for at in blocks if stay[file.index].isdisjoint(range(at, at + BLOCK))]
        assert ranges[file.index] == {byte for at in unused for byte in range(at, at + BLOCK)}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(layouts(), st.data())
def test_no_byte_of_a_piece_that_stays_is_touched(
    tmp_path: Path, metainfo: Metainfo, data: st.DataObject
) -> None:
    kept = draw_kept(metainfo, data)
    stay = kept_bytes(metainfo, kept)
    for file in metainfo.files:
        path = tmp_path / str(file.index)
        write_file(path, file.size)
        before = path.read_bytes()
        spans = [span for each, span in find_ranges(metainfo, kept) if each is file]
        punch(path, spans)
        after = path.read_bytes()
        assert len(after) == len(before)
        assert all(after[at] == before[at] for at in stay[file.index])
        used = round_up(file.size) - sum(map(len, spans))
        assert path.stat().st_blocks * 512 == used


def test_a_range_may_be_a_whole_file() -> None:
    metainfo = make_metainfo([BLOCK + 1, 3 * BLOCK], BLOCK)
    found = list(find_ranges(metainfo, Pieces(5, [4])))
    assert [(file.index, span, covers(span, file)) for file, span in found] == [
        (0, range(2 * BLOCK), True),
        (1, range(2 * BLOCK), False),
    ]


def test_a_file_that_is_not_there_has_nothing_to_punch(tmp_path: Path) -> None:
    punch(tmp_path / "none", [range(BLOCK)])
    assert not (tmp_path / "none").exists()


def test_a_file_system_is_tried_without_a_trace(tmp_path: Path) -> None:
    assert can_punch(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_holes_is_told_of() -> None:
    with pytest.raises(StorageFailed, match="cannot punch"):
        punch(KERNEL_FILE, [range(BLOCK)])


def test_what_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    for path in tmp_path, Path("/dev/null"):
        with pytest.raises(StorageFailed, match="cannot be written"):
            punch(path, [range(BLOCK)])
    with pytest.raises(StorageFailed):
        can_punch(tmp_path / "none")
