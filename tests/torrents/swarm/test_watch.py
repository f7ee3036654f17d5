"""Why a piece is waited for, when what is done about it, and how stalls are counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.engine import Cure, Reason, Stall, StallCount
from momoshtrem.torrents.swarm.watch import (
    CURES,
    MAX_STALLS,
    STALLED_AFTER,
    Finding,
    Scene,
    Stalls,
    Waiting,
    Watch,
    find_reason,
)

TICK = 0.25
PIECE = 7
ONE, OTHER = frozenset({"one"}), frozenset({"other"})
BOTH = ONE | OTHER
FLOWING = Scene(2, 0, ("one", "other"), BOTH, holding=BOTH, done=3, blocks=64)


@pytest.mark.parametrize(
    ("scene", "quiet", "silent", "reason"),
    [
        (Scene(), 9, 9, "no_peers"),
        (Scene(connecting=2), 9, 9, "connecting"),
        (Scene(connected=3), 9, 9, "nobody_has_it"),
        (Scene(connected=3, owners=("one",)), 9, 9, "choked"),
        (replace(FLOWING, done=64, holding=frozenset()), 9, 9, "disk"),
        (replace(FLOWING, failed=True), 0.5, 0, "hash_failed"),
        (replace(FLOWING, failed=True, holding=ONE), 2, 0, "held"),
        (FLOWING, 0.5, 0, "slow_swarm"),
        (FLOWING, 2, 0.5, "slow_swarm"),
        (FLOWING, 2, 2, "silent"),
        (replace(FLOWING, holding=ONE), 2, 0, "held"),
        (replace(FLOWING, holding=frozenset()), 2, 0, "unknown"),
        (replace(FLOWING, willing=frozenset(), owners=(), connected=0, holding=ONE), 2, 2, "silent"),
    ],
)
def test_the_reason(scene: Scene, quiet: float, silent: float, reason: Reason) -> None:
    assert find_reason(scene, quiet, silent) == reason


def play(watch: Watch, scene: Scene, seconds: float, start: float = 100.0) -> list[tuple[float, Cure]]:
    """The cures that are due while nothing changes, and when."""
    done = []
    for tick in range(int(seconds / TICK)):
        now = start + tick * TICK
        done += [(now - start, cure) for cure in watch.look(now, PIECE, scene).cures]
    return done


def test_a_peer_that_holds_blocks_is_shut_out_before_all_is_asked_again() -> None:
    assert play(Watch(), replace(FLOWING, holding=ONE), 2) == [(1.0, "shut_out"), (1.5, "ask_again")]


def test_a_silent_swarm_is_asked_again_and_then_connected_to_anew() -> None:
    assert play(Watch(), FLOWING, 4.5) == [(2.0, "ask_again"), (4.0, "reconnect")]


def test_more_peers_are_looked_for_when_there_are_none() -> None:
    assert play(Watch(), Scene(), 4) == [(1.0, "connect"), (2.0, "announce")]


def test_while_blocks_come_nothing_is_done() -> None:
    watch = Watch()
    for done in range(40):
        found = watch.look(done * TICK, PIECE, replace(FLOWING, done=done))
        assert (found.reason, found.cures) == ("slow_swarm", ())


def test_a_new_block_begins_it_all_anew() -> None:
    watch = Watch()
    assert play(watch, Scene(done=1), 1) == []
    assert play(watch, Scene(done=2), 1, start=101.0) == []


def test_what_is_not_waited_for_is_forgotten() -> None:
    watch = Watch()
    play(watch, Scene(), 1)
    watch.keep({PIECE + 1})
    assert play(watch, Scene(), 1, start=101.0) == []


def test_only_who_held_all_the_time_holds_a_piece_up() -> None:
    watch = Watch()
    watch.look(0, PIECE, FLOWING)
    assert watch.find_holders(PIECE) == BOTH
    watch.look(1, PIECE, replace(FLOWING, holding=ONE))
    watch.look(2, PIECE, FLOWING)
    assert watch.find_holders(PIECE) == ONE


SCENES = st.builds(
    Scene,
    connected=st.integers(0, 3),
    connecting=st.integers(0, 3),
    owners=st.sampled_from([(), ("one",)]),
    willing=st.sampled_from([frozenset(), ONE, BOTH]),
    holding=st.sampled_from([frozenset(), ONE, BOTH]),
    done=st.integers(0, 2),
    blocks=st.just(2),
    received=st.integers(0, 3),
    failed=st.booleans(),
)


@given(st.lists(st.tuples(st.integers(0, 2), SCENES), max_size=200))
def test_no_cure_is_tried_too_often(looks: list[tuple[int, Scene]]) -> None:
    watch = Watch()
    times: dict[Cure, list[float]] = {}
    for tick, (piece, scene) in enumerate(looks):
        for cure in watch.look(tick * TICK, piece, scene).cures:
            times.setdefault(cure, []).append(tick * TICK)
    for cure, tried in times.items():
        gap = min(dose.every for doses in CURES.values() for dose in doses if dose.cure == cure)
        assert all(later - sooner >= gap for sooner, later in pairwise(tried))


class TestStalls:
    def wait(self, seconds: float, reader: str = "a", *, streams: bool = True) -> Waiting:
        return Waiting(reader, PIECE, seconds, streams)

    def test_one_counts_once_it_is_over(self) -> None:
        stalls = Stalls()
        stalls.look([self.wait(0.6)], {PIECE: Finding("slow_swarm")})
        stalls.look([self.wait(0.9)], {PIECE: Finding("slow_swarm")})
        stalls.look([self.wait(1.2)], {PIECE: Finding("held", ("shut_out",))})
        assert (stalls.list_counts(), stalls.reason_of(PIECE)) == ((), "held")
        stalls.look([], {})
        assert stalls.reason_of(PIECE) is None
        assert stalls.list_counts() == (StallCount("held", 1, 1.2),)
        assert stalls.list_last() == (Stall(PIECE, 1.2, "held", ("shut_out",)),)

    def test_each_that_is_over_is_told(self) -> None:
        told: list[tuple[str, float]] = []
        stalls = Stalls(lambda reason, seconds: told.append((reason, seconds)))
        stalls.look([self.wait(0.6)], {PIECE: Finding("choked")})
        assert told == []
        stalls.look([], {})
        assert told == [("choked", 0.6)]

    @pytest.mark.parametrize("wait", [Waiting("a", PIECE, 9.0, False), Waiting("a", PIECE, 0.4, True)])
    def test_a_probe_and_a_moment_are_none(self, wait: Waiting) -> None:
        stalls = Stalls()
        stalls.look([wait], {PIECE: Finding("held")})
        stalls.look([], {})
        assert stalls.list_last() == ()

    def test_what_was_not_looked_into_is_unknown(self) -> None:
        stalls = Stalls()
        stalls.look([self.wait(0.6)], {})
        stalls.look([], {})
        assert [stall.reason for stall in stalls.list_last()] == ["unknown"]

    def test_each_reader_stalls_for_itself_and_the_newest_is_first(self) -> None:
        stalls = Stalls()
        stalls.look([self.wait(0.6, "a"), self.wait(0.8, "b")], {PIECE: Finding("held")})
        stalls.look([self.wait(1.0, "b")], {PIECE: Finding("held")})
        stalls.look([], {})
        assert [stall.seconds for stall in stalls.list_last()] == [1.0, 0.6]

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=100))
    def test_the_counts_hold_all_and_the_last_are_few(self, waits: list[tuple[str, int]]) -> None:
        stalls, expected = Stalls(), Counter[int]()
        for reader, piece in waits:
            stalls.look([Waiting(reader, piece, STALLED_AFTER, True)], {piece: Finding("choked")})
            stalls.look([], {})
            expected[piece] += 1
        assert sum(each.count for each in stalls.list_counts()) == len(waits)
        assert len(stalls.list_last()) == min(len(waits), MAX_STALLS)


def test_a_piece_grows_with_its_blocks() -> None:
    watch = Watch()
    looks = [watch.look(100.0 + n, PIECE, replace(FLOWING, done=done)) for n, done in enumerate([3, 3, 4, 0])]
    assert [finding.grew for finding in looks] == [False, False, True, False]
