from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.pieces import Pieces
from momoshtrem.torrents.runtime import tell
from momoshtrem.torrents.schedule import (
    DEADLINES_MS,
    LOWEST,
    MIN_PIECES,
    NARROW_PIECES,
    NORMAL,
    SHARED_WINDOW,
    STREAMS_AFTER,
    TOP,
    WINDOW,
    Demand,
    Plan,
    compare_plans,
    make_plan,
)
from tests.torrents.picker import Picker

MIB = 2**20
PIECES = 60
LENGTHS = st.sampled_from([16 * 1024, MIB, 3 * MIB, 16 * MIB, 64 * MIB])


@st.composite
def demands(draw: st.DrawFn) -> Demand:
    last = draw(st.integers(0, PIECES - 1))
    return Demand(
        piece=draw(st.integers(0, last)),
        last=last,
        sent=draw(st.sampled_from([0, 1, STREAMS_AFTER - 1, STREAMS_AFTER, 10 * MIB])),
        waiting=draw(st.sampled_from([0.0, 0.5, 3.0])),
    )


PRESENT = st.builds(Pieces, st.just(PIECES), st.sets(st.integers(0, PIECES - 1)))
READERS = st.lists(demands(), max_size=5)


def window_of(demand: Demand, piece_length: int, *, shared: bool) -> range:
    """The widest window a reader may have."""
    size = max(SHARED_WINDOW // piece_length, 1) if shared else max(WINDOW // piece_length, MIN_PIECES)
    return range(demand.piece, min(demand.last, demand.piece + size - 1) + 1)


def next_of(demand: Demand, pieces: Pieces, piece_length: int, *, shared: bool) -> list[int]:
    missing = [p for p in window_of(demand, piece_length, shared=shared) if p not in pieces]
    return missing if demand.sent >= STREAMS_AFTER else missing[:NARROW_PIECES]


@given(READERS, PRESENT, LENGTHS)
def test_wants_the_missing_pieces_of_the_windows_and_nothing_else(
    readers: list[Demand], pieces: Pieces, length: int
) -> None:
    plan = make_plan(readers, pieces, length)
    shared = len(readers) > 1
    wanted = {piece for reader in readers for piece in next_of(reader, pieces, length, shared=shared)}
    assert plan.priorities.keys() == wanted
    assert all(LOWEST <= priority <= TOP for priority in plan.priorities.values())
    assert plan.deadlines.keys() <= wanted
    assert plan.next_pieces <= wanted


@given(READERS, PRESENT, LENGTHS)
def test_deadlines_are_for_the_next_two_pieces_of_a_reader(
    readers: list[Demand], pieces: Pieces, length: int
) -> None:
    plan = make_plan(readers, pieces, length)
    windows = [next_of(reader, pieces, length, shared=len(readers) > 1) for reader in readers]
    assert plan.deadlines.keys() <= {piece for window in windows for piece in window[:2]}
    assert set(plan.deadlines.values()) <= set(DEADLINES_MS)
    for window in filter(None, windows):
        assert plan.deadlines[window[0]] == DEADLINES_MS[0]


@given(READERS, PRESENT, LENGTHS)
def test_each_reader_has_its_next_piece_at_the_top_of_the_ladder(
    readers: list[Demand], pieces: Pieces, length: int
) -> None:
    plan = make_plan(readers, pieces, length)
    windows = [next_of(reader, pieces, length, shared=len(readers) > 1) for reader in readers]
    windows = [window for window in windows if window]
    heads = {window[0] for window in windows}
    assert plan.next_pieces == heads
    assert sorted((plan.priorities[head] for head in heads), reverse=True)[:1] == [TOP] * bool(heads)
    assert all(plan.priorities[head] > TOP - max(1, len(windows)) for head in heads)
    assert plan.sequential == (len(windows) <= 1)


@given(demands(), PRESENT, LENGTHS)
def test_a_lone_reader_has_one_piece_at_the_top(reader: Demand, pieces: Pieces, length: int) -> None:
    plan = make_plan([reader], pieces, length)
    window = next_of(reader, pieces, length, shared=False)
    assert plan.priorities == dict.fromkeys(window, NORMAL) | dict.fromkeys(window[:1], TOP)
    assert len(plan.deadlines) == min(len(window), 2 if reader.sent else 1)


@given(READERS, PRESENT, LENGTHS, st.randoms(use_true_random=False))
def test_the_order_of_the_readers_does_not_matter(
    readers: list[Demand], pieces: Pieces, length: int, random: Random
) -> None:
    shuffled = random.sample(readers, len(readers))
    assert make_plan(shuffled, pieces, length) == make_plan(readers, pieces, length)


def test_who_has_least_ready_comes_first_then_who_waited_longest() -> None:
    pieces = Pieces(PIECES, range(20, 23))
    ready, fresh, waiting = Demand(20, 59, MIB), Demand(40, 59, MIB), Demand(0, 59, MIB, waiting=2.0)
    plan = make_plan([ready, fresh, waiting], pieces, MIB)
    assert [plan.priorities[piece] for piece in (0, 40, 23)] == [TOP, TOP - 1, TOP - 2]


def test_nobody_wants_anything() -> None:
    assert make_plan([], Pieces(PIECES), MIB) == Plan()
    assert make_plan([Demand(0, 59)], Pieces(PIECES, range(PIECES)), MIB) == Plan()


STEPS = st.lists(st.tuples(READERS, st.sets(st.integers(0, PIECES - 1), max_size=6)), max_size=6)


@given(STEPS, LENGTHS)
def test_the_changes_bring_libtorrent_to_the_plan(
    steps: list[tuple[list[Demand], set[int]]], length: int
) -> None:
    pieces, picker, plan = Pieces(PIECES), Picker(PIECES), Plan()
    for readers, finished in steps:
        new = make_plan(readers, pieces, length)
        changes = compare_plans(plan, new, pieces)
        tell(picker.handle, changes)
        for piece in pieces.find_all_missing(0, PIECES - 1):
            assert picker.priorities[piece] == new.priorities.get(piece, 0)
        assert new.deadlines.keys() <= picker.deadlines.keys()
        if not changes:
            assert new.priorities.keys() == plan.priorities.keys() - {
                p for p in plan.priorities if p in pieces
            }
        for piece in finished:
            pieces.add(piece)
            picker.finish(piece)
        plan = new


@given(READERS, PRESENT, LENGTHS)
def test_the_same_plan_again_changes_nothing(readers: list[Demand], pieces: Pieces, length: int) -> None:
    plan = make_plan(readers, pieces, length)
    assert not compare_plans(plan, plan, pieces)


@given(demands(), LENGTHS)
def test_going_on_cancels_nothing(reader: Demand, length: int) -> None:
    """A piece came and the reader reads on: what was asked of the peers stays asked."""
    reader = replace(reader, sent=STREAMS_AFTER)
    picker, before = Picker(PIECES), make_plan([reader], Pieces(PIECES), length)
    tell(picker.handle, compare_plans(Plan(), before, Pieces(PIECES)))
    picker.finish(reader.piece)
    pieces = Pieces(PIECES, [reader.piece])
    after = make_plan([replace(reader, piece=min(reader.piece + 1, reader.last))], pieces, length)
    picker.calls.clear()
    tell(picker.handle, compare_plans(before, after, pieces))
    assert "clear" not in picker.calls
    assert picker.deadlines.keys() == after.deadlines.keys()
    for piece in pieces.find_all_missing(0, PIECES - 1):
        assert picker.priorities[piece] == after.priorities.get(piece, 0)


@given(demands(), demands(), LENGTHS)
def test_a_seek_cancels_what_is_given_up(old: Demand, new: Demand, length: int) -> None:
    pieces = Pieces(PIECES)
    before, after = make_plan([old], pieces, length), make_plan([new], pieces, length)
    changes = compare_plans(before, after, pieces)
    given_up = before.priorities.keys() - after.priorities.keys()
    assert changes.clear == bool(given_up or not after.next_pieces <= before.priorities.keys())
    assert {piece for piece, priority in changes.priorities if priority == 0} == given_up
    raised = any(priority > before.priorities.get(piece, 0) for piece, priority in after.priorities.items())
    assert (changes.end_sequential, changes.begin_sequential) == (raised, raised)


@given(demands(), demands(), LENGTHS)
def test_sequential_picking_is_on_just_when_one_reader_is_alone(
    alone: Demand, other: Demand, length: int
) -> None:
    pieces, picker = Pieces(PIECES), Picker(PIECES)
    plans = [make_plan(each, pieces, length) for each in ([alone], [alone, other], [alone], [])]
    before = Plan()
    for plan in plans:
        tell(picker.handle, compare_plans(before, plan, pieces))
        assert picker.is_sequential == plan.sequential
        before = plan
