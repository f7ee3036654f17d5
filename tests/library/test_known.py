from __future__ import annotations

from momoshtrem.library import known, movies, shows
from momoshtrem.library.database import Database
from momoshtrem.model.media import NewMovie, NewShow


async def test_movies_and_shows_are_numbered_apart(db: Database) -> None:
    await db.run(movies.insert, NewMovie("Heat", 1995, 949))
    await db.run(movies.insert, NewMovie("By Hand"))
    movie, _ = await db.run(movies.insert, NewMovie("Alien", 1979, 348))
    show, _ = await db.run(shows.insert, NewShow("Fargo", 2014, 949))
    assert await db.run(known.find_known, "movie", [348, 1]) == {348: movie.id}
    assert await db.run(known.find_known, "show", [949, 348]) == {949: show.id}
    assert await db.run(known.find_known, "movie", []) == {}
