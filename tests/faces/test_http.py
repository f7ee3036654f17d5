from __future__ import annotations

import base64
import json
from collections.abc import MutableMapping
from typing import Any

import pytest

from momoshtrem import errors
from momoshtrem.faces.http import BasicAuth, error_body, error_headers, http_status, respond
from momoshtrem.folder import Credentials

CREDENTIALS = Credentials("user", "pass:w%C3%B6rd \u00f6", "token-1==")


class Exchange:
    """One request through the door to an app that answers 204."""

    def __init__(self, credentials: Credentials = CREDENTIALS) -> None:
        self.sent: list[MutableMapping[str, Any]] = []
        self.door = BasicAuth(self._app, credentials, [("dav", "1")], frozenset({"OPTIONS"}))
        self.let_in = False

    async def _app(self, *_: object) -> None:
        self.let_in = True

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)

    async def _receive(self) -> MutableMapping[str, Any]:
        raise AssertionError("the door reads no body")

    async def ask(self, authorization: bytes | None = None, method: str = "GET", kind: str = "http") -> bool:
        headers = [] if authorization is None else [(b"authorization", authorization)]
        self.let_in = False
        await self.door({"type": kind, "method": method, "headers": headers}, self._receive, self._send)
        return self.let_in


def basic(text: str, encoding: str = "utf-8") -> bytes:
    return b"Basic " + base64.b64encode(text.encode(encoding))


@pytest.mark.parametrize(
    "header",
    [
        basic("user:pass:w%C3%B6rd \u00f6"),
        basic("user:pass:w%C3%B6rd \u00f6", "latin-1"),
        basic("user:pass:w%C3%B6rd o\u0308"),
        basic("user:pass:w%C3%B6rd \u00f6").replace(b"Basic", b"basic"),
        basic("user:pass:w%C3%B6rd \u00f6").rstrip(b"="),
        b"Bearer token-1==",
        b"bearer  token-1== ",
    ],
)
async def test_right_credentials(header: bytes) -> None:
    assert await Exchange().ask(header)


@pytest.mark.parametrize(
    "header",
    [
        None,
        b"",
        b"Basic",
        b"Basic ",
        b"Bearer ",
        b"Bearer token-2",
        b"Digest token-1",
        b"Basic \xff\xfe",
        basic("user:"),
        basic("user:pass"),
        basic("User:pass:w%C3%B6rd \u00f6"),
        basic("user:pass:w\u00f6rd \u00f6"),
        basic("user:token-1=="),
    ],
)
async def test_wrong_credentials(header: bytes | None) -> None:
    exchange = Exchange()
    assert not await exchange.ask(header)
    start, body = exchange.sent
    headers = dict(start["headers"])
    assert start["status"] == 401
    assert headers[b"www-authenticate"] == b'Basic realm="momoshtrem", charset="UTF-8"'
    assert headers[b"content-length"] == str(len(body["body"])).encode()
    assert headers[b"dav"] == b"1"
    assert b"connection" not in headers
    assert json.loads(body["body"])["error"]["code"] == "unauthorized"


async def test_password_beyond_latin_1() -> None:
    exchange = Exchange(Credentials("user", "\u5343", ""))
    assert await exchange.ask(basic("user:\u5343"))
    assert not await exchange.ask(basic("user:"))


async def test_empty_secrets_open_nothing() -> None:
    exchange = Exchange(Credentials("user", "", ""))
    assert not await exchange.ask(basic("user:"))
    assert not await exchange.ask(b"Bearer ")


async def test_what_is_open() -> None:
    exchange = Exchange()
    assert await exchange.ask(method="OPTIONS")
    assert await exchange.ask(kind="lifespan", method="")
    assert not await exchange.ask(kind="websocket", method="")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidInput("x"), 400, "invalid_input"),
        (errors.InvalidTorrent("x"), 422, "invalid_torrent"),
        (errors.InvalidRange("x"), 416, "invalid_range"),
        (errors.NotFound("x"), 404, "not_found"),
        (errors.Conflict("x"), 409, "conflict"),
        (errors.NoMatch("x"), 422, "no_match"),
        (errors.NoData("x"), 503, "no_data"),
        (errors.ServiceDown("x"), 503, "service_down"),
        (errors.NotConfigured("x"), 409, "not_configured"),
        (errors.ServiceRefused("x"), 502, "service_refused"),
        (errors.StorageFailed("x"), 507, "storage_failed"),
        (errors.StartFailed("x"), 500, "start_failed"),
    ],
)
def test_error_table(error: errors.MomoshtremError, status: int, code: str) -> None:
    assert http_status(error) == status
    assert error_body(error) == {"error": {"code": code, "message": "x"}}


def test_unexpected_error_tells_nothing() -> None:
    assert http_status(KeyError("secret")) == 500
    assert error_body(KeyError("secret"))["error"]["code"] == "internal"
    assert "secret" not in json.dumps(error_body(KeyError("secret")))


def test_what_may_work_later_says_when() -> None:
    assert error_headers(errors.NoData("x", retry_after=7)) == [("retry-after", "7")]
    assert error_headers(errors.NotFound("x")) == []


async def test_response_has_its_length() -> None:
    exchange = Exchange()
    await respond(exchange._send, 200, [("x-a", "b")], b"abc")
    start, body = exchange.sent
    assert start["headers"] == [(b"x-a", b"b"), (b"content-length", b"3")]
    assert body["body"] == b"abc"
