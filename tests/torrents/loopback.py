"""The engine on libtorrent, with a swarm on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import libtorrent as lt

from momoshtrem.model.torrent import Metainfo, TorrentFile
from momoshtrem.settings import Cache, Streaming, Torrent
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.libtorrent_engine import LibtorrentEngine
from momoshtrem.torrents.metainfo import parse_metainfo
from momoshtrem.torrents.seeding import Seeder
from tests.fakes.store import MemoryStore
from tests.fakes.swarm import KIB, Line, Peer, make_source, open_swarm
from tests.fakes.tracker import open_tracker
from tests.torrents.contract import PATIENCE, Rig, read_all

LOOPBACK = Torrent(listen_port=0, interface="127.0.0.1", dht=False, lsd=False, port_forwarding=False)


def write_folder(root: Path, sizes: Mapping[str, int]) -> Path:
    """A folder of files that look random, each with bytes of its own."""
    root.mkdir()
    for seed, (name, size) in enumerate(sizes.items()):
        make_source(root / name, size, seed)
    return root


class Loopback(Rig):
    """An engine with a cache of its own and one torrent. The settings hold from the next start on."""

    engine: LibtorrentEngine
    seeds: tuple[Peer, ...] = ()

    def __init__(
        self, torrent: Metainfo, root: Path, cache: Path, swarm: AsyncExitStack, tasks: asyncio.TaskGroup
    ) -> None:
        self.torrent = torrent
        self.cache = cache
        self.store = MemoryStore()
        self.settings = LOOPBACK
        self.verify_first = False
        self.limits = Cache(min_free=0)
        self.contents = tuple(_read_source(root, file) for file in torrent.files)
        self._swarm = swarm
        self._tasks = tasks

    async def start(self, read_timeout: float = PATIENCE) -> None:
        self.engine = LibtorrentEngine(
            self.settings,
            CacheFolder(self.cache),
            self.store,
            self._tasks,
            Streaming(timeout=read_timeout, verify_first=self.verify_first),
            self.limits,
        )
        await self.engine.start()

    async def restart(self, read_timeout: float = PATIENCE) -> None:
        await self.engine.close()
        await self.start(read_timeout)

    @asynccontextmanager
    async def open_tracker(self) -> AsyncIterator[str]:
        async with open_tracker() as tracker:
            tracker.peers = self.peers
            yield tracker.url

    async def withdraw(self) -> None:
        await self._swarm.aclose()

    def find_handle(self) -> lt.torrent_handle | None:
        """The torrent in the session of libtorrent; None while it is not there."""
        runtime = self.engine._loaded.find(self.info_hash)
        return runtime.handle if runtime else None

    def list_wishes(self) -> set[int]:
        """Asked of libtorrent itself: the missing pieces that it would download."""
        handle = self.find_handle()
        if handle is None:
            return set()
        here = handle.status(lt.torrent_handle.query_pieces).pieces
        priorities = handle.get_piece_priorities()
        return {piece for piece, priority in enumerate(priorities) if priority and not here[piece]}

    async def fetch(self, file_index: int = 0) -> None:
        """Read a whole file, which is right."""
        reader = await self.engine.open(self.ref(file_index))
        assert await read_all(reader) == self.contents[file_index]
        reader.close()

    def list_stored(self) -> set[int]:
        """The pieces that the store promises."""
        count = self.torrent.piece_count
        pieces = Pieces.unpack(self.store.torrents[self.info_hash].readable, count)
        return {piece for piece in range(count) if piece in pieces}

    def measure(self) -> int:
        """Bytes on the disk of the cache."""
        return sum(path.stat().st_blocks * 512 for path in self.cache.rglob("*") if path.is_file())

    def has_bytes(self) -> bool:
        return any(path.stat().st_blocks for path in self.cache.rglob("*") if path.is_file())


@asynccontextmanager
async def open_loopback(
    root: Path, cache: Path, *, lines: Sequence[Line] = (Line(),), piece_length: int = 16 * KIB
) -> AsyncIterator[Loopback]:
    """Share `root` from one peer for each line, and start an engine that does not know of it yet."""
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        swarm = await stack.enter_async_context(open_swarm(root, lines=lines, piece_length=piece_length))
        rig = Loopback(parse_metainfo(swarm.torrent), root, cache, stack, tasks)
        rig.seeds = swarm.peers
        rig.peers = tuple(peer.address for peer in swarm.peers)
        async with _running(rig):
            yield rig


@asynccontextmanager
async def open_seeded(blob: bytes, root: Path, cache: Path) -> AsyncIterator[Loopback]:
    """As `open_loopback`, from one peer, for a torrent of any version that was made of `root`."""
    torrent_file = root.parent / "shared.torrent"
    torrent_file.write_bytes(blob)
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        seeder = await stack.enter_async_context(Seeder(torrent_file, root.parent))
        rig = Loopback(parse_metainfo(blob), root, cache, stack, tasks)
        rig.peers = (seeder.address,)
        async with _running(rig):
            yield rig


@asynccontextmanager
async def _running(rig: Loopback) -> AsyncIterator[None]:
    await rig.start()
    try:
        yield
    finally:
        await rig.engine.close()


def _read_source(root: Path, file: TorrentFile) -> bytes:
    return b"" if file.hidden else (root.parent / file.path).read_bytes()
