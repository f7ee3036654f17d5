"""A small swarm on loopback: seeders in processes of their own, each behind a line of its own.

    async with open_swarm(film, lines=[Line(rate=8e6, delay=0.015)], piece_length=MIB) as swarm:
        swarm.magnet, swarm.torrent, swarm.peers[0].address, swarm.sent

A seeder is reached through its line alone, so the line decides what the peer is like and counts
what was taken from it. Limits are there and not in the seeder, whose own limiter works in ticks of
half a second. Each line has an address of its own (127.77.0.1, .2 ...), because clients keep one
connection for each address; Linux has that whole range on loopback.
"""

from __future__ import annotations

import asyncio
import math
import shutil
import socket
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import quote

from momoshtrem.torrents.metainfo import parse_metainfo
from momoshtrem.torrents.seeding import Seeder, make_torrent

KIB, MIB = 2**10, 2**20
BLOCK = 16 * KIB
READ_AHEAD = 0.01


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


class Peer:
    """A seeder behind its line. `sent` counts the bytes that went towards the client."""

    def __init__(self, line: Line, seeder: Seeder, number: int) -> None:
        self.sent = 0
        self._line = line
        self._seeder = seeder
        self._host = f"127.77.0.{number}"
        self._port = 0
        self._free_at = 0.0

    @property
    def address(self) -> str:
        """`host:port`, as magnets and the REST API take it."""
        return f"{self._host}:{self._port}"

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[None]:
        connections: list[asyncio.Task[None]] = []
        async with asyncio.TaskGroup() as tasks:

            def accept(reader: StreamReader, writer: StreamWriter) -> None:
                connections.append(tasks.create_task(self._connect(reader, writer)))

            server = await asyncio.start_server(accept, self._host, 0)
            self._port = server.sockets[0].getsockname()[1]
            try:
                yield
            finally:
                server.close()
                for connection in connections:
                    connection.cancel()

    async def _connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Join a connection of the client to the seeder until either side ends it."""
        with ExitStack() as ends:
            ends.callback(writer.transport.abort)
            await asyncio.sleep(2 * self._line.delay)  # the TCP handshake of a line this long
            far_reader, far_writer = await self._reach_seeder()
            ends.callback(far_writer.transport.abort)
            async with asyncio.TaskGroup() as ways:
                up = ways.create_task(self._carry(reader, far_writer, self._at_once))
                down = ways.create_task(self._carry(far_reader, writer, self._in_turn))
                await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
                up.cancel()
                down.cancel()

    async def _reach_seeder(self) -> tuple[StreamReader, StreamWriter]:
        """Connect with a small buffer, so that what waits for the line can still be cancelled."""
        end = socket.socket()
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._line.buffer)
        await asyncio.get_running_loop().sock_connect(end, (self._seeder.host, self._seeder.port))
        return await asyncio.open_connection(sock=end, limit=self._line.buffer)

    async def _carry(
        self, source: StreamReader, sink: StreamWriter, departure: Callable[[int], float]
    ) -> None:
        """Carry one direction; `departure` tells when that many bytes have left."""
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            while chunk := await source.read(self._line.chunk):
                leaves = departure(len(chunk))
                loop.call_at(leaves + self._line.delay, _deliver, sink, chunk)
                if leaves > loop.time() + READ_AHEAD:
                    await asyncio.sleep(leaves - loop.time() - READ_AHEAD / 2)
                await sink.drain()

    def _at_once(self, _size: int) -> float:
        return asyncio.get_running_loop().time()

    def _in_turn(self, size: int) -> float:
        """All connections of a peer share its line, one chunk after the other."""
        self.sent += size
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now) + size / self._line.rate
        return self._free_at


@dataclass(frozen=True, slots=True)
class Swarm:
    """A running swarm. `root` is the file or folder that is shared, `torrent` the .torrent file."""

    root: Path
    torrent: bytes
    info_hash: str
    peers: tuple[Peer, ...]

    @property
    def magnet(self) -> str:
        """A magnet link that names the peers (`x.pe`), so that nothing needs to be found."""
        peers = "".join(f"&x.pe={peer.address}" for peer in self.peers)
        return f"magnet:?xt=urn:btih:{self.info_hash}&dn={quote(self.root.name)}{peers}"

    @property
    def sent(self) -> int:
        """Bytes all peers have sent, with the overhead of the protocol."""
        return sum(peer.sent for peer in self.peers)


@asynccontextmanager
async def open_swarm(
    root: Path, *, lines: Sequence[Line] = (Line(),), piece_length: int = MIB
) -> AsyncIterator[Swarm]:
    """Share a file or a folder from one peer for each line, for as long as the context lasts."""
    async with AsyncExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="swarm-")))
        torrent = make_torrent(root, piece_length)
        torrent_file = work / "shared.torrent"
        torrent_file.write_bytes(torrent)
        corrupt = _corrupt_copy(root, work) if any(line.corrupt for line in lines) else root
        seeders = [Seeder(torrent_file, (corrupt if line.corrupt else root).parent) for line in lines]
        async with asyncio.TaskGroup() as starting:
            for seeder in seeders:
                starting.create_task(stack.enter_async_context(seeder))
        peers = tuple(
            Peer(line, seeder, number)
            for number, (line, seeder) in enumerate(zip(lines, seeders, strict=True), 1)
        )
        for peer in peers:
            await stack.enter_async_context(peer.listen())
        yield Swarm(root, torrent, parse_metainfo(torrent).info_hash, peers)


def _deliver(sink: StreamWriter, chunk: bytes) -> None:
    if not sink.is_closing():
        sink.write(chunk)


def _corrupt_copy(root: Path, work: Path) -> Path:
    """A copy of `root` in which every block has one wrong byte."""
    copy = work / root.name
    if root.is_dir():
        shutil.copytree(root, copy)
    else:
        shutil.copyfile(root, copy)
    for path in [copy, *copy.rglob("*")]:
        if path.is_file():
            content = bytearray(path.read_bytes())
            for offset in range(0, len(content), BLOCK):
                content[offset] ^= 0xFF
            path.write_bytes(content)
    return copy


def make_source(path: Path, size: int, seed: int = 1) -> Path:
    """Write `size` bytes that look random and are the same for the same seed."""
    random = Random(seed)
    with path.open("wb") as file:
        for offset in range(0, size, MIB):
            file.write(random.randbytes(min(MIB, size - offset)))
    return path
