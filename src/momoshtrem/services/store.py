"""What the engine keeps in the library."""

from __future__ import annotations

from momoshtrem.library import torrents
from momoshtrem.library.database import Database, Tx
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

    async def save_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        await self._db.run(torrents.update_peers, info_hash, peers)


def take(tx: Tx, info_hash: str) -> StoredTorrent:
    """A torrent to be opened, which is remembered as its last use."""
    record = torrents.get(tx, info_hash)
    torrents.update_used(tx, info_hash)
    return StoredTorrent(torrents.get_metainfo(tx, info_hash), record.readable, record.peers)
