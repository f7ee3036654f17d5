from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.picker import tell
from momoshtrem.torrents.schedule import (
    COPY_PATIENCE,
    DEADLINES_MS,
    FEW_PIECES,
    LARGE,
    LOWEST,
    MAX_DEADLINES,
    MIN_PIECES,
    NORMAL,
    SHARED_WINDOW,
    TOP,
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
        sent=draw(st.sampled_from([0, 1, 10 * MIB])),
        waiting=draw(st.sampled_from([0.0, 0.5, 3.0])),
        kind=draw(st.sampled_from(["probe", "scan", "playback", "copy"])),
        window=draw(st.sampled_from([4 * MIB, 16 * MIB, 256 * MIB])),
        seconds=draw(st.sampled_from([0.1, 1.0, 7.0])),
    )


PRESENT = st.builds(Pieces, st.just(PIECES), st.sets(st.integers(0, PIECES - 1)))
READERS = st.lists(demands(), max_size=5)
ASIDES = st.lists(st.tuples(st.integers(0, PIECES - 1), st.sampled_from([LOWEST, NORMAL])), max_size=3)


def window_of(demand: Demand, pieces: Pieces, length: int, *, shared: bool) -> list[int]:
    """What a reader may want: the missing pieces of its window, of those only the near ones when it is not
    alone, or else the next."""
    end = min(demand.last + 1, demand.piece + max(MIN_PIECES, demand.window // length))
    missing = [piece for piece in range(demand.piece, end) if piece not in pieces]
    if shared:
        near = [piece for piece in missing if piece < demand.piece + SHARED_WINDOW // length]
        missing = near or missing[:1]
    return missing[: FEW_PIECES.get(demand.kind, PIECES)]


@given(READERS, PRESENT, LENGTHS)
def test_wants_the_missing_pieces_of_the_windows_and_nothing_else(
    readers: list[Demand], pieces: Pieces, length: int
) -> None:
    plan = make_plan(readers, pieces, length)
    shared = len(readers) > 1
    wanted = {piece for reader in readers for piece in window_of(reader, pieces, length, shared=shared)}
    assert plan.priorities.keys() == wanted
    assert all(LOWEST <= priority <= TOP for priority in plan.priorities.values())
    assert plan.deadlines.keys() <= wanted
    assert plan.next_pieces <= wanted


@given(READERS, PRESENT, LENGTHS)
def test_deadlines_are_for_the_next_two_pieces_of_a_reader(
    readers: list[Demand], pieces: Pieces, length: int
) -> None:
    plan = make_plan(readers, pieces, length)
    windows = [window_of(reader, pieces, length, shared=len(readers) > 1) for reader in readers]
    assert plan.deadlines.keys() <= {piece for window in windows for piece in window[:2]}
    assert set(plan.deadlines.values()) <= set(DEADLINES_MS)
    assert bool(plan.deadlines) == any(windows)
    assert len(plan.deadlines) <= MAX_DEADLINES


@given(READERS, PRESENT, LENGTHS)
def test_the_next_pieces_of_the_readers_are_known(readers: list[Demand], pieces: Pieces, length: int) -> None:
    plan = make_plan(readers, pieces, length)
    windows = [window_of(reader, pieces, length, shared=len(readers) > 1) for reader in readers]
    windows = [window for window in windows if window]
    assert plan.next_pieces == {window[0] for window in windows}
    assert list(plan.priorities.values()).count(TOP) == bool(windows)
    assert plan.sequential == (len(windows) <= 1)


@given(st.lists(st.integers(0, PIECES - 1), min_size=2, max_size=5, unique=True), LENGTHS)
def test_readers_that_are_alike_take_turns(places: list[int], length: int) -> None:
    """The n-th pieces of all come before the next of any."""
    readers = [Demand(place, PIECES - 1, 10 * MIB) for place in places]
    pieces = Pieces(PIECES)
    windows = [window_of(reader, pieces, length, shared=True) for reader in readers]
    plan = make_plan(readers, pieces, length)
    nearest = {
        piece: min(window.index(piece) for window in windows if piece in window) for piece in plan.priorities
    }
    ladder = [nearest[piece] for piece in sorted(plan.priorities, key=lambda p: -plan.priorities[p])]
    rungs = [turn for turn, _ in groupby(ladder[: TOP - LOWEST])]
    assert rungs == sorted(rungs)


def test_who_plays_comes_before_who_copies_unless_that_waits_long() -> None:
    copying = Demand(0, 59, 10 * MIB, kind="copy", waiting=1.0)
    playing = Demand(30, 59, 10 * MIB)
    plan = make_plan([copying, playing], Pieces(PIECES), MIB)
    assert plan.priorities[30] == TOP
    assert all(plan.priorities[30 + nth] > plan.priorities[0] for nth in range(4))
    assert plan.deadlines.keys() == {30, 31}
    starving = replace(copying, waiting=COPY_PATIENCE + 1)
    assert make_plan([starving, playing], Pieces(PIECES), MIB).priorities[0] == TOP


def test_a_player_with_enough_ahead_leaves_the_swarm_to_others() -> None:
    ahead = Demand(0, 59, 10 * MIB, window=32 * MIB)
    starving = Demand(40, 59, 10 * MIB)
    plan = make_plan([ahead, starving], Pieces(PIECES, range(10)), MIB)
    assert sorted(plan.priorities) == [10, 40, 41, 42, 43]
    assert min(plan.priorities, key=lambda piece: plan.priorities[piece]) == 10


@given(READERS, PRESENT, LENGTHS, ASIDES)
def test_what_is_beside_the_readers_is_behind_them(
    readers: list[Demand], pieces: Pieces, length: int, asides: list[tuple[int, int]]
) -> None:
    alone, plan = make_plan(readers, pieces, length), make_plan(readers, pieces, length, asides)
    assert {p: value for p, value in plan.priorities.items() if p not in plan.asides} == alone.priorities
    assert (plan.deadlines, plan.next_pieces) == (alone.deadlines, alone.next_pieces)
    for piece in plan.asides:
        assert piece not in pieces
        if plan.priorities[piece] == LOWEST and alone.priorities:
            assert plan.sequential
            assert piece > max(alone.priorities)


@given(demands(), PRESENT, LENGTHS)
def test_a_lone_reader_has_one_piece_at_the_top(reader: Demand, pieces: Pieces, length: int) -> None:
    plan = make_plan([reader], pieces, length)
    window = window_of(reader, pieces, length, shared=False)
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
    assert [plan.priorities[piece] for piece in (0, 40, 1, 41, 2, 42)] == [7, 6, 5, 4, 3, 2]
    assert plan.priorities[23] == LOWEST


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
        assert picker.deadlines.keys() == new.deadlines.keys()
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
    reader = replace(reader, sent=MIB, kind="playback")
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
    is_new = not after.next_pieces <= before.priorities.keys()
    assert changes.clear == (is_new or not given_up.isdisjoint(before.deadlines))
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


def test_nothing_large_is_fetched_beside_a_reader_that_lacks_its_own_piece() -> None:
    def find_asides(piece_length: int, *here: int) -> frozenset[int]:
        return make_plan([Demand(2, 9)], Pieces(10, here), piece_length, [(0, NORMAL)]).asides

    assert find_asides(LARGE) == {0}
    assert find_asides(LARGE + 1) == set()
    assert find_asides(LARGE + 1, 2) == {0}
