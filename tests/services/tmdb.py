"""Shows at the fake TMDB, and the true client to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import httpx2
from pydantic import SecretStr

from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.settings import Tmdb as TmdbSettings
from tests.fakes.clock import FakeTime
from tests.fakes.tmdb import API_KEY, FakeTmdb
from tests.fakes.tmdb_titles import FakeEpisode, FakeShow

TODAY = datetime.now(UTC).date()


@asynccontextmanager
async def connected(fake: FakeTmdb, key: str = API_KEY) -> AsyncIterator[Tmdb]:
    """A client that never waits."""
    settings = TmdbSettings(api_key=SecretStr(key), base_url="http://tmdb.test/3")
    tmdb = Tmdb(settings, transport=httpx2.ASGITransport(app=fake), clock=FakeTime().clock())
    try:
        yield tmdb
    finally:
        await tmdb.aclose()


def day(offset: int) -> date:
    return TODAY + timedelta(offset)


def season(*offsets: int | None) -> tuple[FakeEpisode, ...]:
    """A season by the days from today on which its episodes air."""
    return tuple(
        FakeEpisode(number, f"Chapter {number}", offset and day(offset).isoformat())
        for number, offset in enumerate(offsets, 1)
    )


def running_show(tmdb_id: int = 1, **seasons: tuple[FakeEpisode, ...]) -> FakeShow:
    """A show with seasons given as `s1`, `s2`; by default with two that are over and a special."""
    given = seasons or {"s0": season(-700), "s1": season(-800, -790), "s2": season(-400, -390)}
    return FakeShow(tmdb_id, f"Show {tmdb_id}", "2020-01-01", {int(key[1:]): given[key] for key in given})
