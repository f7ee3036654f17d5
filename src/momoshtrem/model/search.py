"""What a catalogue of films and shows tells about titles that could be added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["movie", "show"]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A movie or a show that could be added. TMDB numbers movies and shows apart."""

    kind: Kind
    tmdb_id: int
    title: str
    original_title: str
    year: int | None
    overview: str = ""
    poster_url: str | None = None
    popularity: float = 0.0


@dataclass(frozen=True, slots=True)
class SeasonSummary:
    """A season without its episodes; number 0 holds the specials."""

    number: int
    episode_count: int
    air_date: date | None


@dataclass(frozen=True, slots=True)
class Details:
    """All that is told about a movie or a show: `runtime` in minutes, `seasons` only of a show."""

    kind: Kind
    tmdb_id: int
    title: str
    original_title: str
    year: int | None
    released: date | None
    status: str
    overview: str
    genres: tuple[str, ...]
    runtime: int | None
    imdb_id: str | None
    poster_url: str | None
    backdrop_url: str | None
    seasons: tuple[SeasonSummary, ...] = ()
