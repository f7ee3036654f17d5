"""What the engine keeps in the library."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from operator import attrgetter

from momoshtrem.library import cached, outlines, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.stored import CachedRecord, KeptFile, OutlineRecord, Traffic
from momoshtrem.model.torrent import Metainfo, TorrentFile
from momoshtrem.torrents.containers.outline import Outline
from momoshtrem.torrents.engine import CachedTorrent, Ranges, StoredTorrent

HEAD, TAIL = 8 * 2**20, 4 * 2**20
"""Bytes that players read first, and last, of nearly every file."""


class LibraryStore:
    """A `TorrentStore` in the database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def load(self, info_hash: str) -> StoredTorrent:
        return await self._db.run(take, info_hash)

    async def load_peers(self, info_hash: str) -> tuple[str, ...]:
        return (await self._db.run(torrents.get, info_hash)).peers

    async def load_files(self, info_hash: str) -> tuple[TorrentFile, ...]:
        return tuple(await self._db.run(torrents.find_files, info_hash))

    async def list_cached(self) -> list[CachedTorrent]:
        return await self._db.run(list_cached)

    async def find_cached(self, info_hash: str) -> CachedTorrent | None:
        return next(iter(await self._db.run(list_cached, info_hash)), None)

    async def save_readable(self, info_hash: str, readable: bytes) -> None:
        await self._db.run(torrents.update_readable, info_hash, readable)

    async def save_outline(self, info_hash: str, file_index: int, outline: Outline) -> None:
        parts = tuple((part.start, part.stop) for part in outline.index)
        record = OutlineRecord(file_index, outline.head.stop, parts, outline.duration)
        await self._db.run(outlines.put, info_hash, record)

    async def save_stamps(self, info_hash: str, stamps: bytes) -> None:
        await self._db.run(torrents.update_stamps, info_hash, stamps)

    async def list_traffic(self) -> dict[str, Traffic]:
        return await self._db.run(cached.find_traffic)

    async def save_traffic(self, info_hash: str, total: Traffic) -> None:
        await self._db.run(torrents.update_traffic, info_hash, total)

    async def save_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        await self._db.run(torrents.update_peers, info_hash, peers)


def take(tx: Tx, info_hash: str) -> StoredTorrent:
    """A torrent to be opened, which is remembered as its last use."""
    record = torrents.get(tx, info_hash)
    torrents.update_used(tx, info_hash)
    metainfo = torrents.get_metainfo(tx, info_hash)
    known = {
        one.file_index: make_outline(metainfo, one) for one in outlines.find_for_torrent(tx, record.info_hash)
    }
    return StoredTorrent(
        metainfo, record.readable, record.peers, known, stamps=record.stamps, traffic=record.traffic
    )


def make_outline(metainfo: Metainfo, record: OutlineRecord) -> Outline:
    index = tuple(range(start, stop) for start, stop in record.parts)
    size = metainfo.files[record.file_index].size
    return Outline(size, range(record.head), index, record.duration)


def list_cached(tx: Tx, info_hash: str | None = None) -> list[CachedTorrent]:
    """All, or only this one."""
    records = cached.find_cached(tx, info_hash)
    kept = cached.find_kept(tx, info_hash) if records else {}
    return [make_cached(record, kept.get(record.info_hash, [])) for record in records]


def make_cached(record: CachedRecord, files: Collection[KeptFile]) -> CachedTorrent:
    return CachedTorrent(
        record.info_hash,
        record.piece_length,
        record.total_size,
        record.readable,
        record.stamps,
        ends=find_ends(files),
        pinned=find_pinned(files),
    )


def find_ends(files: Iterable[KeptFile]) -> Ranges:
    """What players read of each file before they play or seek, as far as the file goes."""
    return join(
        range(file.offset + start, file.offset + min(stop, file.size))
        for file in files
        for start, stop in ((0, HEAD), (max(0, file.size - TAIL), file.size), *file.known)
    )


def find_pinned(files: Iterable[KeptFile]) -> Ranges:
    return join(range(file.offset, file.offset + file.size) for file in files if file.pinned)


def join(ranges: Iterable[range]) -> Ranges:
    """The same bytes in order; ranges that touch become one, empty ones none."""
    joined: list[range] = []
    for one in sorted(filter(None, ranges), key=attrgetter("start")):
        if joined and one.start <= joined[-1].stop:
            joined[-1] = range(joined[-1].start, max(joined[-1].stop, one.stop))
        else:
            joined.append(one)
    return tuple(joined)
