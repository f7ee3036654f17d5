"""What the library waits for, and when episodes air."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

WantedKind = Literal["movie", "episode"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item that players could see but that has no file: a movie, or an episode that has aired.

    `title` is that of the movie or of the show, `since` the day a movie was added or an episode aired.
    The last four fields are those of an episode.
    """

    kind: WantedKind
    id: int
    title: str
    year: int | None
    since: date
    show_id: int | None
    season_number: int | None
    number: int | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Airing:
    """An episode that airs on a day, or did; `title` is that of its show."""

    episode_id: int
    show_id: int
    title: str
    season_number: int
    number: int
    name: str | None
    air_date: date
    has_file: bool
