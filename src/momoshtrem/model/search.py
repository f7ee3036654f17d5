"""What a catalogue of films and shows finds for a title."""

from __future__ import annotations

from dataclasses import dataclass
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
