from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from momoshtrem.faces import protocol
from momoshtrem.faces.http import App, Receive, Scope, Send
from momoshtrem.faces.protocol import LimitedProtocol
from momoshtrem.faces.server import bind, make_server

MIB = 2**20
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
LIMIT = 30.0


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with bind("127.0.0.1", 0, "api") as bound:
        yield bound


@contextlib.asynccontextmanager
async def connected(
    listener: socket.socket, face: App, stall_limit: float = math.inf
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that runs the face."""
    server = make_server(face, stall_limit)
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(LIMIT):
        tasks.create_task(server.serve([listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        try:
            yield reader, writer
        finally:
            writer.close()
            server.stop()


async def nothing(_: Scope, __: Receive, send: Send) -> None:
    """Answers everything with 204."""
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: here\r\n"])
async def test_a_client_that_never_asks_is_let_go(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(protocol, "HEAD_LIMIT", 0.01)
    async with connected(listener, nothing) as (reader, writer):
        writer.write(sent)
        assert await reader.read() == b""


async def test_a_later_request_has_no_more_time(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_LIMIT", 0.01)
    async with connected(listener, nothing) as (reader, writer):
        writer.write(REQUEST + b"GET / HTTP")
        assert (await reader.read()).startswith(b"HTTP/1.1 204")


@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\nX: y\r\n"])
async def test_a_head_has_an_end(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    begun, begin = asyncio.Event(), LimitedProtocol.on_message_begin

    def noted(self: LimitedProtocol) -> None:
        begin(self)
        begun.set()

    monkeypatch.setattr(LimitedProtocol, "on_message_begin", noted)
    monkeypatch.setattr(protocol, "HEAD_SIZE", 9)
    async with connected(listener, nothing) as (reader, writer):
        writer.write(start)
        await begun.wait()
        writer.write(b"a" * 10)
        assert (await reader.read()).startswith(b"HTTP/1.1 400")


async def test_a_body_is_no_head(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SIZE", 9)
    async with connected(listener, nothing) as (reader, writer):
        for _ in range(2):
            writer.write(b"PUT / HTTP/1.1\r\nHost: here\r\nContent-Length: 500000\r\n\r\n" + bytes(500_000))
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")


async def test_a_body_that_does_not_come_is_not_waited_for(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "BODY_LIMIT", 0.01)
    gone = asyncio.Event()

    async def read(_: Scope, receive: Receive, __: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()

    async with connected(listener, read) as (reader, writer):
        writer.write(b"PUT / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nbody")
        assert await reader.read() == b""
        await gone.wait()


async def test_blank_lines_are_no_request(listener: socket.socket) -> None:
    protocols: list[LimitedProtocol] = []
    blanks = asyncio.Event()
    take = LimitedProtocol.data_received

    def noted(self: LimitedProtocol, data: bytes) -> None:
        take(self, data)
        protocols.append(self)
        blanks.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LimitedProtocol, "data_received", noted)
        async with connected(listener, nothing) as (reader, writer):
            writer.write(REQUEST)
            await reader.readuntil(b"\r\n\r\n")
            blanks.clear()
            writer.write(b"\r\n")
            await blanks.wait()
            assert protocols[-1].timeout_keep_alive_task
            writer.write(b"\r\n\r\n" + REQUEST)
            assert (await reader.readline()).startswith(b"HTTP/1.1 204")


async def test_who_waits_to_be_asked_for_a_body_asks_nothing_more(listener: socket.socket) -> None:
    async with connected(listener, nothing) as (reader, writer):
        writer.write(b"PUT / HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n")
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 204")
    assert b"connection: close\r\n" in answer


@pytest.mark.parametrize("then", [b"\0", REQUEST + b"\0"])
async def test_no_other_answer_comes_into_the_midst_of_one(listener: socket.socket, then: bytes) -> None:
    film = Film()
    async with connected(listener, film) as (reader, writer):
        writer.write(REQUEST)
        await film.paused.wait()
        writer.write(then)
        await reader.readuntil(b"\r\n\r\n")
        assert not (await reader.read()).strip(b"\0")


async def test_one_that_asked_stays(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[asyncio.TimerHandle] = []
    ask = LimitedProtocol.on_message_complete

    def noted(self: LimitedProtocol) -> None:
        ask(self)
        timers.append(self.arrival_timer)

    monkeypatch.setattr(LimitedProtocol, "on_message_complete", noted)
    async with connected(listener, nothing) as (reader, writer):
        writer.write(REQUEST)
        assert await reader.readline() == b"HTTP/1.1 204 No Content\r\n"
    assert [timer.cancelled() for timer in timers] == [True]


class Film:
    """Sends `size` bytes, more than the system holds for a client; `gone` is set when the client is."""

    def __init__(self, size: int = 64 * MIB) -> None:
        self.size = size
        self.paused = asyncio.Event()
        self.gone = asyncio.Event()

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        length = (b"content-length", str(self.size).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": bytes(self.size), "more_body": True})
        self.paused.set()
        await send({"type": "http.response.body"})
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone.set()


async def test_a_client_that_takes_nothing_is_dropped(
    listener: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    film = Film()
    async with connected(listener, film, stall_limit=0.01) as (_, writer):
        writer.write(REQUEST)
        await film.gone.wait()
    assert "took nothing for 0 s" in caplog.text


async def test_one_that_pauses_and_reads_on_stays(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers: list[asyncio.TimerHandle | None] = []
    pause = LimitedProtocol.pause_writing

    def noted(self: LimitedProtocol) -> None:
        pause(self)
        timers.append(self.stall_timer)

    monkeypatch.setattr(LimitedProtocol, "pause_writing", noted)
    film = Film()
    async with connected(listener, film, stall_limit=3600) as (reader, writer):
        writer.write(REQUEST)
        await film.paused.wait()
        await reader.readuntil(b"\r\n\r\n")
        assert len(await reader.readexactly(film.size)) == film.size
    assert timers
    assert all(timer and timer.cancelled() for timer in timers)
