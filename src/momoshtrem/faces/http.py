"""What both faces share: ASGI types, a whole response, the table error -> status, and the door."""

from __future__ import annotations

import base64
import hmac
import json
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any, Final, Literal

from momoshtrem import errors
from momoshtrem.folder import Credentials

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
UNAUTHORIZED = json.dumps(
    {"error": {"code": "unauthorized", "message": "Sign in with the username and password."}}
).encode()
FORMS: Final[tuple[tuple[Literal["NFC", "NFD"], str], ...]] = (
    ("NFC", "utf-8"),
    ("NFD", "utf-8"),
    ("NFC", "latin-1"),
)
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


class BasicAuth:
    """Lets requests with the right `Authorization` through (RFC 7617, RFC 6750), answers 401 to others.

    Players ask without credentials first, some of them for each request, so a 401 costs nothing and keeps
    the connection: the values to compare with are made once. `challenge_headers` go with each 401, and
    `open_methods` need no credentials.
    """

    def __init__(
        self,
        app: App,
        credentials: Credentials,
        challenge_headers: Headers = (),
        open_methods: frozenset[str] = frozenset(),
    ) -> None:
        self._app = app
        self._accepted = accepted_values(credentials)
        self._open_methods = open_methods
        self._challenge = [
            ("www-authenticate", 'Basic realm="momoshtrem", charset="UTF-8"'),
            ("content-type", "application/json"),
            *challenge_headers,
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_open(scope) or self._is_accepted(scope):
            await self._app(scope, receive, send)
        else:
            await respond(send, 401, self._challenge, UNAUTHORIZED)

    def _is_open(self, scope: Scope) -> bool:
        return scope["type"] == "lifespan" or scope.get("method") in self._open_methods

    def _is_accepted(self, scope: Scope) -> bool:
        header = dict(scope["headers"]).get(b"authorization", b"")
        scheme, _, value = header.partition(b" ")
        given = scheme.lower() + b" " + value.strip().rstrip(b"=")
        return any(hmac.compare_digest(given, accepted) for accepted in self._accepted)


def accepted_values(credentials: Credentials) -> frozenset[bytes]:
    """Each `Authorization` value that is right, without base64 padding; an empty secret opens nothing.

    UTF-8 in NFC is what RFC 7617 asks for; some clients send what was typed, NFD or Latin-1.
    """
    values = set()
    if credentials.token:
        values.add(b"bearer " + credentials.token.encode().rstrip(b"="))
    if credentials.password:
        plain = f"{credentials.username}:{credentials.password}"
        for form, encoding in FORMS:
            with suppress(UnicodeEncodeError):
                sent = unicodedata.normalize(form, plain).encode(encoding)
                values.add(b"basic " + base64.b64encode(sent).rstrip(b"="))
    return frozenset(values)
