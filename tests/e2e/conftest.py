"""The real command in a process of its own, a real swarm on loopback, real media."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from momoshtrem.spawn import SpawnedServer
from tests.e2e.user import User

StartServer = Callable[..., Awaitable[User]]


@pytest_asyncio.fixture
async def start_server(tmp_path: Path) -> AsyncIterator[StartServer]:
    """Start servers, each with settings of its own; all are ended after the test."""
    async with AsyncExitStack() as stack:

        async def start(data_dir: Path | None = None, **settings: str) -> User:
            environment = {f"MOMOSHTREM_{key.upper()}": value for key, value in settings.items()}
            server = SpawnedServer(data_dir or tmp_path / "data", environment)
            await stack.enter_async_context(server)
            client = httpx2.AsyncClient(
                auth=server.auth, timeout=30, trust_env=False, verify=server.trust or True
            )
            return User(server, await stack.enter_async_context(client))

        yield start


@pytest.fixture(autouse=True)
def _generous(request: pytest.FixtureRequest) -> None:
    """A process and a swarm take their time on a busy machine."""
    request.node.add_marker(pytest.mark.timeout(120))
