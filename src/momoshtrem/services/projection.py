"""The tree derived from the library: the only writer of the tree.

It is built whole at the start. After each commit that changed an item the item's folder is derived anew and
the tree swapped, before whoever made the change gets the answer.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby

from momoshtrem.events import Event, EventBus, MovieChanged, ShowChanged
from momoshtrem.library import listing
from momoshtrem.library.database import Database
from momoshtrem.model import names
from momoshtrem.model.listing import ListedEpisode, ListedMovie
from momoshtrem.model.torrent import FileRef
from momoshtrem.vfs.tree import File, Folder, Tree, folder

MOVIES, SHOWS = "Movies", "TV Shows"


class Projection:
    """Keeps `tree` equal to the library."""

    def __init__(self, db: Database, bus: EventBus) -> None:
        self._db = db
        self._movies: dict[int, Folder] = {}
        self._shows: dict[int, Folder] = {}
        self._swapping = asyncio.Lock()
        self.tree = Tree(folder("", [folder(MOVIES, ()), folder(SHOWS, ())]))
        bus.subscribe(self._follow)

    async def build(self) -> None:
        """Derive the whole tree."""
        async with self._swapping:
            movies = await self._db.run(listing.find_listed_movies)
            shows = await self._db.run(listing.find_listed_episodes)
            self._movies = await asyncio.to_thread(movie_folders, movies)
            self._shows = await asyncio.to_thread(show_folders, shows)
            self._swap(MOVIES, folder(MOVIES, self._movies.values()))
            self._swap(SHOWS, folder(SHOWS, self._shows.values()))

    async def _follow(self, event: Event) -> None:
        match event:
            case MovieChanged(movie_id):
                async with self._swapping:
                    movies = await self._db.run(listing.find_listed_movies, movie_id)
                    self._exchange(MOVIES, self._movies, movie_id, movie_folders(movies))
            case ShowChanged(show_id):
                async with self._swapping:
                    episodes = await self._db.run(listing.find_listed_episodes, show_id)
                    self._exchange(SHOWS, self._shows, show_id, show_folders(episodes))

    def _exchange(self, root: str, known: dict[int, Folder], item_id: int, new: dict[int, Folder]) -> None:
        """Put the folder of one item in the place of what it had."""
        old = known.pop(item_id, None)
        known.update(new)
        node = new.get(item_id)
        parent = self.tree.root.find(root)
        assert isinstance(parent, Folder)
        if old and (node is None or node.name != old.name):
            parent = parent.replace(old.name, None)
        if node:
            parent = parent.replace(node.name, node)
        self._swap(root, parent)

    def _swap(self, root: str, new: Folder) -> None:
        self.tree = Tree(self.tree.root.replace(root, new))


def movie_folders(listed: Iterable[ListedMovie]) -> dict[int, Folder]:
    """Each movie's folder, with a file for each of its versions."""
    files: dict[int, list[File]] = defaultdict(list)
    titles: dict[int, str] = {}
    for movie in listed:
        titles[movie.movie_id] = movie.path_name
        name = names.movie_file(movie.path_name, movie.version, names.extension(movie.path))
        files[movie.movie_id].append(make_file(name, movie))
    return {movie_id: folder(titles[movie_id], children) for movie_id, children in files.items()}


def show_folders(listed: Iterable[ListedEpisode]) -> dict[int, Folder]:
    """Each show's folder, with its seasons."""
    shows: dict[int, list[ListedEpisode]] = defaultdict(list)
    for episode in listed:
        shows[episode.show_id].append(episode)
    return {
        show_id: folder(group[0].show_path_name, season_folders(group)) for show_id, group in shows.items()
    }


def season_folders(episodes: list[ListedEpisode]) -> list[Folder]:
    ordered = sorted(episodes, key=lambda episode: episode.season_number)
    seasons = groupby(ordered, key=lambda episode: episode.season_number)
    return [
        folder(names.season_folder(number), episode_files(number, list(group))) for number, group in seasons
    ]


def episode_files(season: int, episodes: list[ListedEpisode]) -> list[File]:
    """One file for each file of a torrent: a file that holds two episodes is listed once, under both."""
    shared: dict[tuple[str, int, str], list[ListedEpisode]] = defaultdict(list)
    for episode in episodes:
        shared[episode.info_hash, episode.file_index, episode.version].append(episode)
    files = []
    for group in shared.values():
        first = group[0]
        titles = [(episode.number, episode.path_name) for episode in group]
        name = names.episode_file(season, titles, first.version, names.extension(first.path))
        files.append(make_file(name, first))
    return files


def make_file(name: str, listed: ListedMovie | ListedEpisode) -> File:
    """A leaf; its tag names the bytes, so it changes exactly when they do."""
    return File(
        name=name,
        ref=FileRef(listed.info_hash, listed.file_index, listed.size),
        modified=listed.assigned_at,
        etag=f"{listed.info_hash}-{listed.file_index}",
    )
