from __future__ import annotations

from collections.abc import Iterator

import pytest

from momoshtrem.library import assignments, shows
from momoshtrem.library.database import Tx
from momoshtrem.library.successors import find_next_file
from momoshtrem.model.media import NewEpisode, NewSeason, NewShow
from momoshtrem.model.torrent import FileRef
from tests.library.samples import HASH_A, HASH_B, HASH_C, assign, assignment, fill, transaction

SIZE = 10**9
FIRST = FileRef(HASH_A, 0, SIZE)
SPECIALS = NewShow(
    "Sherlock", 2010, None, (NewSeason(0, (NewEpisode(1), NewEpisode(2))), NewSeason(1, (NewEpisode(1),)))
)


@pytest.fixture
def tx() -> Iterator[Tx]:
    """Fargo has S01E01, S01E02 and S02E01, with the ids 1 to 3."""
    with transaction() as tx:
        fill(tx)
        assign(tx, assignment(HASH_A, 0, episode_id=1))
        yield tx


def test_the_next_episode_of_the_season(tx: Tx) -> None:
    assign(tx, assignment(HASH_A, 1, episode_id=2), assignment(HASH_B, 0, episode_id=3))
    assert find_next_file(tx, FIRST) == FileRef(HASH_A, 1, SIZE)


def test_the_first_episode_of_the_next_season_out_of_another_torrent(tx: Tx) -> None:
    assign(tx, assignment(HASH_A, 1, episode_id=2), assignment(HASH_B, 0, episode_id=3))
    assert find_next_file(tx, FileRef(HASH_A, 1, SIZE)) == FileRef(HASH_B, 0, SIZE)


def test_nothing_follows_the_last_one(tx: Tx) -> None:
    assign(tx, assignment(HASH_B, 0, episode_id=3))
    assert find_next_file(tx, FileRef(HASH_B, 0, SIZE)) is None


def test_an_episode_without_a_file_is_not_skipped(tx: Tx) -> None:
    assign(tx, assignment(HASH_B, 0, episode_id=3))
    assert find_next_file(tx, FIRST) is None


def test_a_file_of_two_episodes_is_followed_by_the_third(tx: Tx) -> None:
    assign(tx, assignment(HASH_A, 0, episode_id=2), assignment(HASH_B, 0, episode_id=3))
    assert find_next_file(tx, FIRST) == FileRef(HASH_B, 0, SIZE)


def test_the_same_version_goes_first(tx: Tx) -> None:
    assign(tx, assignment(HASH_A, 1, "2160p", episode_id=1))
    assign(tx, assignment(HASH_B, 0, episode_id=2), assignment(HASH_C, 0, "2160p", episode_id=2))
    assert find_next_file(tx, FIRST) == FileRef(HASH_B, 0, SIZE)
    assert find_next_file(tx, FileRef(HASH_A, 1, SIZE)) == FileRef(HASH_C, 0, SIZE)
    assignments.delete_for_torrent(tx, HASH_C)
    assert find_next_file(tx, FileRef(HASH_A, 1, SIZE)) == FileRef(HASH_B, 0, SIZE)


def test_a_standby_is_not_what_follows(tx: Tx) -> None:
    assign(tx, assignment(HASH_B, 0, episode_id=2), assignment(HASH_C, 0, episode_id=2))
    assert find_next_file(tx, FIRST) == FileRef(HASH_C, 0, SIZE)


def test_a_movie_has_no_successor(tx: Tx) -> None:
    assign(tx, assignment(HASH_B, 0, movie_id=1))
    assert find_next_file(tx, FileRef(HASH_B, 0, SIZE)) is None
    assert find_next_file(tx, FileRef(HASH_C, 0, SIZE)) is None


def test_specials_follow_specials_only(tx: Tx) -> None:
    show, _ = shows.insert(tx, SPECIALS)
    first, second, pilot = (episode.id for episode in shows.get(tx, show.id).episodes)
    assign(tx, assignment(HASH_B, 0, episode_id=first), assignment(HASH_B, 1, episode_id=second))
    assign(tx, assignment(HASH_C, 0, episode_id=pilot))
    assert find_next_file(tx, FileRef(HASH_B, 0, SIZE)) == FileRef(HASH_B, 1, SIZE)
    assert find_next_file(tx, FileRef(HASH_B, 1, SIZE)) is None
