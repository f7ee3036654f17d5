"""The torrents of the library, with what the engine says of those that are loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from momoshtrem.errors import NotFound
from momoshtrem.library import assignments, torrents
from momoshtrem.library.database import Database
from momoshtrem.model.media import Assignment, Page
from momoshtrem.model.stored import TorrentRecord
from momoshtrem.model.torrent import TorrentFile
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.engine import Engine, TorrentStatus
from momoshtrem.torrents.metainfo import split_peer


@dataclass(frozen=True, slots=True)
class TorrentView:
    """A torrent as stored, its live status while it is loaded, and the bytes that it has of the cache."""

    record: TorrentRecord
    status: TorrentStatus | None
    cached: int = 0


class Torrents:
    """Lists and shows torrents, removes them, and takes them out of the cache."""

    def __init__(self, db: Database, engine: Engine, cache: CacheFolder) -> None:
        self._db = db
        self._engine = engine
        self._cache = cache

    async def list_page(self, limit: int, offset: int) -> Page[TorrentView]:
        page = await self._db.run(torrents.list_page, limit, offset)
        sizes = self._engine.health().cache.sizes
        return Page(tuple(self._view(record, sizes) for record in page.items), page.total)

    async def get(self, info_hash: str) -> tuple[TorrentView, list[TorrentFile], list[Assignment]]:
        """A torrent with its files and what they are assigned to."""
        record = await self._db.run(torrents.get, info_hash)
        files = await self._db.run(torrents.find_files, record.info_hash)
        assigned = await self._db.run(assignments.find_for_torrent, record.info_hash)
        return self._view(record, self._engine.health().cache.sizes), files, assigned

    async def remove(self, info_hash: str, *, delete_files: bool) -> None:
        """Take a torrent out of the library; its items lose the assignment, its streams end.

        With `delete_files` one that is out already loses the bytes that it left on disk.
        """
        try:
            info_hash = (await self._db.run(torrents.delete, info_hash)).info_hash
        except NotFound:
            if not (delete_files and info_hash in await asyncio.to_thread(self._cache.find_folders)):
                raise
        await self._engine.remove(info_hash, delete_files=delete_files)

    async def evict(self, info_hash: str) -> None:
        """Take a torrent out of the cache; it stays in the library. Raises Conflict while it is in use."""
        await self._engine.evict((await self._db.run(torrents.get, info_hash)).info_hash)

    async def add_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        """Name peers (`host:port`) to a torrent. Raises InvalidTorrent for anything else."""
        for peer in peers:
            split_peer(peer)
        record = await self._db.run(torrents.get, info_hash)
        await self._engine.add_peers(record.info_hash, peers)

    def _view(self, record: TorrentRecord, sizes: Mapping[str, int]) -> TorrentView:
        info_hash = record.info_hash
        return TorrentView(record, self._engine.find_status(info_hash), sizes.get(info_hash, 0))
