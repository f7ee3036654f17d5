"""A peer at the end of a line: its rate, its delay, its comings and goings, and what it sent.

The limits are here and not in the seeder, whose own limiter works in ticks of half a second. Little waits
for the line, as on a real one, so that what a client cancels is not sent after all. uTP is refused after one
round trip: a peer that is silent on UDP would cost a client seconds before it tries TCP.
"""

from __future__ import annotations

import asyncio
import math
import socket
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol, cast

from tests.fakes.wire import Block, BlockReader

KIB = 2**10
BLOCK = 16 * KIB
READ_AHEAD = 0.01
SLACK = 0.02
"""Seconds that a line may be late, on a busy machine, and make up for."""
TICK = 1e-9
"""Seconds between two chunks at least: a loop calls what is due at the same time in any order."""
UTP_SYN, UTP_RESET, UTP_HEAD = 0x41, b"\x31\0", 20
"""Type and version of a packet, and the size of its head (BEP 29)."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a peer is like: bytes per second to the client, seconds each way, true or false bytes."""

    rate: float = math.inf
    delay: float = 0.0
    corrupt: bool = False

    @property
    def chunk(self) -> int:
        """Bytes that are sent at a time: at most 20 ms of the line."""
        return int(min(4 * BLOCK, max(KIB, self.rate / 50)))

    @property
    def buffer(self) -> int:
        """Bytes that may wait for the line: about 0.1 s of it, as on a real one."""
        return int(min(64 * KIB, max(8 * KIB, self.rate / 10)))


class Far(Protocol):
    """What is at the other end of a line: a Seeder, or anything else that listens."""

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...


class Peer:
    """A seeder behind its line. `sent` counts the bytes that went towards the client, `blocks` their use."""

    def __init__(self, line: Line, far: Far, host: str) -> None:
        self.line = line
        self.sent = 0
        self.blocks: Counter[Block] = Counter()
        self.away = False
        self._far = far
        self._host = host
        self._port = 0
        self._free_at = 0.0
        self._connections: list[asyncio.Task[None]] = []
        self._links: list[tuple[asyncio.Event, StreamWriter]] = []

    @property
    def address(self) -> str:
        """`host:port`, as magnets and the REST API take it."""
        return f"{self._host}:{self._port}"

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:

            def accept(reader: StreamReader, writer: StreamWriter) -> None:
                if self.away:
                    writer.transport.abort()
                else:
                    self._connections.append(tasks.create_task(self._connect(reader, writer)))

            server = await asyncio.start_server(accept, self._host, 0)
            self._port = server.sockets[0].getsockname()[1]
            utp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: NoUtp(2 * self.line.delay), (self._host, self._port)
            )
            try:
                yield
            finally:
                utp.close()
                server.close()
                self._cut()

    def leave(self) -> None:
        """Cut all connections, and refuse new ones."""
        self.away = True
        self._cut()

    def come_back(self) -> None:
        self.away = False

    def freeze(self) -> None:
        """The seeder's ends of all connections are gone, and the client is not told; new ones work."""
        for alive, far_writer in self._links:
            alive.clear()
            far_writer.transport.abort()

    def _cut(self) -> None:
        for connection in self._connections:
            connection.cancel()
        self._connections.clear()

    async def _connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Join a connection of the client to the seeder until either side ends it."""
        alive = asyncio.Event()
        alive.set()
        with ExitStack() as ends:
            ends.callback(writer.transport.abort)
            await asyncio.sleep(2 * self.line.delay)  # the TCP handshake of a line this long
            far_reader, far_writer = await self._reach_far_end()
            ends.callback(far_writer.transport.abort)
            self._links.append((alive, far_writer))
            count = BlockReader(self.blocks).feed
            async with asyncio.TaskGroup() as ways:
                up = ways.create_task(self._carry(reader, far_writer, self._at_once))
                down = ways.create_task(self._carry(far_reader, writer, self._in_turn, count))
                await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
                up.cancel()
                down.cancel()
            await alive.wait()

    async def _reach_far_end(self) -> tuple[StreamReader, StreamWriter]:
        """Connect with a small buffer, so that what waits for the line can still be cancelled."""
        end = socket.socket()
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.line.buffer)
        await asyncio.get_running_loop().sock_connect(end, (self._far.host, self._far.port))
        return await asyncio.open_connection(sock=end, limit=self.line.buffer)

    async def _carry(
        self,
        source: StreamReader,
        sink: StreamWriter,
        departure: Callable[[int], float],
        look: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        """Carry one direction; `departure` tells when that many bytes have left, `look` sees them."""
        loop = asyncio.get_running_loop()
        leaves = 0.0
        with suppress(OSError):
            while chunk := await source.read(self.line.chunk):
                look(chunk)
                leaves = max(departure(len(chunk)), leaves + TICK)
                loop.call_at(leaves + self.line.delay, _deliver, sink, chunk)
                if leaves > loop.time() + READ_AHEAD:
                    await asyncio.sleep(leaves - loop.time() - READ_AHEAD / 2)
                await sink.drain()

    def _at_once(self, _size: int) -> float:
        return asyncio.get_running_loop().time()

    def _in_turn(self, size: int) -> float:
        """All connections of a peer share its line, one chunk after the other."""
        self.sent += size
        now = asyncio.get_running_loop().time()
        begins = self._free_at if now - self._free_at < SLACK else now
        self._free_at = begins + size / self.line.rate
        return self._free_at


class NoUtp(asyncio.DatagramProtocol):
    """Resets every uTP connection after one round trip."""

    def __init__(self, round_trip: float) -> None:
        self._round_trip = round_trip

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if len(data) >= UTP_HEAD and data[0] == UTP_SYN:
            connection, sent_at, number = data[2:4], data[4:8], data[16:18]
            reset = UTP_RESET + connection + sent_at + bytes(10) + number
            loop = asyncio.get_running_loop()
            loop.call_later(self._round_trip, self._reply, reset, address)

    def _reply(self, packet: bytes, address: tuple[str, int]) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(packet, address)


def _deliver(sink: StreamWriter, chunk: bytes) -> None:
    if not sink.is_closing():
        sink.write(chunk)
