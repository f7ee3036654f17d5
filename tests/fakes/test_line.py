"""A line can be late on a busy machine, never early: only that is tested."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.fakes.line import KIB, SLACK, Line, Peer

HOST = "127.77.254.1"
SIZE = 200 * KIB


@dataclass(frozen=True, slots=True)
class Far:
    host: str
    port: int


@asynccontextmanager
async def open_peer(line: Line) -> AsyncIterator[Peer]:
    """A peer whose far end answers anything with `SIZE` bytes."""

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1):
            writer.write(bytes(SIZE))
            await reader.read()
        writer.close()

    server = await asyncio.start_server(send, "127.0.0.1", 0)
    async with server:
        peer = Peer(line, Far(*server.sockets[0].getsockname()), HOST)
        async with peer.listen():
            yield peer


async def connect(peer: Peer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = peer.address.split(":")
    return await asyncio.open_connection(host, int(port))


async def test_bytes_come_no_faster_than_the_rate_and_no_sooner_than_the_delay() -> None:
    line = Line(rate=1e6, delay=0.05)
    clock = asyncio.get_running_loop().time
    async with open_peer(line) as peer:
        asked_at = clock()
        reader, writer = await connect(peer)
        writer.write(b"?")
        await reader.readexactly(1)
        first = clock() - asked_at
        await reader.readexactly(SIZE - 1)
        last = clock() - asked_at
        writer.close()

    assert peer.sent == SIZE
    assert first >= 4 * line.delay
    assert last >= 4 * line.delay + SIZE / line.rate - SLACK


async def test_a_peer_that_left_cuts_and_refuses_until_it_comes_back() -> None:
    async with open_peer(Line()) as peer:
        reader, writer = await connect(peer)
        writer.write(b"?")
        await reader.readexactly(SIZE)

        peer.leave()
        assert await reader.read() == b""
        refused, second = await connect(peer)
        assert await refused.read() == b""

        peer.come_back()
        reader, third = await connect(peer)
        third.write(b"?")
        assert len(await reader.readexactly(SIZE)) == SIZE
        for each in (writer, second, third):
            each.close()


async def test_a_connection_over_utp_is_reset() -> None:
    answers: asyncio.Queue[bytes] = asyncio.Queue()

    class Client(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
            answers.put_nowait(data)

    loop = asyncio.get_running_loop()
    async with open_peer(Line()) as peer:
        host, port = peer.address.split(":")
        client, _ = await loop.create_datagram_endpoint(Client, remote_addr=(host, int(port)))
        client.sendto(b"\x41\0" + b"ID" + bytes(12) + b"NR" + bytes(2))
        answer = await answers.get()
        client.close()

    assert (answer[0], answer[2:4], answer[-2:]) == (0x31, b"ID", b"NR")


def test_a_line_holds_little_of_what_it_sends() -> None:
    assert Line(rate=50e3).chunk == KIB
    assert Line(rate=50e3).buffer < Line(rate=8e6).buffer == 64 * KIB
