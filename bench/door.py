"""How many requests without credentials are refused in a second: some players make one before each other."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from socket import create_connection, socket
from statistics import median
from time import perf_counter

from bench.films import site_of
from bench.report import Goal, Row
from momoshtrem.spawn import SpawnedServer

CROWDS = {"401 on one connection": 1, "401 on 8 connections": 8}
REQUESTS = 4_000
ROUNDS = 5
END = b"}}"
"""What the JSON of a refusal ends with."""
GOAL = Goal(3_000, at_least=True, unit=" /s")


async def run(work: Path) -> list[Row]:
    async with SpawnedServer(work / "server") as server:
        address = site_of(server).address
        return [await _measure(what, address, connections) for what, connections in CROWDS.items()]


async def _measure(what: str, address: str, connections: int) -> Row:
    rate = median([await asyncio.to_thread(_rate, address, connections) for _ in range(ROUNDS)])
    return Row(what, f"{rate:,.0f} /s", goal=GOAL.judge(rate))


def _rate(address: str, connections: int) -> float:
    """Refusals per second; each connection waits for its answer before it asks again."""
    host, port = address.rsplit(":", 1)
    request = f"PROPFIND / HTTP/1.1\r\nHost: {address}\r\nDepth: 1\r\n\r\n".encode()
    with ExitStack() as stack:
        opened = [stack.enter_context(create_connection((host, int(port)))) for _ in range(connections)]
        started = perf_counter()
        for _ in range(REQUESTS // connections):
            for connection in opened:
                connection.sendall(request)
            for connection in opened:
                _read_refusal(connection)
        return REQUESTS / (perf_counter() - started)


def _read_refusal(connection: socket) -> None:
    answer = connection.recv(4096)
    while not answer.endswith(END):
        answer += connection.recv(4096)
    if not answer.startswith(b"HTTP/1.1 401"):
        raise RuntimeError(f"not refused: {answer!r}")
