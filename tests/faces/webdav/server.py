"""A real uvicorn server on loopback, and a client that sends exactly what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

import uvicorn

from momoshtrem.faces.http import App
from momoshtrem.faces.server import make_server
from tests.fakes.streams import FakeStreams

LIMIT = 30.0


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs, and what it serves."""

    streams: FakeStreams
    port: int


class QuietServer(uvicorn.Server):
    """Leaves the signals of the test run alone and stops as soon as it is told."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.stop.wait()


@contextlib.asynccontextmanager
async def serving(app: App, grace: float = 5) -> AsyncIterator[int]:
    """The port of a server that runs the app; at the end it waits `grace` seconds for open requests."""
    config = make_server(app).config
    config.timeout_graceful_shutdown = grace  # type: ignore[assignment]
    server = QuietServer(config)
    # Named as TCP, without which asyncio leaves Nagle's delay on.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[listener]))
        yield listener.getsockname()[1]
        server.stop.set()


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is what came before the end of the connection, where that came too soon."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    complete: bool = True


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close at once, whatever is still to come."""
        self._writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def send(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> None:
        """Write a request."""
        fields = {"Host": "127.0.0.1", **(headers or {})}
        if body:
            fields.setdefault("Content-Length", str(len(body)))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {fields[name]}" for name in fields)]
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await self._writer.drain()

    async def read_head(self) -> Reply:
        """The start of an answer."""
        async with asyncio.timeout(LIMIT):
            raw = await self._reader.readuntil(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").rstrip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        return Reply(int(first.split()[1]), headers, b"")

    async def read_exactly(self, count: int) -> bytes:
        """The next bytes of an answer."""
        async with asyncio.timeout(LIMIT):
            return await self._reader.readexactly(count)

    async def ended(self) -> bool:
        """Whether the server closes without sending anything more."""
        async with asyncio.timeout(LIMIT):
            return await self._reader.read() == b""

    async def request(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """Send a request and read its whole answer."""
        await self.send(method, target, headers, body)
        head = await self.read_head()
        assert "transfer-encoding" not in head.headers
        length = int(head.headers.get("content-length", "0"))
        if method == "HEAD" or head.status == 304:
            return head
        try:
            return Reply(head.status, head.headers, await self.read_exactly(length))
        except asyncio.IncompleteReadError as cut:
            return Reply(head.status, head.headers, cut.partial, complete=False)


async def connect(port: int) -> Client:
    return Client(*await asyncio.open_connection("127.0.0.1", port))
