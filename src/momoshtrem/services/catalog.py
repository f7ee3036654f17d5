"""The library as a user edits it: movies and shows, by TMDB id or by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from momoshtrem.errors import Conflict, NotFound
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.library import assignments, movies, refreshes, shows
from momoshtrem.library.database import Database
from momoshtrem.model.media import Assignment, Movie, NewMovie, NewSeason, NewShow, Page, Show


class Catalog:
    """Adds, lists, shows and removes library items."""

    def __init__(self, db: Database, tmdb: Tmdb) -> None:
        self._db = db
        self._tmdb = tmdb

    async def add_movie(self, movie: NewMovie) -> tuple[Movie, bool]:
        """Add a movie named by hand, unless title and year are here; the flag tells whether it is new."""
        return await self._db.run(movies.insert, movie)

    async def add_movie_by_tmdb(self, tmdb_id: int) -> tuple[Movie, bool]:
        """Add a movie that TMDB knows, or tell one named by hand its id; one that has it is not asked for."""
        if known := await self._db.run(movies.find_by_tmdb, tmdb_id):
            return known, False
        return await self._db.run(movies.insert, await self._tmdb.get_movie(tmdb_id))

    async def get_movie(self, movie_id: int) -> tuple[Movie, list[Assignment]]:
        """A movie with its assignments, what the tree shows first."""
        movie = await self._db.run(movies.get, movie_id)
        return movie, await self._db.run(assignments.find_for_movie, movie_id)

    async def list_movies(self, limit: int, offset: int, search: str | None) -> Page[Movie]:
        return await self._db.run(movies.list_page, limit, offset, search)

    async def remove_movie(self, movie_id: int) -> None:
        await self._db.run(movies.delete, movie_id)

    async def add_show(self, show: NewShow) -> tuple[Show, bool]:
        """Add a show named by hand, or further seasons to one that is here."""
        return await self._db.run(shows.insert, show)

    async def add_show_by_tmdb(self, tmdb_id: int, seasons: Collection[int] | None) -> tuple[Show, bool]:
        """Add a show that TMDB knows, whole or only some seasons, or these seasons to the one here."""
        return await self._db.run(refreshes.insert, await self._tmdb.get_show(tmdb_id, seasons))

    async def get_show(self, show_id: int) -> tuple[Show, list[Assignment]]:
        """A show with its episodes and all their assignments."""
        show = await self._db.run(shows.get, show_id)
        return show, await self._db.run(assignments.find_for_show, show_id)

    async def list_shows(self, limit: int, offset: int, search: str | None) -> Page[Show]:
        """Shows without their seasons."""
        return await self._db.run(shows.list_page, limit, offset, search)

    async def remove_show(self, show_id: int) -> None:
        await self._db.run(shows.delete, show_id)

    async def refresh_show(self, show_id: int) -> tuple[Show, int]:
        """Take new seasons and episodes from TMDB; gives how many episodes were added.

        Nothing is removed and no path moves, whatever TMDB has renamed or dropped.
        """
        show = await self._db.run(shows.get, show_id)
        if show.tmdb_id is None:
            raise Conflict("The show was added by hand; only a show with a TMDB id can be refreshed.")
        try:
            found = await self._tmdb.get_show(show.tmdb_id, fresh=True)
        except NotFound as error:
            raise NotFound(
                f"TMDB no longer has {show.title} (show {show.tmdb_id}); it stays in the library as it is."
            ) from error
        taken = replace(found, seasons=choose_seasons(show, found.seasons))
        added = await self._db.run(refreshes.store, show_id, taken)
        return await self._db.run(shows.get, show_id), added


def choose_seasons(show: Show, found: Collection[NewSeason]) -> tuple[NewSeason, ...]:
    """The seasons that belong to the show: those it has, and new ones if none was left out.

    A season was left out if it is missing although it had begun when the show was added. Whoever left
    out a regular season chose the others, and gets no further ones.
    """
    known = {season.number for season in show.seasons}
    added_on = show.added_at.date()
    left_out = {season.number for season in found if has_begun(season, added_on)} - known
    is_whole = left_out <= {0}
    return tuple(
        season for season in found if season.number in known or (is_whole and season.number not in left_out)
    )


def has_begun(season: NewSeason, day: date) -> bool:
    return any(episode.air_date and episode.air_date <= day for episode in season.episodes)
