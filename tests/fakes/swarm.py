"""A small swarm on loopback: seeders in processes of their own, each behind a line of its own.

    async with open_swarm(film, lines=[Line(rate=8e6, delay=0.015)], piece_length=MIB) as swarm:
        swarm.magnet, swarm.torrent, swarm.peers[0].address, swarm.sent

A seeder is reached through its line alone, so the line decides what the peer is like and counts
what was taken from it. Each line has an address of its own (127.77.1.1, .2 ...), because clients keep
one connection for each address; Linux has that whole range on loopback.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import quote

from momoshtrem.torrents.metainfo import parse_metainfo
from momoshtrem.torrents.seeding import Seeder, make_torrent
from tests.fakes.line import BLOCK, KIB, Line, Peer

__all__ = ["KIB", "MIB", "Line", "Peer", "Swarm", "make_source", "open_swarm"]

MIB = 2**20


_numbers = itertools.cycle(range(1, 255))
"""Each swarm has addresses of its own too, since a client that banned one may remember."""


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

    @property
    def fetched(self) -> int:
        """Bytes of the shared files that were sent, as often as they were."""
        return sum(block.size * count for peer in self.peers for block, count in peer.blocks.items())

    @property
    def useful(self) -> int:
        """The same without what was false or sent before."""
        honest = [peer.blocks.keys() for peer in self.peers if not peer.line.corrupt]
        return sum(block.size for block in set().union(*honest))


@asynccontextmanager
async def open_swarm(
    root: Path,
    *,
    lines: Sequence[Line] = (Line(),),
    piece_length: int = MIB,
    trackers: Sequence[str] = (),
) -> AsyncIterator[Swarm]:
    """Share a file or a folder from one peer for each line, for as long as the context lasts."""
    async with AsyncExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="swarm-")))
        torrent = make_torrent(root, piece_length, trackers)
        torrent_file = work / "shared.torrent"
        torrent_file.write_bytes(torrent)
        corrupt = _corrupt_copy(root, work) if any(line.corrupt for line in lines) else root
        seeders = [
            Seeder(torrent_file, (corrupt if line.corrupt else root).parent, buffer=line.buffer)
            for line in lines
        ]
        async with asyncio.TaskGroup() as starting:
            for seeder in seeders:
                starting.create_task(stack.enter_async_context(seeder))
        net = f"127.77.{next(_numbers)}"
        peers = tuple(
            Peer(line, seeder, f"{net}.{number}")
            for number, (line, seeder) in enumerate(zip(lines, seeders, strict=True), 1)
        )
        for peer in peers:
            await stack.enter_async_context(peer.listen())
        yield Swarm(root, torrent, parse_metainfo(torrent).info_hash, peers)


def _corrupt_copy(root: Path, work: Path) -> Path:
    """A copy of `root` in which every block has one wrong byte."""
    copy = work / root.name
    if root.is_dir():
        shutil.copytree(root, copy)
    else:
        shutil.copyfile(root, copy)
    for path in [copy, *copy.rglob("*")]:
        if path.is_file():
            _corrupt(path)
    return copy


def _corrupt(path: Path) -> None:
    with path.open("r+b") as file:
        for offset in range(0, path.stat().st_size, BLOCK):
            file.seek(offset)
            (byte,) = file.read(1)
            file.seek(offset)
            file.write(bytes([byte ^ 0xFF]))


def make_source(path: Path, size: int, seed: int = 1) -> Path:
    """Write `size` bytes that look random and are the same for the same seed."""
    random = Random(seed)
    with path.open("wb") as file:
        for offset in range(0, size, MIB):
            file.write(random.randbytes(min(MIB, size - offset)))
    return path
