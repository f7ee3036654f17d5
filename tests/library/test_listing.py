from __future__ import annotations

import pytest

from momoshtrem.library import assignments, listing, movies, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.listing import ListedEpisode, ListedMovie
from momoshtrem.model.media import Assignment, NewMovie
from tests.library.samples import HASH_A, HASH_B, assign, assignment, fill


@pytest.fixture
async def filled(db: Database) -> Database:
    await db.run(fill)
    return db


async def test_only_what_has_a_file_is_listed(filled: Database) -> None:
    assert await filled.run(listing.find_listed_movies) == []
    assert await filled.run(listing.find_listed_shows) == []


async def test_a_movie_with_its_versions(filled: Database) -> None:
    def run(tx: Tx) -> tuple[Assignment, ...]:
        assign(tx, assignment(HASH_A, 1, movie_id=1))
        new = [assignment(HASH_B, 0, "2160p", movie_id=1), assignment(HASH_A, 0, movie_id=1)]
        return assignments.insert_all(tx, new)

    stored = {one.version: one for one in await filled.run(run)}
    plain, large = await filled.run(listing.find_listed_movies)
    assert plain == ListedMovie(
        movie_id=1,
        path_name="Heat (1995)",
        tmdb_id=949,
        version="",
        path="Release/0.mkv",
        info_hash=HASH_A,
        file_index=0,
        size=10**9,
        assigned_at=stored[""].assigned_at,
    )
    assert (large.version, large.info_hash) == ("2160p", HASH_B)


async def test_a_show_with_its_episodes(filled: Database) -> None:
    await filled.run(assign, assignment(HASH_A, 1, episode_id=3), assignment(HASH_B, episode_id=1))
    [show] = await filled.run(listing.find_listed_shows)
    first, second = show.episodes()
    assert (show.show_id, show.path_name, show.tmdb_id) == (1, "Fargo (2014)", 60622)
    assert show.assigned_at == max(first.assigned_at, second.assigned_at)
    assert second == ListedEpisode(
        season_number=2,
        number=1,
        version="",
        path_name="Waiting for Dutch",
        path="Release/1.mkv",
        info_hash=HASH_A,
        file_index=1,
        size=10**9,
        assigned_at=second.assigned_at,
    )
    assert (first.season_number, first.number) == (1, 1)


async def test_of_one_item(filled: Database) -> None:
    def run(tx: Tx) -> int:
        other, _ = movies.insert(tx, NewMovie("Ronin", 1998))
        new = [assignment(movie_id=1), assignment(movie_id=other.id), assignment(episode_id=1)]
        assign(tx, *new)
        return other.id

    other = await filled.run(run)
    assert [one.movie_id for one in await filled.run(listing.find_listed_movies, other)] == [other]
    assert len(await filled.run(listing.find_listed_movies)) == 2
    assert len(await filled.run(listing.find_listed_shows, 1)) == 1
    assert await filled.run(listing.find_listed_shows, 2) == []


async def test_the_moment_of_a_path_never_goes_back(filled: Database) -> None:
    async def listed() -> ListedMovie:
        (found,) = await filled.run(listing.find_listed_movies)
        return found

    await filled.run(assign, assignment(HASH_A, movie_id=1))
    first = await listed()
    await filled.run(assign, assignment(HASH_B, movie_id=1))
    second = await listed()
    await filled.run(torrents.delete, HASH_B)
    third = await listed()
    assert [each.info_hash for each in (first, second, third)] == [HASH_A, HASH_B, HASH_A]
    assert first.assigned_at < second.assigned_at < third.assigned_at
