from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.events import MovieChanged, ShowChanged, StandbyPromoted
from momoshtrem.library import assignments, standbys
from momoshtrem.library.database import Tx
from momoshtrem.library.standbys import FAILING, REST
from momoshtrem.model.media import Assignment, NewAssignment
from momoshtrem.model.torrent import FileRef
from tests.library.samples import HASH_A, HASH_B, HASH_C, NOW, assign, assignment, fill, transaction

WHY = "Nothing came from the swarm."
MINUTE = timedelta(minutes=1)


def prepare(tx: Tx, *new: NewAssignment) -> None:
    fill(tx)
    for one in new:
        assign(tx, one)


@pytest.fixture
def tx() -> Iterator[Tx]:
    """Of Heat the file of torrent A is shown; those of B and C stand by, in this order."""
    with transaction() as tx:
        prepare(tx, *(assignment(info_hash, movie_id=1) for info_hash in (HASH_C, HASH_B, HASH_A)))
        yield later(tx, MINUTE)


def later(tx: Tx, span: timedelta) -> Tx:
    return Tx(tx.conn, tx.now + span)


def of_movie(tx: Tx) -> list[Assignment]:
    return assignments.find_for_movie(tx, 1)


def order(tx: Tx) -> list[str]:
    return [one.info_hash for one in of_movie(tx)]


def fail(tx: Tx, info_hash: str) -> bool:
    return standbys.mark_failed(tx, info_hash, 0, WHY)


def test_a_failure_is_kept_and_told(tx: Tx) -> None:
    assert fail(tx, HASH_A)
    shown, *others = of_movie(tx)
    assert (shown.info_hash, shown.failed_at, shown.failure) == (HASH_A, tx.now, WHY)
    assert {one.failed_at for one in others} == {None}
    assert tx.events == (MovieChanged(1),)
    assert standbys.find_failed(tx) == {FileRef(HASH_A, 0, 10**9)}


def test_the_first_standby_takes_the_place_of_what_fails(tx: Tx) -> None:
    fail(tx, HASH_A)
    now = later(tx, MINUTE)
    (promoted,) = standbys.promote(now, HASH_A, 0)
    assert promoted.info_hash == HASH_B
    assert order(now) == [HASH_B, HASH_C, HASH_A]
    shown, _, failed = of_movie(now)
    assert (shown.assigned_at, shown.failed_at) == (now.now, None)
    assert (failed.assigned_at, failed.failure) == (NOW, WHY)
    assert now.events == (MovieChanged(1), StandbyPromoted(shown.id, failed.id))
    assert standbys.find_failed(now) == set()


def test_what_did_not_fail_stays(tx: Tx) -> None:
    assert standbys.promote(tx, HASH_A, 0) == []
    fail(tx, HASH_B)
    assert standbys.promote(tx, HASH_B, 0) == []
    assert order(tx) == [HASH_A, HASH_B, HASH_C]


def test_a_standby_that_failed_lately_is_passed_over(tx: Tx) -> None:
    fail(tx, HASH_B)
    fail(tx, HASH_A)
    standbys.promote(tx, HASH_A, 0)
    assert order(tx) == [HASH_C, HASH_B, HASH_A]


def test_dead_files_change_places_only_after_a_rest(tx: Tx) -> None:
    for info_hash in (HASH_A, HASH_B):
        assert fail(tx, info_hash)
        assert standbys.promote(tx, info_hash, 0)
    assert not fail(tx, HASH_C)
    assert standbys.promote(later(tx, REST - MINUTE), HASH_C, 0) == []
    rested = later(tx, REST)
    standbys.promote(rested, HASH_C, 0)
    assert order(rested) == [HASH_A, HASH_B, HASH_C]
    assert of_movie(rested)[0].failed_at is None


def test_where_all_failed_lately_the_first_one_comes_back(tx: Tx) -> None:
    first = FileRef(HASH_A, 0, 10**9)
    for info_hash in (HASH_A, HASH_B):
        assert fail(tx, info_hash)
        assert standbys.promote(tx, info_hash, 0, first)
    assert standbys.mark_failed(tx, HASH_C, 0, WHY, first)
    (promoted,) = standbys.promote(tx, HASH_C, 0, first)
    assert standbys.ref_of(promoted) == first
    assert order(tx) == [HASH_A, HASH_B, HASH_C]
    assert not standbys.mark_failed(tx, HASH_A, 0, WHY, first)


def test_after_a_day_a_file_is_tried_once_more(tx: Tx) -> None:
    fail(tx, HASH_A)
    assert standbys.promote(later(tx, FAILING), HASH_A, 0) == []
    again = later(tx, FAILING)
    assert fail(again, HASH_A)
    assert standbys.promote(again, HASH_A, 0) != []


def test_a_standby_that_failed_by_a_clock_that_was_ahead_is_not_passed_over(tx: Tx) -> None:
    fail(later(tx, timedelta(hours=5)), HASH_B)
    fail(tx, HASH_A)
    standbys.promote(tx, HASH_A, 0)
    assert order(tx) == [HASH_B, HASH_C, HASH_A]


def test_what_is_delivered_again_stays(tx: Tx) -> None:
    fail(tx, HASH_A)
    standbys.clear_failed(tx, HASH_A, 0)
    assert {(one.failed_at, one.failure) for one in of_movie(tx)} == {(None, "")}
    assert standbys.promote(tx, HASH_A, 0) == []


@pytest.mark.parametrize("by_hand", ["assign", "confirm"])
def test_what_is_chosen_by_hand_gets_a_new_chance(tx: Tx, by_hand: str) -> None:
    fail(tx, HASH_A)
    now = later(tx, MINUTE)
    if by_hand == "assign":
        assign(now, assignment(HASH_A, movie_id=1))
    else:
        assignments.confirm(now, of_movie(now)[0].id)
    shown = of_movie(now)[0]
    assert (shown.failed_at, shown.failure, shown.assigned_at) == (None, "", NOW)
    assert standbys.promote(now, HASH_A, 0) == []


def test_what_takes_the_place_of_a_removed_file_gets_a_new_chance(tx: Tx) -> None:
    fail(tx, HASH_B)
    assignments.delete_for_torrent(tx, HASH_A)
    shown = of_movie(tx)[0]
    assert (shown.info_hash, shown.failed_at, shown.failure) == (HASH_B, None, "")


def test_other_versions_and_proposals_are_no_standbys() -> None:
    with transaction() as tx:
        prepare(tx, assignment(HASH_B, 0, "2160p", movie_id=1), assignment(HASH_A, movie_id=1))
        proposal = assignment(HASH_C, movie_id=1)
        assign(tx, NewAssignment(proposal.info_hash, 0, "", 1, proposal.quality, proposed=True, movie_id=1))
        assert not fail(tx, HASH_A)
        assert standbys.promote(tx, HASH_A, 0) == []


def test_a_file_of_two_episodes_is_replaced_where_it_can_be() -> None:
    with transaction() as tx:
        prepare(tx, assignment(HASH_B, episode_id=2))
        assign(tx, assignment(HASH_A, episode_id=1), assignment(HASH_A, episode_id=2))
        assert fail(tx, HASH_A)
        (promoted,) = standbys.promote(tx, HASH_A, 0)
        assert (promoted.episode_id, promoted.info_hash) == (2, HASH_B)
        assert [one.info_hash for one in assignments.find_for_episode(tx, 1)] == [HASH_A]
        assert ShowChanged(1) in tx.events


def test_a_file_that_is_gone_by_now_is_no_error(tx: Tx) -> None:
    assert not standbys.mark_failed(tx, HASH_A, 5, WHY)
    assert standbys.promote(tx, "0" * 40, 0) == []
    standbys.clear_failed(tx, "0" * 40, 0)


STEPS = st.lists(st.tuples(st.sampled_from(("fail", "open", "deliver")), st.integers(0, 40)), max_size=30)


@given(STEPS)
def test_no_order_of_failures_loses_a_file_or_shows_one_in_its_rest(steps: list[tuple[str, int]]) -> None:
    with transaction() as first:
        prepare(first, *(assignment(info_hash, movie_id=1) for info_hash in (HASH_C, HASH_B, HASH_A)))
        tx = first
        for step, minutes in steps:
            tx = later(tx, minutes * MINUTE)
            before = of_movie(tx)
            shown = before[0]
            if step == "fail":
                fail(tx, shown.info_hash)
            elif step == "deliver":
                standbys.clear_failed(tx, shown.info_hash, 0)
            else:
                check_promoted(tx, before, standbys.promote(tx, shown.info_hash, 0))
            assert sorted(order(tx)) == [HASH_A, HASH_B, HASH_C]
            assert [one.rank for one in of_movie(tx)] == [0, 1, 2]


def check_promoted(tx: Tx, before: list[Assignment], promoted: list[Assignment]) -> None:
    after = of_movie(tx)
    if not promoted:
        assert after == before
        return
    assert before[0].failed_at is not None
    assert (after[0].id, after[-1].id) == (promoted[0].id, before[0].id)
    assert after[0].assigned_at == tx.now
    assert promoted[0].failed_at is None or tx.now - promoted[0].failed_at >= REST
