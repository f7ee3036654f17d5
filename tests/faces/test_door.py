from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest

from momoshtrem.faces.brake import FREE, MAX_WAITING, Brake
from momoshtrem.faces.door import BasicAuth
from momoshtrem.folder import Credentials

CREDENTIALS = Credentials("user", "pass:w%C3%B6rd \u00f6", "token-1==")


class Exchange:
    """Requests of one client through the door to an app that answers nothing."""

    def __init__(
        self,
        credentials: Credentials = CREDENTIALS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.sent: list[MutableMapping[str, Any]] = []
        brake = Brake(sleep=sleep)
        self.door = BasicAuth(self._app, credentials, [("dav", "1")], frozenset({"OPTIONS"}), brake)
        self.let_in = False

    async def _app(self, *_: object) -> None:
        self.let_in = True

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)

    async def _receive(self) -> MutableMapping[str, Any]:
        raise AssertionError("the door reads no body")

    async def ask(self, authorization: bytes | None = None, method: str = "GET", kind: str = "http") -> bool:
        headers = [] if authorization is None else [(b"authorization", authorization)]
        scope = {"type": kind, "method": method, "headers": headers, "client": ("192.0.2.7", 1)}
        self.let_in = False
        await self.door(scope, self._receive, self._send)
        return self.let_in

    @property
    def statuses(self) -> list[int]:
        return [message["status"] for message in self.sent if "status" in message]


def basic(text: str, encoding: str = "utf-8") -> bytes:
    return b"Basic " + base64.b64encode(text.encode(encoding))


RIGHT = basic("user:pass:w%C3%B6rd \u00f6")
WRONG = basic("user:guess")


@pytest.mark.parametrize(
    "header",
    [
        RIGHT,
        basic("user:pass:w%C3%B6rd \u00f6", "latin-1"),
        basic("user:pass:w%C3%B6rd o\u0308"),
        RIGHT.replace(b"Basic", b"basic"),
        RIGHT.rstrip(b"="),
        b"Bearer token-1==",
        b"bearer  token-1== ",
    ],
)
async def test_right_credentials(header: bytes) -> None:
    assert await Exchange().ask(header)


NOT_TRIED = [None, b"", b"Basic", b"Basic ", b"Basic ==", b"Bearer ", b"Digest token-1", b"Negotiate YII="]
TRIED = [
    b"Bearer token-2",
    b"Basic \xff\xfe",
    basic("user:"),
    basic("user:pass"),
    basic("User:pass:w%C3%B6rd \u00f6"),
    basic("user:pass:w\u00f6rd \u00f6"),
    basic("user:token-1=="),
]


@pytest.mark.parametrize("header", [*NOT_TRIED, *TRIED])
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


class TestBraking:
    async def test_a_player_that_asks_twice_never_waits(self) -> None:
        exchange = Exchange(sleep=never)
        for header in NOT_TRIED * (FREE + 1):
            assert not await exchange.ask(header)
            assert await exchange.ask(RIGHT)

    async def test_wrong_tries_wait_and_right_ones_beside_them_do_not(self) -> None:
        gate = asyncio.Event()

        async def sleep(_: float) -> None:
            await gate.wait()

        exchange = Exchange(sleep=sleep)
        assert await exchange.ask(RIGHT)
        for _ in range(FREE):
            assert not await exchange.ask(WRONG)
        async with asyncio.TaskGroup() as tasks:
            held = tasks.create_task(exchange.ask(WRONG))
            await asyncio.sleep(0)
            assert await exchange.ask(RIGHT)
            assert not await exchange.ask(None)
            assert exchange.statuses == [401] * (FREE + 1)
            gate.set()
        assert not held.result()
        assert exchange.statuses == [401] * (FREE + 2)

    @pytest.mark.parametrize("header", [RIGHT, WRONG])
    async def test_too_many_at_a_time_are_sent_away_right_or_wrong(self, header: bytes) -> None:
        exchange = Exchange(sleep=never)
        for _ in range(FREE):
            await exchange.ask(WRONG)
        async with asyncio.TaskGroup() as tasks:
            held = [tasks.create_task(exchange.ask(WRONG)) for _ in range(MAX_WAITING)]
            await asyncio.sleep(0)
            exchange.sent.clear()
            assert not await exchange.ask(header)
            for task in held:
                task.cancel()
        start, body = exchange.sent
        headers = dict(start["headers"])
        assert start["status"] == 429
        assert headers[b"connection"] == b"close"
        assert headers[b"retry-after"].isdigit()
        assert b"www-authenticate" not in headers
        assert json.loads(body["body"])["error"]["code"] == "too_many_tries"


async def never(_: float) -> None:
    await asyncio.Event().wait()
