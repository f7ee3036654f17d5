from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from momoshtrem.integrations.http import Limits
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.settings import Tmdb as TmdbSettings
from tests.fakes.clock import FakeTime
from tests.fakes.tmdb import API_KEY, FakeTmdb


@pytest.fixture
def fake() -> FakeTmdb:
    return FakeTmdb()


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def connect(
    fake: FakeTmdb, time: FakeTime, *, key: str = API_KEY, limits: Limits | None = None, **other: Any
) -> Tmdb:
    settings = TmdbSettings(api_key=SecretStr(key), base_url="http://tmdb.test/3", **other)
    transport = httpx2.ASGITransport(app=fake)
    return Tmdb(settings, transport=transport, limits=limits, clock=time.clock())


@pytest.fixture
async def tmdb(fake: FakeTmdb, time: FakeTime) -> AsyncIterator[Tmdb]:
    client = connect(fake, time)
    yield client
    await client.aclose()
