"""A WebDAV request, read from the ASGI scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, unquote_to_bytes

from momoshtrem.errors import InvalidInput
from momoshtrem.faces.http import Receive, Scope

ENCODED = {code: quote(chr(code), safe="") for code in range(128)}
"""For names in ASCII, of which a listing may have thousands: `quote` takes nearly three times as long."""


class ClientGone(Exception):
    """The client closed the connection: there is nobody left to answer."""


@dataclass(frozen=True)
class Request:
    """`path` is absolute and decoded; header names are lower case.

    `prefix` is where a reverse proxy shows the root: "" or like `/dav`.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    prefix: str = ""

    @cached_property
    def segments(self) -> list[str]:
        """The names on the path, as the client wrote them."""
        return [name for name in self.path.split("/") if name]

    @cached_property
    def href(self) -> str:
        """The path as the client knows it, percent-encoded, without a slash at its end; "" for the root."""
        return self.prefix + "".join(f"/{encode_name(name)}" for name in self.segments)


def read_request(scope: Scope) -> Request:
    """Raises InvalidInput for a path that is not UTF-8."""
    values: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        values.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    headers = {name: ", ".join(found) for name, found in values.items()}
    prefix = scope.get("root_path", "")
    path = decode_path(scope["raw_path"].removeprefix(prefix.encode()))
    return Request(scope["method"], path, headers, prefix)


def decode_path(raw: bytes) -> str:
    """Percent-decode once; a `%` without two hex digits stands for itself."""
    try:
        path = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise InvalidInput("The path is not UTF-8.") from None
    if "\0" in path:
        raise InvalidInput("The path contains a NUL character.")
    return path


def encode_name(name: str) -> str:
    """A path segment with all but the unreserved characters (RFC 3986) percent-encoded."""
    return name.translate(ENCODED) if name.isascii() else quote(name, safe="", errors="replace")


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None when it has more than `limit` bytes."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if not message.get("more_body", False):
            return bytes(body)
