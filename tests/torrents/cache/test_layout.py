from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.model.torrent import Metainfo
from momoshtrem.torrents.cache.layout import (
    Layout,
    StoredLayout,
    files_of,
    find_cost,
    find_parts,
    round_down,
    round_up,
)
from tests.torrents.cache.disk import BLOCK, layouts, make_metainfo, spans_of


@given(layouts())
def test_the_parts_of_a_piece_are_its_bytes_in_each_file(metainfo: Metainfo) -> None:
    for piece in range(metainfo.piece_count):
        assert list(find_parts(metainfo, piece)) == spans_of(metainfo, piece)


@given(layouts(), st.data())
def test_files_of_finds_every_file_with_bytes_in_the_pieces(metainfo: Metainfo, data: st.DataObject) -> None:
    pieces = data.draw(st.sets(st.integers(0, metainfo.piece_count - 1)))
    touched = {file.index for piece in pieces for file, _ in spans_of(metainfo, piece)}
    assert files_of(metainfo, pieces) == touched


def test_a_piece_costs_the_blocks_it_touches_and_one_for_each_file() -> None:
    metainfo = make_metainfo([3 * BLOCK, 2 * BLOCK], 2 * BLOCK)
    assert [find_cost(metainfo, piece) for piece in range(3)] == [3 * BLOCK, 4 * BLOCK, 2 * BLOCK]
    assert find_cost(make_metainfo([9 * BLOCK], BLOCK + 1), 1) == 3 * BLOCK
    assert find_cost(make_metainfo([1], BLOCK), 0) == 2 * BLOCK
    assert find_cost(make_metainfo([BLOCK, BLOCK], BLOCK, hidden=frozenset({1})), 1) == 0


@given(st.integers(0, 10 * BLOCK))
def test_rounding_goes_to_the_next_block(at: int) -> None:
    assert round_down(at) <= at <= round_up(at)
    assert at - round_down(at) < BLOCK > round_up(at) - at
    assert round_down(at) % BLOCK == round_up(at) % BLOCK == 0


def test_a_stored_layout_is_as_good_as_the_metainfo() -> None:
    metainfo = make_metainfo([3 * BLOCK, 2 * BLOCK], 2 * BLOCK)
    layout: Layout = StoredLayout(metainfo.info_hash, 2 * BLOCK, 3, metainfo.files)
    assert [find_cost(layout, piece) for piece in range(3)] == [find_cost(metainfo, p) for p in range(3)]
