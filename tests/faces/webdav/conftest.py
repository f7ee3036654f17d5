from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from momoshtrem.faces.webdav.app import WebDav
from tests.faces.webdav.library import example_streams
from tests.faces.webdav.server import Client, Served, connect, serving
from tests.fakes.streams import FakeStreams


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[Served]:
    """One server for a module: uvicorn needs a tenth of a second to stop."""
    streams = example_streams()
    async with serving(WebDav(streams)) as port:
        yield Served(streams, port)


@pytest.fixture
def streams(served: Served) -> FakeStreams:
    served.streams.readers.clear()
    return served.streams


@pytest.fixture
def port(served: Served) -> int:
    return served.port


@pytest_asyncio.fixture(loop_scope="module")
async def client(streams: FakeStreams, port: int) -> AsyncIterator[Client]:
    async with await connect(port) as client:
        yield client
