"""What both faces share: ASGI types, a whole response, the table error -> status."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from momoshtrem import errors

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[str, str]]

STATUS: dict[type[errors.MomoshtremError], int] = {
    errors.InvalidInput: 400,
    errors.InvalidTorrent: 422,
    errors.InvalidRange: 416,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.NoMatch: 422,
    errors.Unavailable: 503,
    errors.NotConfigured: 409,
    errors.ServiceRefused: 502,
    errors.StorageFailed: 507,
}
INTERNAL = "Something went wrong inside the server; its log says what."


def http_status(error: Exception) -> int:
    """The status of the error's nearest class in the table; 500 for everything else."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def error_headers(error: Exception) -> list[tuple[str, str]]:
    """`Retry-After` for what may work later."""
    if isinstance(error, errors.Unavailable):
        return [("retry-after", str(error.retry_after))]
    return []


def error_message(error: Exception) -> str:
    """The sentence for the user; an unexpected error tells nothing of itself."""
    return str(error) if isinstance(error, errors.MomoshtremError) else INTERNAL


def error_body(error: Exception) -> dict[str, dict[str, str]]:
    """The error as the REST contract has it."""
    code = error.code if isinstance(error, errors.MomoshtremError) else "internal"
    return {"error": {"code": code, "message": error_message(error)}}


def response_start(status: int, headers: Headers) -> Message:
    """The ASGI message that starts a response."""
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return {"type": "http.response.start", "status": status, "headers": raw}


async def respond(send: Send, status: int, headers: Headers = (), body: bytes = b"") -> None:
    """Send a whole response; its Content-Length is added."""
    await send(response_start(status, [*headers, ("content-length", str(len(body)))]))
    await send({"type": "http.response.body", "body": body})


async def respond_without_body(send: Send, status: int, headers: Headers) -> None:
    """Send only a head: to HEAD, of an empty file, or a 304."""
    await send(response_start(status, headers))
    await send({"type": "http.response.body"})
