"""A player's side of HTTP, as lean as Python allows, so that it is not what gets measured."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from time import perf_counter
from typing import BinaryIO
from urllib.parse import quote

BUFFER = 2**20
TIMEOUT = 60
SUCCESS = (206, 207)
"""What a range and a listing are answered with."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Bytes received, and seconds from the request to the first and to the last of them."""

    size: int
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Site:
    """A server at `host:port`. Paths are plain text; every call is a connection of its own."""

    address: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def with_password(cls, address: str, username: str, password: str) -> Site:
        token = base64.b64encode(f"{username}:{password}".encode()).decode()
        return cls(address, {"Authorization": f"Basic {token}"})

    async def read(
        self, path: str, offset: int = 0, limit: int | None = None, source: Path | None = None
    ) -> Fetched:
        """Read from `offset` on and hang up after `limit` bytes; all must be those of `source`."""
        return await asyncio.to_thread(self._read, path, offset, limit, source)

    def ask(self, path: str, offset: int = 0) -> socket.socket:
        """Ask for a film from `offset` on; its bytes are the caller's to take."""
        host, port = self.address.rsplit(":", 1)
        fields = {"Host": self.address, "Range": f"bytes={offset}-", **self.headers}
        lines = [f"GET {quote(path)} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        connection = socket.create_connection((host, int(port)), TIMEOUT)
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return connection

    async def list_folder(self, path: str) -> tuple[float, bytes]:
        """PROPFIND with depth 1: seconds, and the answer."""
        return await asyncio.to_thread(self._list_folder, path)

    def _read(self, path: str, offset: int, limit: int | None, source: Path | None) -> Fetched:
        with ExitStack() as stack:
            connection = stack.enter_context(closing(HTTPConnection(self.address, timeout=TIMEOUT)))
            expected = stack.enter_context(source.open("rb")) if source else None
            started = perf_counter()
            answer = self._ask(connection, "GET", path, {"Range": f"bytes={offset}-"})
            first, received = 0.0, 0
            for chunk in _receive(answer, limit):
                first = first or perf_counter()
                if expected:
                    _check(chunk, expected, offset + received)
                received += len(chunk)
            return Fetched(received, first - started, perf_counter() - started)

    def _list_folder(self, path: str) -> tuple[float, bytes]:
        with closing(HTTPConnection(self.address, timeout=TIMEOUT)) as connection:
            started = perf_counter()
            answer = self._ask(connection, "PROPFIND", path, {"Depth": "1"})
            body = answer.read()
            return perf_counter() - started, body

    def _ask(
        self, connection: HTTPConnection, method: str, path: str, headers: Mapping[str, str]
    ) -> HTTPResponse:
        connection.request(method, quote(path), headers={**self.headers, **headers})
        answer = connection.getresponse()
        if answer.status not in SUCCESS:
            raise RuntimeError(f"{method} {path}: {answer.status}, {answer.read(500)!r}")
        return answer


def _receive(answer: HTTPResponse, limit: int | None) -> Iterator[memoryview]:
    """The body as it comes, in a buffer that is used again, up to `limit` bytes."""
    assert answer.length is not None
    left = min(limit or answer.length, answer.length)
    buffer = memoryview(bytearray(BUFFER))
    while left:
        count = answer.fp.readinto1(buffer[:left])
        if not count:
            raise RuntimeError(f"the answer ended {left} bytes too early")
        yield buffer[:count]
        left -= count


def _check(chunk: memoryview, expected: BinaryIO, offset: int) -> None:
    expected.seek(offset)
    if expected.read(len(chunk)) != chunk:
        raise RuntimeError(f"wrong bytes between {offset} and {offset + len(chunk)}")
