from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from momoshtrem.errors import InvalidInput, NotFound
from momoshtrem.events import MovieChanged, ShowChanged
from momoshtrem.library import assignments, movies, shows, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.library.listing import find_listed_movies, find_listed_shows
from momoshtrem.library.ranking import file_key
from momoshtrem.model.media import Assignment, NewAssignment, NewEpisode, NewSeason, NewShow
from tests.library.samples import (
    HASH_A,
    HASH_B,
    HASH_C,
    CountingTx,
    Recorder,
    assignment,
    fill,
    metainfo,
    transaction,
)

MOVIE, SHOW, EPISODES = 1, 1, (1, 2, 3)


@pytest.fixture
async def filled(db: Database, recorder: Recorder) -> Database:
    await db.run(fill)
    recorder.take()
    return db


def proposal(info_hash: str = HASH_A, **item: Any) -> NewAssignment:
    return replace(assignment(info_hash, **item), proposed=True, confidence=0.5, reason="a guess")


def ranks(found: Sequence[Assignment]) -> list[tuple[str, str, int]]:
    return [(one.version, one.info_hash, one.rank) for one in found]


async def test_assign_a_movie(filled: Database, recorder: Recorder) -> None:
    new = assignment(movie_id=MOVIE)
    (stored,) = await filled.run(assignments.insert_all, [new])
    assert (stored.movie_id, stored.episode_id, stored.rank) == (MOVIE, None, 0)
    assert (stored.quality, stored.path, stored.size) == (new.quality, new.path, new.size)
    assert await filled.run(assignments.find_for_movie, MOVIE) == [stored]
    assert (await filled.run(movies.get, MOVIE)).path_name == "Heat (1995)"
    assert recorder.events == [MovieChanged(MOVIE)]


async def test_assign_a_pack(filled: Database, recorder: Recorder) -> None:
    pack = [assignment(file_index=index, episode_id=EPISODES[index]) for index in (2, 0, 1)]
    stored = await filled.run(assignments.insert_all, pack)
    assert [one.episode_id for one in stored] == [3, 1, 2]
    assert [one.rank for one in stored] == [0, 0, 0]
    show = await filled.run(shows.get, SHOW)
    assert show.path_name == "Fargo (2014)"
    assert show.episodes[0].path_name == "The Crocodile's Dilemma"
    assert recorder.events == [ShowChanged(SHOW)]
    assert len(await filled.run(assignments.find_for_show, SHOW)) == 3
    assert await filled.run(assignments.find_for_episode, 3) == [stored[0]]


async def test_one_file_may_stand_for_two_episodes(filled: Database) -> None:
    both = [assignment(episode_id=1), assignment(episode_id=2)]
    stored = await filled.run(assignments.insert_all, both)
    assert [one.rank for one in stored] == [0, 0]


async def test_the_shown_file_again_changes_nothing(filled: Database, recorder: Recorder) -> None:
    first = await filled.run(assignments.insert_all, [assignment(movie_id=MOVIE)])
    recorder.take()
    again = await filled.run(assignments.insert_all, [assignment(movie_id=MOVIE), assignment(movie_id=MOVIE)])
    assert again == first * 2
    assert recorder.events == []


async def test_a_standby_again_is_shown(filled: Database, recorder: Recorder) -> None:
    (first,) = await filled.run(assignments.insert_all, [assignment(movie_id=MOVIE)])
    await filled.run(assignments.insert_all, [assignment(HASH_B, movie_id=MOVIE)])
    recorder.take()
    (again,) = await filled.run(assignments.insert_all, [assignment(movie_id=MOVIE)])
    assert again == replace(first, assigned_at=again.assigned_at) != first
    found = await filled.run(assignments.find_for_movie, MOVIE)
    assert ranks(found) == [("", HASH_A, 0), ("", HASH_B, 1)]
    assert recorder.events == [MovieChanged(MOVIE)]


async def test_a_file_again_as_another_version_moves_there(filled: Database) -> None:
    pair = [assignment(HASH_A, movie_id=MOVIE), assignment(HASH_B, 0, "2160p", movie_id=MOVIE)]
    await filled.run(assignments.insert_all, pair)
    swapped = [assignment(HASH_A, 0, "2160p", movie_id=MOVIE), assignment(HASH_B, movie_id=MOVIE)]
    await filled.run(assignments.insert_all, swapped)
    found = await filled.run(assignments.find_for_movie, MOVIE)
    assert ranks(found) == [("", HASH_B, 0), ("2160p", HASH_A, 0)]


async def test_a_proposal_is_not_shown_and_freezes_no_name(filled: Database, recorder: Recorder) -> None:
    new = [proposal(movie_id=MOVIE), proposal(episode_id=1)]
    stored = await filled.run(assignments.insert_all, new)
    assert [(one.proposed, one.rank, one.reason) for one in stored] == [(True, 1, "a guess")] * 2
    assert (await filled.run(movies.get, MOVIE)).path_name is None
    assert (await filled.run(shows.get, SHOW)).path_name is None
    assert await filled.run(find_listed_movies) == []
    assert await filled.run(find_listed_shows) == []
    assert recorder.events == [MovieChanged(MOVIE), ShowChanged(SHOW)]


async def test_a_proposal_displaces_nothing(filled: Database, recorder: Recorder) -> None:
    (shown,) = await filled.run(assignments.insert_all, [assignment(movie_id=MOVIE)])
    await filled.run(assignments.insert_all, [proposal(HASH_B, movie_id=MOVIE)])
    recorder.take()
    again = [proposal(HASH_A, movie_id=MOVIE), proposal(HASH_B, movie_id=MOVIE)]
    await filled.run(assignments.insert_all, again)
    found = await filled.run(assignments.find_for_movie, MOVIE)
    assert found[0] == shown
    assert [(one.info_hash, one.proposed) for one in found[1:]] == [(HASH_B, True)]
    assert recorder.events == []


async def test_confirm_a_proposal(filled: Database, recorder: Recorder) -> None:
    await filled.run(assignments.insert_all, [assignment(movie_id=MOVIE)])
    (proposed,) = await filled.run(assignments.insert_all, [proposal(HASH_B, movie_id=MOVIE)])
    recorder.take()
    confirmed = await filled.run(assignments.confirm, proposed.id)
    assert confirmed == replace(proposed, proposed=False, rank=0, assigned_at=confirmed.assigned_at)
    found = await filled.run(assignments.find_for_movie, MOVIE)
    assert ranks(found) == [("", HASH_B, 0), ("", HASH_A, 1)]
    assert recorder.events == [MovieChanged(MOVIE)]
    await filled.run(assignments.confirm, proposed.id)
    assert len(recorder.events) == 1


async def test_the_first_file_that_is_confirmed_freezes_the_names(filled: Database) -> None:
    (proposed,) = await filled.run(assignments.insert_all, [proposal(episode_id=1)])
    await filled.run(assignments.confirm, proposed.id)
    assert (await filled.run(shows.get, SHOW)).path_name == "Fargo (2014)"
    assert len(await filled.run(find_listed_shows)) == 1


async def test_confirm_a_standby(filled: Database) -> None:
    for info_hash in (HASH_A, HASH_B, HASH_C):
        await filled.run(assignments.insert_all, [assignment(info_hash, movie_id=MOVIE)])
    last = (await filled.run(assignments.find_for_movie, MOVIE))[-1]
    await filled.run(assignments.confirm, last.id)
    found = await filled.run(assignments.find_for_movie, MOVIE)
    assert ranks(found) == [("", HASH_A, 0), ("", HASH_C, 1), ("", HASH_B, 2)]


async def test_take_off_one_file(filled: Database, recorder: Recorder) -> None:
    new = [
        assignment(HASH_A, movie_id=MOVIE),
        assignment(HASH_B, movie_id=MOVIE),
        proposal(HASH_C, movie_id=MOVIE),
    ]
    _, shown, proposed = await filled.run(assignments.insert_all, new)
    recorder.take()
    await filled.run(assignments.delete, shown.id)
    found = await filled.run(assignments.find_for_movie, MOVIE)
    assert [(one.info_hash, one.rank, one.proposed) for one in found] == [
        (HASH_A, 0, False),
        (HASH_C, 1, True),
    ]
    await filled.run(assignments.delete, found[0].id)
    assert await filled.run(find_listed_movies) == []
    await filled.run(assignments.delete, proposed.id)
    assert recorder.events == [MovieChanged(MOVIE)] * 3


@pytest.mark.parametrize("fn", [assignments.get, assignments.confirm, assignments.delete])
async def test_no_such_assignment(filled: Database, fn: object) -> None:
    with pytest.raises(NotFound, match="no assignment 99"):
        await filled.run(fn, 99)  # type: ignore[arg-type]


async def test_pages_tell_the_titles(filled: Database) -> None:
    new = [assignment(movie_id=MOVIE), proposal(episode_id=3)]
    await filled.run(assignments.insert_all, new)
    page = await filled.run(assignments.list_page, 10, 0)
    assert page.total == 2
    episode, movie = page.items
    assert (episode.title, episode.year, episode.season_number, episode.number) == ("Fargo", 2014, 2, 1)
    assert (movie.title, movie.year, movie.season_number, movie.number) == ("Heat", 1995, None, None)
    assert movie.assignment in await filled.run(assignments.find_for_movie, MOVIE)
    assert (await filled.run(assignments.list_page, 10, 0, True)).items == (episode,)
    assert (await filled.run(assignments.list_page, 10, 0, False)).items == (movie,)
    assert (await filled.run(assignments.list_page, 1, 1)).items == (movie,)


async def test_a_new_file_is_shown_and_the_old_one_stands_by(filled: Database) -> None:
    for info_hash in (HASH_A, HASH_B, HASH_C):
        await filled.run(assignments.insert_all, [assignment(info_hash, movie_id=MOVIE)])
    found = await filled.run(assignments.find_for_movie, MOVIE)
    assert ranks(found) == [("", HASH_C, 0), ("", HASH_B, 1), ("", HASH_A, 2)]


async def test_two_files_in_one_call_are_as_two_calls(filled: Database) -> None:
    new = [assignment(HASH_A, movie_id=MOVIE), assignment(HASH_B, movie_id=MOVIE)]
    stored = await filled.run(assignments.insert_all, new)
    assert ranks(stored) == [("", HASH_A, 1), ("", HASH_B, 0)]


async def test_versions_are_ranked_apart(filled: Database) -> None:
    new = [assignment(HASH_A, movie_id=MOVIE), assignment(HASH_B, 0, "2160p", movie_id=MOVIE)]
    await filled.run(assignments.insert_all, new)
    found = await filled.run(assignments.find_for_movie, MOVIE)
    assert ranks(found) == [("", HASH_A, 0), ("2160p", HASH_B, 0)]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (assignment(), InvalidInput),
        (assignment(movie_id=MOVIE, episode_id=1), InvalidInput),
        (assignment(movie_id=99), NotFound),
        (assignment(episode_id=99), NotFound),
        (assignment("d" * 40, movie_id=MOVIE), NotFound),
    ],
)
async def test_bad_input_changes_nothing(
    filled: Database, recorder: Recorder, wrong: NewAssignment, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await filled.run(assignments.insert_all, [assignment(movie_id=MOVIE), wrong])
    assert await filled.run(assignments.find_for_movie, MOVIE) == []
    assert recorder.events == []


async def test_nothing_to_assign(filled: Database) -> None:
    assert await filled.run(assignments.insert_all, []) == ()


async def test_removing_the_shown_torrent_promotes_the_best_standby(
    filled: Database, recorder: Recorder
) -> None:
    for info_hash in (HASH_A, HASH_B, HASH_C):
        pack = [assignment(info_hash, movie_id=MOVIE), assignment(info_hash, 1, episode_id=2)]
        await filled.run(assignments.insert_all, pack)
    recorder.take()
    await filled.run(assignments.delete_for_torrent, HASH_C)
    found = await filled.run(assignments.find_for_movie, MOVIE)
    assert ranks(found) == [("", HASH_B, 0), ("", HASH_A, 1)]
    assert recorder.events == [MovieChanged(MOVIE), ShowChanged(SHOW)]
    assert await filled.run(assignments.find_for_torrent, HASH_C) == []


async def test_unassign_takes_all_versions_and_standbys(filled: Database, recorder: Recorder) -> None:
    for info_hash, version in ((HASH_A, ""), (HASH_B, ""), (HASH_C, "2160p")):
        new = [
            assignment(info_hash, 0, version, movie_id=MOVIE),
            assignment(info_hash, 0, version, episode_id=1),
        ]
        await filled.run(assignments.insert_all, new)
    recorder.take()
    await filled.run(assignments.delete_for_movie, MOVIE)
    await filled.run(assignments.delete_for_movie, MOVIE)
    assert recorder.take() == [MovieChanged(MOVIE)]
    await filled.run(assignments.delete_for_episode, 1)
    assert recorder.take() == [ShowChanged(SHOW)]
    assert await filled.run(assignments.find_for_movie, MOVIE) == []
    assert await filled.run(assignments.find_for_episode, 1) == []
    assert (await filled.run(movies.get, MOVIE)).path_name == "Heat (1995)"


async def test_a_pack_of_200_takes_as_many_statements_as_one_of_two(filled: Database) -> None:
    def count(tx: Tx, size: int, info_hash: str) -> int:
        season = NewSeason(1, tuple(NewEpisode(number) for number in range(1, size + 1)))
        show, _ = shows.insert(tx, NewShow(f"Show of {size}", seasons=(season,)))
        torrents.insert(tx, metainfo(info_hash, size))
        pack = [assignment(info_hash, index, episode_id=one.id) for index, one in enumerate(show.episodes)]
        counting = CountingTx(tx.conn, tx.now)
        assignments.insert_all(counting, pack)
        return counting.statements

    assert await filled.run(count, 200, "d" * 40) == await filled.run(count, 2, "e" * 40)


hashes = st.sampled_from([HASH_A, HASH_B, HASH_C])
files = st.builds(
    lambda item, info_hash, version, proposed: replace(
        assignment(info_hash, 0, version, **item), proposed=proposed
    ),
    st.sampled_from([{"movie_id": MOVIE}, {"episode_id": 1}]),
    hashes,
    st.sampled_from(["", "2160p"]),
    st.booleans(),
)
steps = st.lists(st.lists(files, max_size=4) | hashes | st.integers(0, 5), max_size=8)


def apply(tx: Tx, expected: list[NewAssignment], step: list[NewAssignment] | str | int) -> None:
    """Assign files, remove a torrent, or confirm a file; `expected` is the latest first."""
    if isinstance(step, str):
        assignments.delete_for_torrent(tx, step)
        expected[:] = [one for one in expected if one.info_hash != step]
    elif isinstance(step, int):
        if stored := find_all(tx)[step : step + 1]:
            assignments.confirm(tx, stored[0].id)
            expect(
                expected,
                next(one for one in expected if file_key(one) == file_key(stored[0])),
                proposed=False,
            )
    else:
        assignments.insert_all(tx, step)
        for one in step:
            expect(expected, one, proposed=one.proposed)


def expect(expected: list[NewAssignment], new: NewAssignment, *, proposed: bool) -> None:
    known = next((one for one in expected if file_key(one) == file_key(new)), None)
    if known is None or not proposed:
        expected[:] = [replace(new, proposed=proposed), *(one for one in expected if one is not known)]


def find_all(tx: Tx) -> list[Assignment]:
    return assignments.find_for_movie(tx, MOVIE) + assignments.find_for_show(tx, SHOW)


def slot(one: Assignment | NewAssignment) -> tuple[object, ...]:
    return one.movie_id, one.episode_id, one.version, one.proposed


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps)
def test_in_any_order_each_slot_is_ranked_the_latest_first(
    steps: list[list[NewAssignment] | str | int],
) -> None:
    expected: list[NewAssignment] = []
    with transaction() as tx:
        fill(tx)
        for step in steps:
            apply(tx, expected, step)
        stored = find_all(tx)
        listed = len(find_listed_movies(tx)) + sum(len(show.episodes()) for show in find_listed_shows(tx))
    for key, group in groupby(stored, slot):
        ranked = list(group)
        first = int(ranked[0].proposed)
        assert [one.rank for one in ranked] == list(range(first, first + len(ranked)))
        assert list(map(file_key, ranked)) == [file_key(one) for one in expected if slot(one) == key]
    assert len(stored) == len(expected)
    assert listed == len({slot(one) for one in expected if not one.proposed})
