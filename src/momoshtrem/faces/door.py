"""The door of both faces: who has the credentials is let in."""

from __future__ import annotations

import base64
import hmac
import json
import unicodedata
from contextlib import suppress
from typing import Final, Literal

from momoshtrem.faces.brake import MAX_DELAY, Brake
from momoshtrem.faces.http import App, Headers, Receive, Scope, Send, respond
from momoshtrem.folder import Credentials

CHALLENGE = ("www-authenticate", 'Basic realm="momoshtrem", charset="UTF-8"')
JSON = ("content-type", "application/json")
UNAUTHORIZED = json.dumps(
    {"error": {"code": "unauthorized", "message": "Sign in with the username and password."}}
).encode()
TOO_MANY = json.dumps(
    {"error": {"code": "too_many_tries", "message": "Too many wrong passwords; try again in a while."}}
).encode()
FORMS: Final[tuple[tuple[Literal["NFC", "NFD"], str], ...]] = (
    ("NFC", "utf-8"),
    ("NFD", "utf-8"),
    ("NFC", "latin-1"),
)


class BasicAuth:
    """Lets requests with the right `Authorization` through (RFC 7617, RFC 6750), answers 401 to others.

    Players ask without credentials first, some of them for each request, so such a 401 costs nothing, is no
    wrong try, and keeps the connection: the values to compare with are made once. Those who guess are braked.
    `challenge_headers` go with each 401, and `open_methods` need no credentials.
    """

    def __init__(
        self,
        app: App,
        credentials: Credentials,
        challenge_headers: Headers = (),
        open_methods: frozenset[str] = frozenset(),
        brake: Brake | None = None,
    ) -> None:
        self._app = app
        self._accepted = accepted_values(credentials)
        self._open_methods = open_methods
        self._challenge = [CHALLENGE, JSON, *challenge_headers]
        self._brake = brake or Brake()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_open(scope):
            await self._app(scope, receive, send)
            return
        given = read_credentials(scope)
        right = self._is_accepted(given)
        host, _ = scope.get("client") or ("", 0)
        if given and not await self._brake.hold(host, right=right):
            headers = [JSON, ("retry-after", f"{MAX_DELAY:.0f}"), ("connection", "close")]
            await respond(send, 429, headers, TOO_MANY)
        elif right:
            await self._app(scope, receive, send)
        else:
            await respond(send, 401, self._challenge, UNAUTHORIZED)

    def _is_open(self, scope: Scope) -> bool:
        return scope["type"] == "lifespan" or scope.get("method") in self._open_methods

    def _is_accepted(self, given: bytes) -> bool:
        return any(hmac.compare_digest(given, accepted) for accepted in self._accepted)


def read_credentials(scope: Scope) -> bytes:
    """The `Authorization` as it is compared, without base64 padding; empty if it tries no secret."""
    header = dict(scope.get("headers", ())).get(b"authorization", b"")
    scheme, _, value = header.partition(b" ")
    scheme, value = scheme.lower(), value.strip().rstrip(b"=")
    return scheme + b" " + value if value and scheme in (b"basic", b"bearer") else b""


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
