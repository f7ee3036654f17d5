from __future__ import annotations

from momoshtrem.library import movies
from momoshtrem.library.database import Database
from momoshtrem.library.explain import find_episode, find_movie_by_folder, find_show_by_folder
from momoshtrem.model.media import NewMovie
from tests.library.samples import assign, assignment, fill


async def test_by_folder_in_any_case(db: Database) -> None:
    await db.run(fill)
    assert await db.run(find_movie_by_folder, "HEAT (1995)") == 1
    assert await db.run(find_show_by_folder, "fargo (2014)") == 1
    assert await db.run(find_movie_by_folder, "Heat") is None
    assert await db.run(find_show_by_folder, "Heat (1995)") is None


async def test_a_name_that_was_given_counts_more_than_one_that_is_asked_for(db: Database) -> None:
    await db.run(fill)
    await db.run(movies.insert, NewMovie("Heat", 1995, 7))
    assert await db.run(find_movie_by_folder, "Heat (1995)") == 1
    await db.run(assign, assignment(movie_id=2))
    second = (await db.run(movies.get, 2)).path_name
    assert second is not None
    assert await db.run(find_movie_by_folder, second) == 2


async def test_by_the_id_of_the_tag(db: Database) -> None:
    await db.run(fill)
    assert await db.run(find_movie_by_folder, "Any {tmdb-949}", 949) == 1
    assert await db.run(find_movie_by_folder, "Any {tmdb-950}", 950) is None


async def test_an_episode_by_its_numbers(db: Database) -> None:
    await db.run(fill)
    assert await db.run(find_episode, 1, 2, 1) == 3
    assert await db.run(find_episode, 1, 2, 2) is None
