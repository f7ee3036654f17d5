from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from momoshtrem.errors import StartFailed
from momoshtrem.faces.http import Receive, Scope, Send
from momoshtrem.faces.server import Server, address, bind, make_server

LOOPBACK = "127.0.0.1"
needs_ipv6 = pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="IPv6 is off on this machine")


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


async def test_a_server_dates_its_answers_until_it_is_stopped(listener: socket.socket) -> None:
    async def face(_scope: Scope, _receive: Receive, _send: Send) -> None: ...

    server = make_server(face)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve([listener]))
        while not server.server_state.default_headers:
            await asyncio.sleep(0)
        server.stop()
    assert [name for name, _ in server.server_state.default_headers] == [b"date"]


def test_an_address_is_written_as_in_a_url(listener: socket.socket) -> None:
    assert address(listener) == f"{LOOPBACK}:{listener.getsockname()[1]}"


@needs_ipv6
def test_an_ipv6_address_is_written_in_brackets() -> None:
    with bind("::1", 0, "api") as bound:
        assert address(bound) == f"[::1]:{bound.getsockname()[1]}"
