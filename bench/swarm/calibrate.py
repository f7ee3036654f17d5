"""Whether the lines are what they say on this machine now: a plain fetch over one of them."""

from __future__ import annotations

import asyncio
import socket
import time
from concurrent.futures import Executor
from dataclasses import dataclass

from bench.report import Goal, Row
from tests.fakes.line import Line, Peer

LINE = Line(rate=8e6, delay=0.015)
SIZE = 24_000_000
CHUNK = 2**16
TIMEOUT = 10.0
GOAL = Goal(0.98, at_least=True)


@dataclass(frozen=True, slots=True)
class Source:
    """The far end of a line."""

    host: str
    port: int


async def check_line(player: Executor) -> Row:
    """The share of a line's rate that a plain fetch gets."""
    server = await asyncio.start_server(_send, "127.0.0.1", 0)
    async with server:
        peer = Peer(LINE, Source(*server.sockets[0].getsockname()), "127.77.255.1")
        async with peer.listen():
            host, port = peer.address.split(":")
            rate = await asyncio.get_running_loop().run_in_executor(player, fetch, host, int(port))
    ratio = rate / LINE.rate
    ours, reference = (f"{each / 1e6:.2f} MB/s" for each in (rate, LINE.rate))
    return Row("a plain fetch over a line", ours, reference, f"{ratio:.3f}", GOAL.judge(ratio))


async def _send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send it all to whoever says something."""
    await reader.readexactly(1)
    for _ in range(0, SIZE, CHUNK):
        writer.write(bytes(CHUNK))
        await writer.drain()
    await reader.read()
    writer.close()


def fetch(host: str, port: int) -> float:
    """Bytes per second after the first of them."""
    with socket.create_connection((host, port), TIMEOUT) as connection:
        connection.sendall(b"?")
        connection.recv(CHUNK)
        begun, got = time.perf_counter(), 0
        while got < SIZE - CHUNK:
            got += len(connection.recv(CHUNK))
        return got / (time.perf_counter() - begun)
