"""A server under test, and connections that send exactly what they are told."""

from __future__ import annotations

import base64
import contextlib
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse
from urllib.parse import unquote, urlsplit

LIMIT = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `closes` tells that the connection ends with it."""

    status: int
    headers: HTTPMessage
    body: bytes
    closes: bool


@dataclass(frozen=True, slots=True)
class Site:
    """Where the server is. Paths of the suite are below `prefix`."""

    host: str
    port: int
    prefix: str
    authorization: str

    @classmethod
    def at(cls, url: str) -> Site:
        """The site of `http://user:password@host:port/prefix/`."""
        parts = urlsplit(url)
        plain = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(plain.encode()).decode()
        return cls(parts.hostname or "", parts.port or 80, parts.path.rstrip("/"), authorization)

    @contextlib.contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection, closed at the end of the block."""
        connection = Connection(self)
        with contextlib.closing(connection):
            yield connection

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """One request on a connection of its own."""
        with self.connect() as connection:
            return connection.ask(method, path, headers, body)


class Connection:
    """A socket. Paths are sent as they are; a lone surrogate stands for a byte that is not UTF-8."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._socket = socket.create_connection((site.host, site.port), LIMIT)
        self._responses: list[HTTPResponse] = []

    def close(self) -> None:
        """Close at once, whatever is still to come."""
        for response in self._responses:
            response.close()
        self._socket.close()

    def head(self, method: str, path: str, headers: Mapping[str, str | Iterable[str]]) -> bytes:
        """The head of a request: signed, unless `Authorization` is set ("" for none)."""
        target = self._site.prefix + path if path.startswith("/") else path
        fields = {"Host": f"{self._site.host}:{self._site.port}", "Authorization": self._site.authorization}
        lines = [f"{method} {target} HTTP/1.1"]
        for name, value in {**fields, **headers}.items():
            values = [value] if isinstance(value, str) else value
            lines += [f"{name}: {text}" for text in values if text or name != "Authorization"]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")

    def send(self, data: bytes) -> None:
        """Write; a server that has seen enough may have closed, and its answer still counts."""
        with contextlib.suppress(ConnectionError):
            self._socket.sendall(data)

    def start(
        self, method: str, path: str, headers: Mapping[str, str | Iterable[str]] | None = None
    ) -> HTTPResponse:
        """The head of an answer; its bytes are read from what is returned."""
        self.send(self.head(method, path, headers or {}))
        return self.receive(method)

    def receive(self, method: str) -> HTTPResponse:
        """The head of the answer to a request that was sent."""
        response = HTTPResponse(self._socket, method=method)
        self._responses.append(response)
        response.begin()
        return response

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str | Iterable[str]] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """A request and its whole answer."""
        length = {"Content-Length": str(len(body))} if body else {}
        self.send(self.head(method, path, {**length, **(headers or {})}) + body)
        return self.finish(method)

    def finish(self, method: str) -> Answer:
        """The whole answer to a request that was sent."""
        response = self.receive(method)
        body = response.read()
        return Answer(response.status, response.msg, body, response.will_close)

    def read_line(self) -> bytes:
        """One line, and no byte of what follows it."""
        line = b""
        while not line.endswith(b"\n"):
            byte = self._socket.recv(1)
            assert byte, f"the connection ended after {line!r}"
            line += byte
        return line

    def is_ended(self) -> bool:
        """Whether the server closes without sending anything more."""
        with contextlib.suppress(ConnectionError):
            return self._socket.recv(1) == b""
        return True
