"""What the tree lists: library items with the file that is shown for them.

Named tuples, since a library has 100,000 of them and all are made at the start.
"""

from __future__ import annotations

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
    """An episode's file. `path_name` is the frozen title of the episode, `tmdb_id` that of its show."""

    show_id: int
    show_path_name: str
    tmdb_id: int | None
    season_number: int
    number: int
    path_name: str
    version: str
    path: str
    info_hash: str
    file_index: int
    size: int
    assigned_at: datetime
