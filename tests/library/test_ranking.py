from __future__ import annotations

from dataclasses import replace

from momoshtrem.library.ranking import Ranking
from momoshtrem.model.media import Assignment, NewAssignment
from tests.library.samples import HASH_A, HASH_B, NOW, assignment

NEW = assignment(HASH_A, movie_id=1)
OTHER = assignment(HASH_B, movie_id=1)


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
    assert ranking.moved() == [stored(OTHER, 1, 1)]


def test_proposals_start_at_one_and_leave_the_others() -> None:
    ranking = Ranking([stored(OTHER, 1, 0)])
    proposed = replace(NEW, proposed=True)
    ranking.put(proposed)
    assert ranking.added() == [(1, proposed)]
    assert ranking.moved() == []


def test_a_gap_is_closed() -> None:
    ranking = Ranking([stored(OTHER, 1, 1), stored(NEW, 2, 3)])
    assert [(one.id, one.rank) for one in ranking.moved()] == [(1, 0), (2, 1)]


def test_the_same_file_of_another_item_is_another() -> None:
    ranking = Ranking([stored(NEW, 1, 0)])
    episode = assignment(HASH_A, episode_id=1)
    ranking.put(episode)
    assert (ranking.added(), ranking.moved()) == ([(0, episode)], [])


def test_labels_that_differ_in_case_are_one_version_spelt_as_before() -> None:
    before = replace(OTHER, version="4k HDR")
    ranking = Ranking([stored(before, 1, 0)])
    ranking.put(replace(NEW, version="4K hdr"))
    assert ranking.added() == [(0, replace(NEW, version="4k HDR"))]
    assert ranking.moved() == [stored(before, 1, 1)]


def test_a_proposal_is_spelt_as_what_is_listed() -> None:
    ranking = Ranking([stored(replace(OTHER, version="4k"), 1, 0)])
    proposed = replace(NEW, version="4K", proposed=True)
    ranking.put(proposed)
    assert ranking.added() == [(1, replace(proposed, version="4k"))]
