"""After a start the disk and what is stored of it are brought together again, whatever a crash left."""

from __future__ import annotations

import asyncio
import logging

from momoshtrem.errors import MomoshtremError
from momoshtrem.torrents.cache.evict import Hold, load_layout
from momoshtrem.torrents.cache.folder import CacheFolder, run_whole
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.engine import CachedTorrent, TorrentStore

log = logging.getLogger(__name__)


class Sweeper:
    def __init__(self, cache: CacheFolder, store: TorrentStore, quota: Quota, hold: Hold) -> None:
        self._cache = cache
        self._store = store
        self._quota = quota
        self._hold = hold

    async def measure(self) -> None:
        """Tell the quota what is on the disk, before anything is loaded."""
        for info_hash, size in (await asyncio.to_thread(self._cache.measure)).items():
            self._quota.tell_size(info_hash, size)

    async def sweep_all(self) -> None:
        """Every torrent that is not loaded: bits without bytes go, bytes without bits, folders of none."""
        cached = {torrent.info_hash for torrent in await self._store.list_cached()}
        folders = await asyncio.to_thread(self._cache.find_folders)
        for info_hash in sorted(cached.union(folders)):
            try:
                async with self._hold(info_hash) as loaded:
                    if not loaded:
                        await self._sweep(info_hash)
            except (OSError, MomoshtremError) as error:
                log.warning("the cache of torrent %s cannot be swept: %s", info_hash, error)

    async def _sweep(self, info_hash: str) -> None:
        torrent = await self._store.find_cached(info_hash)
        if torrent is None:
            await run_whole(self._cache.remove, info_hash)
        else:
            await self._sweep_cached(torrent)
        self._quota.tell_size(info_hash, await asyncio.to_thread(self._cache.size, info_hash))

    async def _sweep_cached(self, torrent: CachedTorrent) -> None:
        layout = await load_layout(self._store, torrent)
        pieces = await asyncio.to_thread(self._cache.check, layout, torrent.readable)
        if pieces.pack() != torrent.readable:
            await self._store.save_readable(torrent.info_hash, pieces.pack())
        await run_whole(self._cache.sweep, layout, pieces)
