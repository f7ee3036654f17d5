from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from momoshtrem.errors import InvalidInput, NotFound
from momoshtrem.events import MovieChanged, ShowChanged
from momoshtrem.library import assignments, movies, shows, torrents
from momoshtrem.library.database import Database, Tx
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

MOVIE = 1
EPISODES = (1, 2, 3)
SHOW = 1


@pytest.fixture
async def filled(db: Database, recorder: Recorder) -> Database:
    await db.run(fill)
    recorder.take()
    return db


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


async def test_the_same_file_again_changes_nothing(filled: Database, recorder: Recorder) -> None:
    first = await filled.run(assignments.insert_all, [assignment(movie_id=MOVIE)])
    await filled.run(assignments.insert_all, [assignment(HASH_B, movie_id=MOVIE)])
    recorder.take()
    again = await filled.run(assignments.insert_all, [assignment(movie_id=MOVIE), assignment(movie_id=MOVIE)])
    assert [one.id for one in again] == [first[0].id] * 2
    assert again[0].rank == 1
    assert recorder.events == []


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
    assert await filled.run(assignments.delete_for_torrent, HASH_C) == 2
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
    assert await filled.run(assignments.delete_for_movie, MOVIE) == 3
    assert await filled.run(assignments.delete_for_movie, MOVIE) == 0
    assert recorder.take() == [MovieChanged(MOVIE)]
    assert await filled.run(assignments.delete_for_episode, 1) == 3
    assert recorder.take() == [ShowChanged(SHOW)]
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
    lambda item, info_hash, index, version: assignment(info_hash, index, version, **item),
    st.sampled_from([{"movie_id": MOVIE}, {"episode_id": 1}, {"episode_id": 2}]),
    hashes,
    st.integers(0, 2),
    st.sampled_from(["", "2160p"]),
)
steps = st.lists(st.lists(files, max_size=4) | hashes, max_size=8)


def file_key(one: Assignment | NewAssignment) -> tuple[object, ...]:
    return one.movie_id, one.episode_id, one.info_hash, one.file_index


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps)
def test_in_any_order_each_slot_is_ranked_the_latest_first(
    steps: list[list[NewAssignment] | str],
) -> None:
    expected: list[NewAssignment] = []
    with transaction() as tx:
        fill(tx)
        for step in steps:
            if isinstance(step, str):
                assignments.delete_for_torrent(tx, step)
                expected = [one for one in expected if one.info_hash != step]
                continue
            assignments.insert_all(tx, step)
            for one in step:
                if file_key(one) not in map(file_key, expected):
                    expected.insert(0, one)
        stored = assignments.find_for_movie(tx, MOVIE) + assignments.find_for_show(tx, SHOW)
    for slot, group in groupby(stored, lambda one: (one.movie_id, one.episode_id, one.version)):
        ranked = list(group)
        assert [one.rank for one in ranked] == list(range(len(ranked)))
        assert [file_key(one) for one in ranked] == [
            file_key(one) for one in expected if (one.movie_id, one.episode_id, one.version) == slot
        ]
    assert len(stored) == len(expected)
