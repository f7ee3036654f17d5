from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.fakes.networks import Network, needs_networks

pytestmark = needs_networks()


@asynccontextmanager
async def open_greeter(host: str) -> AsyncIterator[int]:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    server = await asyncio.start_server(greet, host, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def fetch(host: str, port: int) -> bytes:
    with socket.create_connection((host, port), timeout=10) as end:
        return end.recv(5)


def list_names() -> set[str]:
    return {name for _, name in socket.if_nameindex()}


def test_two_networks_are_joined_by_a_wire_and_by_nothing_else() -> None:
    with Network() as here, Network() as far:
        here.link(far, "tun0", "10.94.1")
        assert (here.run(list_names), "tun0" in list_names()) == ({"lo", "tun0"}, False)
        with far.hold(open_greeter("10.94.1.2")) as port, here.listen("tun0") as packets:
            assert here.run(fetch, "10.94.1.2", port) == b"hello"
            assert set(packets.list_sent()) == {"tcp 10.94.1.2"}
            here.ip("link", "del", "tun0")
            with pytest.raises(OSError, match="unreachable"):
                here.run(fetch, "10.94.1.2", port)


def test_what_cannot_be_entered_says_so() -> None:
    with Network() as here, pytest.raises(OSError, match="assign"):  # noqa: SIM117
        with here.hold(open_greeter("192.0.2.1")):
            pass
