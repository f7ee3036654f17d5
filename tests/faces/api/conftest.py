"""The API over fake services, and a client that is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from momoshtrem.faces.api.app import make_api
from momoshtrem.faces.door import BasicAuth
from momoshtrem.folder import Credentials
from tests.fakes.services import FakeServices, make_fakes


@pytest.fixture
def services() -> FakeServices:
    return make_fakes()


@pytest.fixture(scope="session")
def api() -> FastAPI:
    """Made once, since that takes longer than a test; each test gives it services of its own."""
    return make_api(make_fakes().bundle())


@pytest.fixture
async def http(api: FastAPI, services: FakeServices) -> AsyncIterator[httpx2.AsyncClient]:
    api.state.services = services.bundle()
    app = BasicAuth(api, Credentials("user", "secret", "token"))
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://server/api", headers={"Authorization": "Bearer token"}
    ) as client:
        yield client


def error_of(response: httpx2.Response) -> tuple[int, str]:
    """Status and code of an error, which must have the shape of every error."""
    body = response.json()
    assert list(body) == ["error"]
    assert list(body["error"]) == ["code", "message"]
    assert body["error"]["message"].endswith(".")
    return response.status_code, body["error"]["code"]
