"""What the library waits for, and its calendar, over REST."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import Field

from momoshtrem.faces.api.answers import Answer, Page
from momoshtrem.faces.api.inputs import Limit, Offset, Wired
from momoshtrem.model.calendar import WantedKind

Days = Annotated[int, Query(ge=0, le=366, description="Days from today on, in UTC.")]
OnlyKind = Annotated[WantedKind | None, Query(description="Only movies or only episodes.")]


class Wanted(Answer):
    """A movie without a file, or an aired episode without one; the last four fields are the episode's."""

    kind: WantedKind
    id: int
    title: str = Field(description="Of the movie or of the show.", examples=["Breaking Bad"])
    year: int | None = Field(examples=[2008])
    since: date = Field(description="When the movie was added, or the episode aired.")
    show_id: int | None
    season_number: int | None
    number: int | None
    name: str | None = Field(examples=["Pilot"])


class Airing(Answer):
    """An episode by the day it airs."""

    episode_id: int
    show_id: int
    title: str = Field(description="Of the show.", examples=["Breaking Bad"])
    season_number: int
    number: int
    name: str | None = Field(examples=["Pilot"])
    air_date: date
    has_file: bool = Field(description="Whether players see it.")


async def list_wanted(
    services: Wired, kind: OnlyKind = None, limit: Limit = 50, offset: Offset = 0
) -> Page[Wanted]:
    """Movies and aired episodes without a file, the newest first."""
    page = await services.calendar.list_wanted(kind, limit, offset)
    return Page[Wanted].of(page, limit, offset)


async def list_calendar(
    services: Wired, days_back: Days = 14, days_ahead: Days = 14, limit: Limit = 500, offset: Offset = 0
) -> Page[Airing]:
    """Episodes that aired lately and that air soon, in order of days."""
    page = await services.calendar.list_airings(days_back, days_ahead, limit, offset)
    return Page[Airing].of(page, limit, offset)
