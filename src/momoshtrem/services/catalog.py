"""The library as a user edits it: movies and shows, by TMDB id or by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from momoshtrem.errors import Conflict, NotFound
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.library import assignments, movies, refreshes, shows
from momoshtrem.library.database import Database, Tx
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

    async def list_movies(
        self, limit: int, offset: int, search: str | None, pinned: bool | None = None
    ) -> Page[Movie]:
        """All movies, only those pinned, or only the others."""
        return await self._db.run(movies.list_page, limit, offset, search, pinned)

    async def remove_movie(self, movie_id: int) -> None:
        await self._db.run(movies.delete, movie_id)

    async def add_show(self, show: NewShow) -> tuple[Show, bool]:
        """Add a show named by hand, or further seasons to one that is here."""
        return await self._db.run(shows.insert, show)

    async def add_show_by_tmdb(self, tmdb_id: int, seasons: Collection[int] | None) -> tuple[Show, bool]:
        """Add a show that TMDB knows, whole or only some seasons, or these seasons to the one here."""
        found = await self._tmdb.get_show(tmdb_id, seasons)
        return await self._db.run(refreshes.insert, replace(found, whole=seasons is None))

    async def get_show(self, show_id: int) -> tuple[Show, list[Assignment]]:
        """A show with its episodes and all their assignments."""
        show = await self._db.run(shows.get, show_id)
        return show, await self._db.run(assignments.find_for_show, show_id)

    async def list_shows(
        self, limit: int, offset: int, search: str | None, pinned: bool | None = None
    ) -> Page[Show]:
        """Shows without their seasons: all, only those pinned whole or in part, or only the others."""
        return await self._db.run(shows.list_page, limit, offset, search, pinned)

    async def remove_show(self, show_id: int) -> None:
        await self._db.run(shows.delete, show_id)

    async def refresh_show(self, show_id: int) -> tuple[Show, int]:
        """Take new seasons and episodes from TMDB; gives how many episodes were added.

        A show that was added whole gets all seasons, another one episodes of those it has. Nothing is removed
        and no path moves, whatever TMDB has renamed or dropped.
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
        return await self._db.run(take_over, show_id, found)


def take_over(tx: Tx, show_id: int, found: NewShow) -> tuple[Show, int]:
    """The show with what belongs to it of `found`, and how many episodes that added."""
    seasons = choose_seasons(shows.get(tx, show_id), found.seasons)
    added = refreshes.store(tx, show_id, replace(found, seasons=seasons))
    return shows.get(tx, show_id), added


def choose_seasons(show: Show, found: Collection[NewSeason]) -> tuple[NewSeason, ...]:
    """All seasons of a show that was added whole, of another one those that it has."""
    known = {season.number for season in show.seasons}
    return tuple(season for season in found if show.whole or season.number in known)
