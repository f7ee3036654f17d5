"""Titles at TMDB over REST: what could be added, and what is here already."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Generic, Self, TypeVar

from fastapi import Path, Query
from pydantic import AliasPath, Field, StringConstraints

from momoshtrem.faces.api.answers import Answer
from momoshtrem.faces.api.bodies import Year
from momoshtrem.faces.api.inputs import INT32, Plain, Wired
from momoshtrem.model import search as model
from momoshtrem.services.discover import AnyKind

T = TypeVar("T")

OVERVIEW = "A hacker learns what the world is made of."
IMAGE = "https://image.tmdb.org/t/p/w500/poster.jpg"

TmdbId = Annotated[int, Path(ge=1, le=INT32, description="The id at TMDB.", examples=[603])]
Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    Plain,
    Query(description="The title, or a part of it.", examples=["matrix"]),
]
OnlyKind = Annotated[AnyKind, Query(description="Only movies or only shows.")]
ReleaseYear = Annotated[
    Year | None, Query(description="Of the first release; if nothing fits, all years are searched.")
]
PageNumber = Annotated[int, Query(ge=1, le=500, description="From 1 on, with 20 of each kind.")]
InLibrary = Annotated[int | None, Field(description="The id of its item in the library.", examples=[1])]


class FoundTitle(Answer):
    """A movie or a show that could be added."""

    kind: model.Kind = Field(validation_alias=AliasPath("title", "kind"))
    tmdb_id: int = Field(validation_alias=AliasPath("title", "tmdb_id"), examples=[603])
    title: str = Field(validation_alias=AliasPath("title", "title"), examples=["The Matrix"])
    original_title: str = Field(
        validation_alias=AliasPath("title", "original_title"), examples=["The Matrix"]
    )
    year: int | None = Field(validation_alias=AliasPath("title", "year"), examples=[1999])
    overview: str = Field(validation_alias=AliasPath("title", "overview"), examples=[OVERVIEW])
    poster_url: str | None = Field(validation_alias=AliasPath("title", "poster_url"), examples=[IMAGE])
    in_library: InLibrary


class FoundPage(Answer, Generic[T]):
    """One page of what TMDB found; `total` counts the whole."""

    items: list[T]
    total: int
    page: int


class SeasonSummary(Answer):
    """Season 0 holds the specials."""

    number: int
    episode_count: int
    air_date: date | None


class MovieAtTmdb(Answer):
    """`runtime` is in minutes, `status` in TMDB's words."""

    kind: model.Kind
    tmdb_id: int = Field(examples=[603])
    title: str = Field(examples=["The Matrix"])
    original_title: str = Field(examples=["The Matrix"])
    year: int | None = Field(examples=[1999])
    released: date | None
    status: str = Field(examples=["Released"])
    overview: str = Field(examples=[OVERVIEW])
    genres: list[str] = Field(examples=[["Science Fiction"]])
    runtime: int | None = Field(examples=[136])
    imdb_id: str | None = Field(examples=["tt0133093"])
    poster_url: str | None = Field(examples=[IMAGE])
    backdrop_url: str | None = Field(examples=[IMAGE])
    in_library: InLibrary = None

    @classmethod
    def of(cls, details: model.Details, in_library: int | None) -> Self:
        answer = cls.model_validate(details)
        answer.in_library = in_library
        return answer


class ShowAtTmdb(MovieAtTmdb):
    """As of a movie, and the seasons."""

    seasons: list[SeasonSummary]


async def search_tmdb(
    query: Words, services: Wired, kind: OnlyKind = "all", year: ReleaseYear = None, page: PageNumber = 1
) -> FoundPage[FoundTitle]:
    """Search TMDB for movies and shows."""
    found = await services.discover.search(query, kind, year, page)
    items = [FoundTitle.model_validate(each) for each in found.items]
    return FoundPage[FoundTitle](items=items, total=found.total, page=page)


async def get_movie_at_tmdb(tmdb_id: TmdbId, services: Wired) -> MovieAtTmdb:
    """What TMDB tells of a movie."""
    return MovieAtTmdb.of(*await services.discover.get_movie(tmdb_id))


async def get_show_at_tmdb(tmdb_id: TmdbId, services: Wired) -> ShowAtTmdb:
    """What TMDB tells of a show and its seasons."""
    return ShowAtTmdb.of(*await services.discover.get_show(tmdb_id))
