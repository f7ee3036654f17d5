"""What the tree lists: library items with the file that is shown for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ListedMovie:
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


@dataclass(frozen=True, slots=True)
class ListedEpisode:
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
