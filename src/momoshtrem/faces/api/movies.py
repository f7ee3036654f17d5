"""Movies over REST."""

from __future__ import annotations

from fastapi import Response

from momoshtrem.faces.api.answers import Movie, MovieDetails, Page
from momoshtrem.faces.api.bodies import AnyMovie, MovieByTmdb
from momoshtrem.faces.api.inputs import ItemId, Limit, Offset, Pinned, Search, Wired


async def add_movie(new: AnyMovie, services: Wired, response: Response) -> Movie:
    """Add a movie by its TMDB id, or by hand with a title.

    One that is here already is the answer then: it has the same TMDB id, or the same title and year and was
    named by hand on one side. One that was named by hand gets the TMDB id; its path stays.
    """
    if isinstance(new, MovieByTmdb):
        movie, is_new = await services.catalog.add_movie_by_tmdb(new.tmdb_id)
    else:
        movie, is_new = await services.catalog.add_movie(new.to_movie())
    response.status_code = 201 if is_new else 200
    return Movie.model_validate(movie)


async def list_movies(
    services: Wired, limit: Limit = 50, offset: Offset = 0, search: Search = "", pinned: Pinned = None
) -> Page[Movie]:
    """Movies in the order of their titles."""
    page = await services.catalog.list_movies(limit, offset, search or None, pinned)
    return Page[Movie].of(page, limit, offset)


async def get_movie(movie_id: ItemId, services: Wired) -> MovieDetails:
    """A movie with its assignments, what players see first."""
    return MovieDetails.of(*await services.catalog.get_movie(movie_id))


async def remove_movie(movie_id: ItemId, services: Wired) -> None:
    """Remove a movie and its assignments; the torrents stay."""
    await services.catalog.remove_movie(movie_id)


async def unassign_movie(movie_id: ItemId, services: Wired) -> None:
    """Take all files off a movie; players see it no more."""
    await services.acquire.unassign_movie(movie_id)


async def pin_movie(movie_id: ItemId, services: Wired) -> None:
    """Keep a movie: what is in the cache of the files that players see stays there.

    Refused when all pinned files together would have more than 90 % of `cache.max_size`.
    """
    await services.pins.pin("movie", movie_id)


async def unpin_movie(movie_id: ItemId, services: Wired) -> None:
    """Let the cache make room of a movie again."""
    await services.pins.unpin("movie", movie_id)
