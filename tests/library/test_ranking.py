from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from momoshtrem.library.ranking import Ranking
from momoshtrem.model.media import Assignment, NewAssignment
from tests.library.samples import HASH_A, HASH_B, NOW, assignment

NEW = assignment(HASH_A, movie_id=1)
OTHER = assignment(HASH_B, movie_id=1)
LATER = NOW + timedelta(minutes=1)


def stored(new: NewAssignment, row_id: int, rank: int) -> Assignment:
    return Assignment(
        row_id,
        new.info_hash,
        new.file_index,
        new.path,
        new.size,
        new.quality,
        new.confidence,
        new.version,
        rank,
        new.movie_id,
        new.episode_id,
        NOW,
        new.proposed,
    )


def test_the_latest_is_first() -> None:
    ranking = Ranking([stored(OTHER, 1, 0)])
    ranking.put(NEW)
    assert ranking.added() == [(0, NEW)]
    assert ranking.moved(NOW) == [stored(OTHER, 1, 1)]


def test_times_never_go_back_though_the_clock_does() -> None:
    ranking = Ranking([stored(OTHER, 1, 0)])
    assert ranking.find_time(LATER) == LATER
    assert ranking.find_time(NOW - timedelta(hours=5)) == NOW + timedelta(seconds=1)
    assert Ranking([]).find_time(NOW) == NOW


def test_proposals_start_at_one_and_leave_the_others() -> None:
    ranking = Ranking([stored(OTHER, 1, 0)])
    proposed = replace(NEW, proposed=True)
    ranking.put(proposed)
    assert ranking.added() == [(1, proposed)]
    assert ranking.moved(NOW) == []


def test_a_gap_is_closed() -> None:
    ranking = Ranking([stored(OTHER, 1, 1), stored(NEW, 2, 3)])
    assert [(one.id, one.rank) for one in ranking.moved(NOW)] == [(1, 0), (2, 1)]


def test_the_same_file_of_another_item_is_another() -> None:
    ranking = Ranking([stored(NEW, 1, 0)])
    episode = assignment(HASH_A, episode_id=1)
    ranking.put(episode)
    assert (ranking.added(), ranking.moved(NOW)) == ([(0, episode)], [])


def test_labels_that_differ_in_case_are_one_version_spelt_as_before() -> None:
    before = replace(OTHER, version="4k HDR")
    ranking = Ranking([stored(before, 1, 0)])
    ranking.put(replace(NEW, version="4K hdr"))
    assert ranking.added() == [(0, replace(NEW, version="4k HDR"))]
    assert ranking.moved(NOW) == [stored(before, 1, 1)]


def test_a_proposal_is_spelt_as_what_is_listed() -> None:
    ranking = Ranking([stored(replace(OTHER, version="4k"), 1, 0)])
    proposed = replace(NEW, version="4K", proposed=True)
    ranking.put(proposed)
    assert ranking.added() == [(1, replace(proposed, version="4k"))]


def test_what_comes_to_be_shown_is_so_since_now() -> None:
    ranking = Ranking([stored(OTHER, 1, 0), stored(NEW, 2, 1)])
    ranking.put(stored(NEW, 2, 1))
    shown, hidden = ranking.moved(LATER)
    assert (shown.id, shown.rank, shown.assigned_at) == (2, 0, LATER)
    assert (hidden.id, hidden.rank, hidden.assigned_at) == (1, 1, NOW)


def test_what_moves_to_another_version_is_shown_since_now() -> None:
    ranking = Ranking([stored(NEW, 1, 0)])
    ranking.put(replace(NEW, version="4K"))
    assert [(one.version, one.assigned_at) for one in ranking.moved(LATER)] == [("4K", LATER)]


def test_what_failed_stands_by_behind_all_others() -> None:
    failed, *others = (stored(replace(NEW, file_index=each), each, each) for each in range(3))
    marked = replace(failed, failed_at=NOW, failure="Nothing came.")
    ranking = Ranking([marked, *others])
    ranking.exchange(marked, others[1])
    ranks = {one.id: one.rank for one in ranking.moved(LATER)}
    assert ranks == {2: 0, 0: 2}


def test_a_file_that_is_put_first_has_not_failed_any_more() -> None:
    failed = replace(stored(NEW, 1, 0), failed_at=NOW, failure="Nothing came.")
    ranking = Ranking([failed])
    ranking.put(NEW)
    assert ranking.moved(LATER) == [stored(NEW, 1, 0)]
