from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from momoshtrem import app
from momoshtrem.app import Server, address, announce, bind, make_server, raise_file_limit
from momoshtrem.errors import StartFailed
from momoshtrem.faces.http import Send
from momoshtrem.folder import Credentials

LOOPBACK = "127.0.0.1"
needs_ipv6 = pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="IPv6 is off on this machine")
CREDENTIALS = Credentials("user", "hunter2", "token")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with bind(LOOPBACK, 0, "api") as bound:
        yield bound


class TestBind:
    @pytest.mark.parametrize("host", [LOOPBACK, pytest.param("::1", marks=needs_ipv6), "localhost"])
    def test_it_listens(self, host: str) -> None:
        with contextlib.closing(bind(host, 0, "api")) as bound:
            socket.create_connection(bound.getsockname()[:2], timeout=10).close()

    def test_small_answers_are_sent_at_once(self, listener: socket.socket) -> None:
        """asyncio turns Nagle's delay off only for sockets that name TCP as their protocol."""
        assert listener.proto == socket.IPPROTO_TCP

    def test_a_port_in_use_names_the_setting(self, listener: socket.socket) -> None:
        port = listener.getsockname()[1]
        with pytest.raises(StartFailed, match=rf"Port {port} is in use.*webdav\.port"):
            bind(LOOPBACK, port, "webdav")

    @pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
    def test_an_address_that_is_not_ours_names_the_settings(self, host: str) -> None:
        with pytest.raises(StartFailed, match=rf"{host}:4444 cannot be used.*api\.host"):
            bind(host, 4444, "api")


def test_a_server_leaves_the_signals_to_the_program() -> None:
    async def face(*_: object) -> None: ...

    server = make_server(face)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with server.capture_signals():
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert isinstance(server, Server)


def test_a_server_says_nothing_of_itself_and_stops_soon() -> None:
    async def face(*_: object) -> None: ...

    config = make_server(face).config
    assert not config.server_header
    assert config.timeout_graceful_shutdown is not None
    assert config.timeout_graceful_shutdown < 5


class TestFileLimit:
    @pytest.mark.parametrize(
        ("soft", "hard", "wanted"),
        [
            (1024, 4096, 4096),
            (1024, 2**20, app.FILE_LIMIT),
            (1024, resource.RLIM_INFINITY, app.FILE_LIMIT),
            (2**20, 2**20, None),
            (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None),
        ],
    )
    def test_it_is_raised_as_far_as_it_may_be(
        self, monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, wanted: int | None
    ) -> None:
        raised: list[tuple[int, int]] = []
        monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
        monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
        raise_file_limit()
        assert raised == ([(wanted, hard)] if wanted else [])


class TestHeadLimit:
    @pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: here\r\n"])
    async def test_a_client_that_never_asks_is_let_go(
        self, listener: socket.socket, monkeypatch: pytest.MonkeyPatch, sent: bytes
    ) -> None:
        monkeypatch.setattr(app, "HEAD_LIMIT", 0.01)
        async with connected(listener) as (reader, writer):
            writer.write(sent)
            assert await reader.read() == b""

    async def test_one_that_asked_stays(
        self, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        timers: list[asyncio.TimerHandle] = []

        class Protocol(app.HeadLimitedProtocol):
            def on_headers_complete(self) -> None:
                super().on_headers_complete()
                timers.append(self.head_timer)

        monkeypatch.setattr(app, "HeadLimitedProtocol", Protocol)
        async with connected(listener) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            assert await reader.readline() == b"HTTP/1.1 204 No Content\r\n"
        assert [timer.cancelled() for timer in timers] == [True]


@contextlib.asynccontextmanager
async def connected(
    listener: socket.socket,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that answers everything with 204."""

    async def face(_: object, __: object, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    server = make_server(face)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve([listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname()[:2])
        try:
            yield reader, writer
        finally:
            writer.close()
            server.should_exit = True


class TestAnnounce:
    def test_a_password_is_said_when_it_was_just_made(
        self, listener: socket.socket, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO")
        announce(listener, listener, CREDENTIALS, made=True)
        assert "user with the password hunter2" in capsys.readouterr().out
        assert "hunter2" not in caplog.text
        assert f"http://{address(listener)}/api/docs" in caplog.text

    def test_one_that_is_known_is_not_said(
        self, listener: socket.socket, capsys: pytest.CaptureFixture[str]
    ) -> None:
        announce(listener, listener, CREDENTIALS, made=False)
        assert capsys.readouterr().out == ""


def test_an_address_is_written_as_in_a_url(listener: socket.socket) -> None:
    assert address(listener) == f"{LOOPBACK}:{listener.getsockname()[1]}"


@needs_ipv6
def test_an_ipv6_address_is_written_in_brackets() -> None:
    with bind("::1", 0, "api") as bound:
        assert address(bound) == f"[::1]:{bound.getsockname()[1]}"
