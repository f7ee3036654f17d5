"""What the engine keeps in the library."""

from __future__ import annotations

from momoshtrem.library import torrents
from momoshtrem.library.database import Database
from momoshtrem.torrents.engine import StoredTorrent


class LibraryStore:
    """A `TorrentStore` in the database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def load(self, info_hash: str) -> StoredTorrent:
        record = await self._db.run(torrents.get, info_hash)
        metainfo = await self._db.run(torrents.get_metainfo, info_hash)
        return StoredTorrent(metainfo, record.readable, record.peers)

    async def load_peers(self, info_hash: str) -> tuple[str, ...]:
        return (await self._db.run(torrents.get, info_hash)).peers

    async def save_readable(self, info_hash: str, readable: bytes) -> None:
        await self._db.run(torrents.update_readable, info_hash, readable)

    async def save_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        await self._db.run(torrents.update_peers, info_hash, peers)
