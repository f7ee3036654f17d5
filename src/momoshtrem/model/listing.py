"""What the tree lists: library items with the file that is shown for them.

Named tuples, since a library has many thousands of them and all are made at the start.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple


class ListedMovie(NamedTuple):
    """A movie's file. `path_name` is its frozen folder name, `path` the file's path in the torrent."""

    movie_id: int
    path_name: str
    tmdb_id: int | None
    version: str
    path: str
    info_hash: str
    file_index: int
    size: int
    assigned_at: datetime


class ListedEpisode(NamedTuple):
    """An episode's file. `path_name` is the frozen title of the episode."""

    season_number: int
    number: int
    version: str
    path_name: str
    path: str
    info_hash: str
    file_index: int
    size: int
    assigned_at: datetime


class ListedShow(NamedTuple):
    """A show of which some episode has a file. `path_name` is its frozen folder name.

    `assigned_at` is that of its newest file. `episodes` makes them when it is called, in order of season,
    number and version.
    """

    show_id: int
    path_name: str
    tmdb_id: int | None
    assigned_at: datetime
    episodes: Callable[[], list[ListedEpisode]]
