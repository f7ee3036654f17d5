"""The library as a user edits it, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from momoshtrem.errors import Conflict, MomoshtremError, NotFound
from momoshtrem.model.media import (
    Assignment,
    Episode,
    Movie,
    NewMovie,
    NewSeason,
    NewShow,
    Page,
    Season,
    Show,
)
from momoshtrem.services.catalog import Catalog

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

T = TypeVar("T")
Title = TypeVar("Title", Movie, Show)


def page_of(values: Sequence[T], limit: int, offset: int) -> Page[T]:
    return Page(tuple(values[offset : offset + limit]), len(values))


def find(items: dict[int, T], item_id: int) -> T:
    if item_id not in items:
        raise NotFound(f"There is nothing with the id {item_id}.")
    return items[item_id]


def select(items: dict[int, Title], search: str | None, pinned: bool | None) -> list[Title]:
    named = [each for each in items.values() if not search or search in each.title]
    return [each for each in named if pinned in (None, each.pinned)]


class FakeCatalog(Catalog):
    """A library in two dicts; `tmdb` holds what TMDB knows, and `error` is raised instead of asking it."""

    def __init__(self) -> None:
        self.movies: dict[int, Movie] = {}
        self.shows: dict[int, Show] = {}
        self.assigned: list[Assignment] = []
        self.tmdb: dict[int, NewMovie | NewShow] = {}
        self.error: MomoshtremError | None = None
        self.asked_seasons: Collection[int] | None = None

    async def add_movie(self, movie: NewMovie) -> tuple[Movie, bool]:
        for known in self.movies.values():
            if (known.title, known.year) == (movie.title, movie.year):
                return known, False
        added = Movie(len(self.movies) + 1, movie.title, movie.year, movie.tmdb_id, None, NOW)
        self.movies[added.id] = added
        return added, True

    async def add_movie_by_tmdb(self, tmdb_id: int) -> tuple[Movie, bool]:
        found = self._ask_tmdb(tmdb_id)
        assert isinstance(found, NewMovie)
        return await self.add_movie(found)

    async def get_movie(self, movie_id: int) -> tuple[Movie, list[Assignment]]:
        return find(self.movies, movie_id), [each for each in self.assigned if each.movie_id == movie_id]

    async def list_movies(
        self, limit: int, offset: int, search: str | None, pinned: bool | None = None
    ) -> Page[Movie]:
        return page_of(select(self.movies, search, pinned), limit, offset)

    async def remove_movie(self, movie_id: int) -> None:
        del self.movies[find(self.movies, movie_id).id]

    async def add_show(self, show: NewShow) -> tuple[Show, bool]:
        for known in self.shows.values():
            if (known.title, known.year) == (show.title, show.year):
                return known, False
        seasons = tuple(make_season(each) for each in show.seasons)
        added = Show(len(self.shows) + 1, show.title, show.year, show.tmdb_id, None, NOW, seasons)
        self.shows[added.id] = added
        return added, True

    async def add_show_by_tmdb(self, tmdb_id: int, seasons: Collection[int] | None) -> tuple[Show, bool]:
        self.asked_seasons = seasons
        found = self._ask_tmdb(tmdb_id)
        assert isinstance(found, NewShow)
        return await self.add_show(found)

    async def get_show(self, show_id: int) -> tuple[Show, list[Assignment]]:
        return find(self.shows, show_id), [each for each in self.assigned if each.episode_id]

    async def list_shows(
        self, limit: int, offset: int, search: str | None, pinned: bool | None = None
    ) -> Page[Show]:
        found = select(self.shows, search, pinned)
        return page_of([replace(each, seasons=()) for each in found], limit, offset)

    async def remove_show(self, show_id: int) -> None:
        del self.shows[find(self.shows, show_id).id]

    async def refresh_show(self, show_id: int) -> tuple[Show, int]:
        show = find(self.shows, show_id)
        if show.tmdb_id is None:
            raise Conflict("The show was added by hand.")
        return show, 2

    def _ask_tmdb(self, tmdb_id: int) -> NewMovie | NewShow:
        if self.error:
            raise self.error
        return find(self.tmdb, tmdb_id)


def make_season(season: NewSeason) -> Season:
    """A season whose episodes have ids of their number."""
    episodes = (
        Episode(each.number, season.number, each.number, each.name, each.air_date, None)
        for each in season.episodes
    )
    return Season(season.number, tuple(episodes))
