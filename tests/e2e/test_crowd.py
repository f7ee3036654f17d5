"""Many connections to one server, most of which do nothing: players keep them open for hours."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from momoshtrem.spawn import SpawnedServer
from tests.e2e.conftest import StartServer
from tests.e2e.user import MOVIE_PATH, User
from tests.fakes.swarm import make_source, open_swarm

KIB, MIB = 2**10, 2**20
SIZE = 12 * MIB
IDLE, PAUSED, PLAYING = 230, 64, 8
MAX_BYTES_EACH = 1_000_000


def connect(server: SpawnedServer, request: str) -> socket.socket:
    """Send one request. The small window keeps what the kernel would take for a player that takes nothing."""
    token = base64.b64encode(":".join(server.auth).encode()).decode()
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KIB)
    connection.connect(("127.0.0.1", urlsplit(server.webdav_url).port))
    connection.sendall(f"{request} HTTP/1.1\r\nHost: here\r\nAuthorization: Basic {token}\r\n\r\n".encode())
    return connection


def open_all(stack: ExitStack, server: SpawnedServer, request: str, count: int) -> list[socket.socket]:
    return [stack.enter_context(connect(server, request)) for _ in range(count)]


def read_heads(connections: Sequence[socket.socket]) -> set[bytes]:
    return {connection.recv(12) for connection in connections}


def memory(server: SpawnedServer) -> int:
    """Bytes of the process's own memory."""
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * KIB for line in lines if line.startswith("RssAnon:"))


def count_files(server: SpawnedServer) -> int:
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))


async def until_readers(user: User, info_hash: str, count: int) -> None:
    async with asyncio.timeout(30):
        while len((await user.ask("GET", f"/torrents/{info_hash}"))["readers"]) != count:
            await asyncio.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc of Linux")
async def test_three_hundred_connections(start_server: StartServer, tmp_path: Path) -> None:
    source = make_source(tmp_path / "The.Film.2020.mkv", SIZE)
    user = await start_server()
    film = f"GET {quote(MOVIE_PATH)}"
    async with open_swarm(source, piece_length=256 * KIB) as swarm:
        await user.assign(f"movies/{await user.add_movie()}", swarm.magnet)
        assert (await user.read()).content == source.read_bytes()
    files, before = count_files(user.server), memory(user.server)
    with ExitStack() as stack:
        idle = open_all(stack, user.server, "OPTIONS /", IDLE)
        paused = open_all(stack, user.server, film, PAUSED)
        assert read_heads([*idle, *paused]) == {b"HTTP/1.1 200"}
        await until_readers(user, swarm.info_hash, PAUSED)
        async with asyncio.TaskGroup() as tasks:
            playing = [tasks.create_task(user.read()) for _ in range(PLAYING)]
        assert {play.result().content == source.read_bytes() for play in playing} == {True}
        assert (await user.list("/Movies")).status_code == 207
        assert memory(user.server) - before < (PAUSED + PLAYING) * MAX_BYTES_EACH + IDLE * 50_000
    await until_readers(user, swarm.info_hash, 0)
    async with asyncio.timeout(30):
        while count_files(user.server) > files + PLAYING:  # which this test keeps open itself
            await asyncio.sleep(0.05)
