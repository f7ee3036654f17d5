"""After a start the disk and what is stored of it are brought together again, whatever a crash left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from momoshtrem.errors import MomoshtremError
from momoshtrem.torrents.cache.evict import Hold, load_layout
from momoshtrem.torrents.cache.folder import CacheFolder, run_whole
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.policy import size_of
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
        """Every torrent that is not loaded: bits without bytes go, bytes without bits, folders of none.

        Those that take what they should are passed over: the rest is put right when they are loaded.
        """
        cached = await self._store.list_cached()
        for info_hash in await asyncio.to_thread(self._find_wrong, cached, dict(self._quota.sizes)):
            try:
                async with self._hold(info_hash) as loaded:
                    if not loaded:
                        await self._sweep(info_hash)
            except (OSError, MomoshtremError) as error:
                log.warning("the cache of torrent %s cannot be swept: %s", info_hash, error)

    def _find_wrong(self, cached: Sequence[CachedTorrent], sizes: Mapping[str, int]) -> list[str]:
        right = {each.info_hash for each in cached if looks_right(each, sizes.get(each.info_hash, 0))}
        return sorted({each.info_hash for each in cached}.union(self._cache.find_folders()) - right)

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


def looks_right(torrent: CachedTorrent, size: int) -> bool:
    """Whether as many bytes are on the disk as are promised, give or take less than a piece."""
    count = -(-torrent.total_size // torrent.piece_length)
    present = Pieces.unpack(torrent.readable, count).list_present(range(count))
    return 0 <= size - size_of(torrent, present) < torrent.piece_length
