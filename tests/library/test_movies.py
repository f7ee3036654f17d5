from __future__ import annotations

import pytest

from momoshtrem.errors import NotFound
from momoshtrem.events import MovieChanged
from momoshtrem.library import assignments, movies, paths, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import NewMovie
from tests.library.samples import HASH_A, HEAT, Recorder, assign, assignment, fill


async def insert_titles(db: Database, *titles: str) -> None:
    for title in titles:
        await db.run(movies.insert, NewMovie(title))


async def list_titles(db: Database, search: str | None = None) -> list[str]:
    return [movie.title for movie in (await db.run(movies.list_page, 9, 0, search)).items]


async def test_insert_then_get(db: Database) -> None:
    movie, created = await db.run(movies.insert, HEAT)
    assert created
    assert (movie.title, movie.year, movie.tmdb_id, movie.path_name) == ("Heat", 1995, 949, None)
    assert await db.run(movies.get, movie.id) == movie


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (HEAT, NewMovie("Heat: Director's Cut", 1996, 949)),
        (NewMovie("Amélie", 2001), NewMovie("AME\u0301LIE", 2001)),
        (NewMovie("Heat"), NewMovie("heat")),
        (HEAT, NewMovie("HEAT", 1995)),
    ],
)
async def test_the_same_movie_is_kept(
    db: Database, recorder: Recorder, first: NewMovie, second: NewMovie
) -> None:
    movie, _ = await db.run(movies.insert, first)
    assert await db.run(movies.insert, second) == (movie, False)
    assert recorder.events == [MovieChanged(movie.id)]


@pytest.mark.parametrize("other", [NewMovie("Heat", 1995, 1), NewMovie("Heat"), NewMovie("Heat", 2013)])
async def test_another_movie_of_that_title_is_new(db: Database, other: NewMovie) -> None:
    movie, _ = await db.run(movies.insert, HEAT)
    second, created = await db.run(movies.insert, other)
    assert created
    assert second.id != movie.id


async def test_a_movie_named_by_hand_gets_its_tmdb_id(db: Database, recorder: Recorder) -> None:
    by_hand, _ = await db.run(movies.insert, NewMovie("heat", 1995))
    await db.run(paths.freeze_movies, [by_hand.id])
    recorder.take()
    adopted, created = await db.run(movies.insert, HEAT)
    assert not created
    assert (adopted.id, adopted.tmdb_id, adopted.path_name) == (by_hand.id, 949, "heat (1995)")
    assert recorder.events == [MovieChanged(by_hand.id)]


async def test_of_several_namesakes_the_first_is_meant(db: Database) -> None:
    by_hand, _ = await db.run(movies.insert, NewMovie("Heat", 1995))
    await db.run(movies.insert, HEAT)
    other, created = await db.run(movies.insert, NewMovie("Heat", 1995, 1))
    assert created
    assert other.id != by_hand.id
    assert (await db.run(movies.insert, NewMovie("Heat", 1995)))[0].id == by_hand.id


async def test_pages_are_in_order_of_title(db: Database) -> None:
    await insert_titles(db, "Zodiac", "alien", "Brazil")
    assert await list_titles(db) == ["alien", "Brazil", "Zodiac"]
    page = await db.run(movies.list_page, 1, 1)
    assert [movie.title for movie in page.items] == ["Brazil"]
    assert page.total == 3


@pytest.mark.parametrize(
    ("search", "found"),
    [("ÉL", ["Amélie"]), ("%", ["100% Wolf"]), ("o", ["100% Wolf", "Zodiac"]), ("x", [])],
)
async def test_search_is_for_a_part_in_any_case(db: Database, search: str, found: list[str]) -> None:
    await insert_titles(db, "Zodiac", "Amélie", "100% Wolf")
    assert await list_titles(db, search) == found


async def test_delete_takes_assignments_along_and_leaves_torrents(db: Database, recorder: Recorder) -> None:
    def prepare(tx: Tx) -> int:
        fill(tx)
        movie_id = movies.list_page(tx, 1, 0).items[0].id
        assign(tx, assignment(movie_id=movie_id))
        return movie_id

    movie_id = await db.run(prepare)
    recorder.take()
    await db.run(movies.delete, movie_id)
    assert recorder.events == [MovieChanged(movie_id)]
    assert await db.run(assignments.find_for_torrent, HASH_A) == []
    assert await db.run(torrents.find, HASH_A) is not None
    for fn in (movies.get, movies.delete):
        with pytest.raises(NotFound, match=f"no movie {movie_id}"):
            await db.run(fn, movie_id)
