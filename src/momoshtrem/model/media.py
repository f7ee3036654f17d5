"""Library items: movies, shows, seasons, episodes, and what is assigned to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from momoshtrem.model.release import Quality

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewMovie:
    """A movie to be added; without `tmdb_id` it was named by hand."""

    title: str
    year: int | None = None
    tmdb_id: int | None = None


@dataclass(frozen=True, slots=True)
class Movie:
    """A movie of the library. `path_name` is its frozen folder name, set when it is first listed.

    What is in the cache of a `pinned` one stays there.
    """

    id: int
    title: str
    year: int | None
    tmdb_id: int | None
    path_name: str | None
    added_at: datetime
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class NewEpisode:
    number: int
    name: str | None = None
    air_date: date | None = None


@dataclass(frozen=True, slots=True)
class NewSeason:
    """A season with its episodes; number 0 holds the specials."""

    number: int
    episodes: tuple[NewEpisode, ...] = ()


@dataclass(frozen=True, slots=True)
class NewShow:
    """A show to be added; one that has `ended` gets no further episodes, a `whole` one all later seasons."""

    title: str
    year: int | None = None
    tmdb_id: int | None = None
    seasons: tuple[NewSeason, ...] = ()
    ended: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode of the library. `path_name` is its frozen name, set when it is first listed.

    It may be `pinned` itself, whether or not its show is.
    """

    id: int
    season_number: int
    number: int
    name: str | None
    air_date: date | None
    path_name: str | None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Season:
    number: int
    episodes: tuple[Episode, ...]


@dataclass(frozen=True, slots=True)
class Show:
    """A show of the library. `path_name` is its frozen folder name, set when it is first listed.

    A `whole` one takes every season that TMDB has, another one only those that were chosen. A `pinned` one
    keeps all of its episodes.
    """

    id: int
    title: str
    year: int | None
    tmdb_id: int | None
    path_name: str | None
    added_at: datetime
    seasons: tuple[Season, ...] = ()
    whole: bool = False
    pinned: bool = False

    @property
    def episodes(self) -> tuple[Episode, ...]:
        return tuple(episode for season in self.seasons for episode in season.episodes)


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """A torrent's file for exactly one movie or one episode.

    `size` is in bytes, `path` the file's path in the torrent, `confidence` between 0 and 1 with its `reason`,
    `version` the label of a second version that is listed beside the first ("" for the only one). A file that
    is only `proposed` is not listed until it is confirmed.
    """

    info_hash: str
    file_index: int
    path: str
    size: int
    quality: Quality
    confidence: float = 1.0
    version: str = ""
    movie_id: int | None = None
    episode_id: int | None = None
    proposed: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """As stored. Rank 0 is what the tree shows, others stand by; proposals are ranked apart, from 1 on.

    `assigned_at` of what is shown is since when. A file that could not be played has the time and the reason.
    """

    id: int
    info_hash: str
    file_index: int
    path: str
    size: int
    quality: Quality
    confidence: float
    version: str
    rank: int
    movie_id: int | None
    episode_id: int | None
    assigned_at: datetime
    proposed: bool = False
    reason: str = ""
    failed_at: datetime | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class TitledAssignment:
    """An assignment with the title of its movie or show, and for an episode its two numbers."""

    assignment: Assignment
    title: str
    year: int | None
    season_number: int | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Correction:
    """A rule made by hand: what a release group names `number` of `season` (None: names none) is another.

    It holds for the numbers that follow as well, up to the next rule.
    """

    release_group: str
    season: int | None
    number: int
    to_season: int
    to_number: int


@dataclass(frozen=True, slots=True)
class StoredCorrection:
    id: int
    show_id: int
    rule: Correction


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list and the length of the whole."""

    items: tuple[T, ...]
    total: int
