"""The tree derived from the library: the only writer of the tree.

It is built whole at the start. After each commit that changed an item the item's folder is derived anew and
the tree swapped, before whoever made the change gets the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from momoshtrem.events import Event, EventBus, LibraryChanged, MovieChanged, ShowChanged
from momoshtrem.library import listing
from momoshtrem.library.database import Database
from momoshtrem.model import names
from momoshtrem.model.listing import ListedEpisode, ListedMovie, ListedShow
from momoshtrem.model.torrent import FileRef
from momoshtrem.settings import TreeSettings
from momoshtrem.vfs.tree import File, Folder, Tree, folder

MOVIES, SHOWS = "Movies", "TV Shows"

Listed = TypeVar("Listed", ListedMovie, ListedEpisode)
Key = TypeVar("Key")
Folders = dict[int, Folder]

of_movie = attrgetter("movie_id")
of_season = attrgetter("season_number")
of_file = attrgetter("info_hash", "file_index", "version")


class Projection:
    """Keeps `tree` equal to the library."""

    def __init__(self, db: Database, bus: EventBus, settings: TreeSettings) -> None:
        self._db = db
        self._derive = Derivation(settings)
        self._movies: Folders = {}
        self._shows: Folders = {}
        self._swapping = asyncio.Lock()
        self.tree = Tree(folder("", [folder(MOVIES, ()), folder(SHOWS, ())]))
        bus.subscribe(self._follow)

    async def build(self) -> None:
        """Derive the whole tree, while others read and write the library."""
        async with self._swapping:
            with self._db.snapshot() as snapshot:
                movies = await snapshot.run(listing.find_listed_movies)
                shows = await snapshot.run(listing.find_listed_shows)
            self._movies = await asyncio.to_thread(self._derive.movies, movies)
            self._shows = await asyncio.to_thread(self._derive.shows, shows)
            self._swap(folder(MOVIES, self._movies.values()))
            self._swap(folder(SHOWS, self._shows.values()))

    async def _follow(self, event: Event) -> None:
        match event:
            case MovieChanged(movie_id):
                async with self._swapping:
                    movies = await self._db.run(listing.find_listed_movies, movie_id)
                    self._exchange(MOVIES, self._movies, movie_id, self._derive.movies(movies))
            case ShowChanged(show_id):
                async with self._swapping:
                    shows = await self._db.run(listing.find_listed_shows, show_id)
                    self._exchange(SHOWS, self._shows, show_id, self._derive.shows(shows))
            case LibraryChanged():
                await self.build()

    def _exchange(self, root: str, known: Folders, item_id: int, new: Folders) -> None:
        """Put the folder of one item in the place of what it had."""
        old, node = known.pop(item_id, None), new.get(item_id)
        known.update(new)
        parent = self.tree.root.find(root)
        assert isinstance(parent, Folder)
        if old is not None and (node is None or node.name != old.name):
            parent = parent.replace(old.name, None)
        if node is not None:
            parent = parent.replace(node.name, node)
        self._swap(parent)

    def _swap(self, new: Folder) -> None:
        self.tree = Tree(self.tree.root.replace(new.name, new))


class Derivation:
    """From what is listed to folders, in the names that the settings ask for."""

    def __init__(self, settings: TreeSettings) -> None:
        self._tags = settings.id_tags
        self._prefix = settings.episode_prefix == "show"

    def movies(self, listed: Iterable[ListedMovie]) -> Folders:
        """Each movie's folder by its id, with a file for each version; `listed` is in order of movies."""
        return {movie_id: self._movie(rows) for movie_id, rows in grouped(listed, of_movie)}

    def shows(self, listed: Iterable[ListedShow]) -> Folders:
        """Each show's folder by its id."""
        return {show.show_id: self._show(show) for show in listed}

    def _movie(self, rows: list[ListedMovie]) -> Folder:
        name = names.tagged(rows[0].path_name, self._tags, rows[0].tmdb_id)

        def files() -> Iterator[File]:
            for row in rows:
                yield make_file(names.movie_file(name, row.version, names.extension(row.path)), row)

        return Folder(name, newest(rows), files)

    def _show(self, show: ListedShow) -> Folder:
        name = names.tagged(show.path_name, self._tags, show.tmdb_id)
        prefix = show.path_name if self._prefix else ""

        def seasons() -> Iterator[Folder]:
            for number, episodes in grouped(show.episodes(), of_season):
                yield season_folder(number, episodes, prefix)

        return Folder(name, show.assigned_at, seasons)


def season_folder(number: int, rows: list[ListedEpisode], prefix: str) -> Folder:
    """One file for each file of a torrent: one that holds two episodes is listed once, under both."""

    def files() -> Iterator[File]:
        for _, episodes in grouped(sorted(rows, key=of_file), of_file):
            first = episodes[0]
            titles = [(episode.number, episode.path_name) for episode in episodes]
            name = names.episode_file(number, titles, first.version, names.extension(first.path), prefix)
            yield make_file(name, first)

    return Folder(names.season_folder(number), newest(rows), files)


def make_file(name: str, listed: ListedMovie | ListedEpisode) -> File:
    return File(name, FileRef(listed.info_hash, listed.file_index, listed.size), listed.assigned_at)


def grouped(rows: Iterable[Listed], key: Callable[[Listed], Key]) -> Iterator[tuple[Key, list[Listed]]]:
    """Rows that follow each other with the same key, together."""
    return ((value, list(group)) for value, group in groupby(rows, key))


def newest(rows: Iterable[ListedMovie | ListedEpisode]) -> datetime:
    return max(row.assigned_at for row in rows)
