"""What the engine keeps in the library."""

from __future__ import annotations

from momoshtrem.library import outlines, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.stored import OutlineRecord
from momoshtrem.model.torrent import Metainfo
from momoshtrem.torrents.containers.outline import Outline
from momoshtrem.torrents.engine import StoredTorrent


class LibraryStore:
    """A `TorrentStore` in the database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def load(self, info_hash: str) -> StoredTorrent:
        return await self._db.run(take, info_hash)

    async def load_peers(self, info_hash: str) -> tuple[str, ...]:
        return (await self._db.run(torrents.get, info_hash)).peers

    async def save_readable(self, info_hash: str, readable: bytes) -> None:
        await self._db.run(torrents.update_readable, info_hash, readable)

    async def save_outline(self, info_hash: str, file_index: int, outline: Outline) -> None:
        parts = tuple((part.start, part.stop) for part in outline.index)
        record = OutlineRecord(file_index, outline.head.stop, parts, outline.duration)
        await self._db.run(outlines.put, info_hash, record)

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
    return StoredTorrent(metainfo, record.readable, record.peers, known)


def make_outline(metainfo: Metainfo, record: OutlineRecord) -> Outline:
    index = tuple(range(start, stop) for start, stop in record.parts)
    size = metainfo.files[record.file_index].size
    return Outline(size, range(record.head), index, record.duration)
