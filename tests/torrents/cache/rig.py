"""A cache on a disk of its own, with the torrents that the test puts there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from momoshtrem.errors import StorageFailed
from momoshtrem.model.torrent import Metainfo
from momoshtrem.torrents.cache.evict import Evictor
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.layout import Layout
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.cache.stamps import Stamps
from momoshtrem.torrents.cache.sweep import Sweeper
from tests.fakes.store import MemoryStore
from tests.torrents.cache.disk import make_metainfo, pattern, spans_of, write_file

MIB = 2**20


class WatchedCache(CacheFolder):
    """`promised` are the bitmaps as they were when bytes went; `failing` torrents cannot be changed."""

    def __init__(self, root: Path, store: MemoryStore, *, holes: bool = True) -> None:
        super().__init__(root)
        self.promised: dict[str, list[int]] = {}
        self.failing: set[str] = set()
        self._store = store
        self._holes = holes

    def can_punch(self) -> bool:
        return self._holes and super().can_punch()

    def trim(self, layout: Layout, kept: Pieces) -> None:
        self._watch(layout.info_hash)
        super().trim(layout, kept)

    def remove(self, info_hash: str) -> None:
        self._watch(info_hash)
        super().remove(info_hash)

    def _watch(self, info_hash: str) -> None:
        if info_hash in self.failing:
            raise StorageFailed("The cache cannot be written: Input/output error.")
        torrent = self._store.torrents.get(info_hash)
        count = torrent.metainfo.piece_count if torrent else 0
        self.promised[info_hash] = Pieces.unpack(torrent.readable if torrent else b"", count).list_present(
            range(count)
        )


class Rig:
    """`held` are the torrents that were held, in order; `loaded` those that are in use."""

    def __init__(self, root: Path, *, max_size: int = 1000 * MIB, holes: bool = True) -> None:
        root.mkdir(exist_ok=True)
        self.store = MemoryStore()
        self.cache = WatchedCache(root, self.store, holes=holes)
        self.quota = Quota(max_size)
        self.loaded: set[str] = set()
        self.held: list[str] = []
        self.evictor = Evictor(self.cache, self.store, self.quota, self.hold)
        self.sweeper = Sweeper(self.cache, self.store, self.quota, self.hold)

    @asynccontextmanager
    async def hold(self, info_hash: str) -> AsyncIterator[bool]:
        self.held.append(info_hash)
        yield info_hash in self.loaded

    def size(self, info_hash: str) -> int:
        """On the disk, in MiB; the file system may take a few blocks more."""
        return self.cache.size(info_hash) // MIB

    async def add(
        self,
        info_hash: str,
        sizes: list[int],
        piece_length: int = MIB,
        *,
        pieces: Iterable[int] | None = None,
        stamp: int = 0,
    ) -> Metainfo:
        """A torrent with all of its bytes on the disk, whose `pieces` (all of them) are promised."""
        metainfo = make_metainfo(sizes, piece_length, info_hash=info_hash)
        for file in metainfo.files:
            write_file(self.cache.path(info_hash, file.index), file.size)
        everything = range(metainfo.piece_count)
        self.store.add(metainfo)
        present = Pieces(len(everything), everything if pieces is None else pieces)
        await self.store.save_readable(info_hash, present.pack())
        stamps = Stamps(len(everything), piece_length)
        stamps.touch(0, everything[-1], stamp)
        await self.store.save_stamps(info_hash, stamps.pack())
        self.quota.tell_size(info_hash, self.cache.size(info_hash))
        return metainfo

    def promised(self, info_hash: str) -> list[int]:
        """The pieces that are stored as readable."""
        torrent = self.store.torrents[info_hash]
        count = torrent.metainfo.piece_count
        return Pieces.unpack(torrent.readable, count).list_present(range(count))

    def is_true(self, metainfo: Metainfo) -> bool:
        """Whether all that is promised is on the disk, byte by byte."""
        for piece in self.promised(metainfo.info_hash):
            for file, span in spans_of(metainfo, piece):
                path = self.cache.path(metainfo.info_hash, file.index)
                if path.read_bytes()[span.start : span.stop] != pattern(span):
                    return False
        return True
