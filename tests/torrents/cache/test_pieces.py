from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.cache.pieces import Pieces

COUNTS = st.integers(1, 70)


@st.composite
def sets_of_pieces(draw: st.DrawFn) -> tuple[int, set[int]]:
    count = draw(COUNTS)
    return count, draw(st.sets(st.integers(0, count - 1)))


@given(sets_of_pieces())
def test_holds_what_a_set_holds(case: tuple[int, set[int]]) -> None:
    count, present = case
    pieces = Pieces(count, present)
    assert len(pieces) == count
    assert pieces.count() == len(present)
    assert {piece for piece in range(count) if piece in pieces} == present
    assert pieces.to_list() == [piece in present for piece in range(count)]


@given(sets_of_pieces(), st.data())
def test_finds_the_missing_ones_of_a_range(case: tuple[int, set[int]], data: st.DataObject) -> None:
    count, present = case
    first, last = data.draw(st.integers(0, count)), data.draw(st.integers(-1, count - 1))
    missing = [piece for piece in range(first, last + 1) if piece not in present]
    pieces = Pieces(count, present)
    assert pieces.find_all_missing(first, last) == missing
    assert pieces.find_missing(first, last) == next(iter(missing), None)


@given(sets_of_pieces(), st.data())
def test_adds_and_discards(case: tuple[int, set[int]], data: st.DataObject) -> None:
    count, present = case
    pieces = Pieces(count, present)
    new = data.draw(st.integers(0, count - 1))
    first, last = sorted([data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, count - 1))])
    pieces.add(new)
    pieces.discard(first, last)
    assert len(pieces) == count
    assert {p for p in range(count) if p in pieces} == (present | {new}) - set(range(first, last + 1))


@given(sets_of_pieces())
def test_packs_into_one_bit_each_the_first_on_top(case: tuple[int, set[int]]) -> None:
    count, present = case
    packed = Pieces(count, present).pack()
    bits = "".join(f"{byte:08b}" for byte in packed)
    assert len(packed) == -(-count // 8)
    assert {piece for piece, bit in enumerate(bits) if bit == "1"} == present
    assert Pieces.unpack(packed, count).to_list() == Pieces(count, present).to_list()


@given(st.binary(max_size=12), COUNTS)
def test_unpacks_bits_of_any_length(packed: bytes, count: int) -> None:
    pieces = Pieces.unpack(packed, count)
    bits = "".join(f"{byte:08b}" for byte in packed).ljust(count, "0")
    assert pieces.to_list() == [bit == "1" for bit in bits[:count]]


def test_packing_no_piece_gives_no_byte() -> None:
    assert Pieces(0).pack() == b""
    assert Pieces.unpack(b"", 3).count() == 0


@given(sets_of_pieces(), st.data())
def test_gaps_are_the_runs_that_are_missing(case: tuple[int, set[int]], data: st.DataObject) -> None:
    count, present = case
    first = data.draw(st.integers(0, count - 1))
    last = data.draw(st.integers(first, count - 1))
    gaps = list(Pieces(count, present).find_gaps(first, last))
    assert [piece for gap in gaps for piece in gap] == [
        piece for piece in range(first, last + 1) if piece not in present
    ]
    assert all(before.stop < after.start for before, after in pairwise(gaps))


@given(sets_of_pieces(), st.data())
def test_the_present_ones_of_a_range_are_listed(case: tuple[int, set[int]], data: st.DataObject) -> None:
    count, present = case
    first, last = data.draw(st.integers(0, count)), data.draw(st.integers(0, count))
    assert Pieces(count, present).list_present(range(first, last)) == [
        piece for piece in range(first, last) if piece in present
    ]
