"""Making room: of the torrents that are not loaded, what was not read for longest goes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager

from momoshtrem.errors import MomoshtremError
from momoshtrem.torrents.cache.folder import CacheFolder, run_whole
from momoshtrem.torrents.cache.layout import StoredLayout
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.policy import Candidate, Kind, choose, find_candidates, find_whole_files
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.engine import CachedTorrent, TorrentStore

log = logging.getLogger(__name__)

Hold = Callable[[str], AbstractAsyncContextManager[bool]]
"""Nobody loads or unloads the torrent meanwhile; gives whether it is loaded."""


class Evictor:
    """Bits are cleared before their bytes go: a crash between costs bytes on the disk, never a wrong one.

    `problem` is why the last torrent that was tried could not give room.
    """

    def __init__(self, cache: CacheFolder, store: TorrentStore, quota: Quota, hold: Hold) -> None:
        self.problem: str | None = None
        self._cache = cache
        self._store = store
        self._quota = quota
        self._hold = hold

    async def free(self, need: int, *, ends: bool = False, without: Iterable[str] = ()) -> int:
        """Make `need` bytes of room, if there is so much to evict; gives how many bytes went.

        The heads, tails and indexes of films go only with `ends`; torrents that are loaded, better told
        in `without`, never.
        """
        freed, passed = 0, set(without)
        while freed < need and (chosen := await self._choose(need - freed, passed, ends)):
            for info_hash, pieces in _group(chosen).items():
                went = await self._evict_safely(info_hash, pieces)
                freed += went
                if went <= 0:
                    passed.add(info_hash)
        await look_at_disk(self._cache, self._quota)
        return freed

    async def _choose(self, need: int, passed: Collection[str], ends: bool) -> list[Candidate]:
        cached = await self._store.list_cached()
        known = {torrent.info_hash for torrent in cached}
        orphans = [
            Candidate(info_hash, (), size, Kind.ORPHAN)
            for info_hash, size in self._quota.sizes.items()
            if info_hash not in known and info_hash not in passed
        ]
        left = [torrent for torrent in cached if torrent.info_hash not in passed]
        found = await self._find_candidates(left)
        allowed = [each for each in found if ends or each.kind is not Kind.ENDS]
        return await asyncio.to_thread(choose, orphans + allowed, need)

    async def _find_candidates(self, cached: Iterable[CachedTorrent]) -> list[Candidate]:
        if await asyncio.to_thread(self._cache.can_punch):
            return await asyncio.to_thread(lambda: [each for one in cached for each in find_candidates(one)])
        found: list[Candidate] = []
        for torrent in cached:
            found += find_whole_files(torrent, await self._store.load_files(torrent.info_hash))
        return found

    async def _evict_safely(self, info_hash: str, pieces: set[int]) -> int:
        """Gives how many bytes went; what goes wrong with one torrent is not to keep the others."""
        try:
            async with self._hold(info_hash) as loaded:
                went = 0 if loaded else await self._evict(info_hash, pieces)
        except (OSError, MomoshtremError) as error:
            if self.problem is None:
                log.warning("torrent %s cannot be evicted: %s", info_hash, error)
            self.problem = str(error)
            return 0
        self.problem = None
        return went

    async def _evict(self, info_hash: str, pieces: set[int]) -> int:
        """Called with the torrent held. What it has by now counts, not what was seen before."""
        before = self._quota.sizes.get(info_hash, 0)
        torrent = await self._store.find_cached(info_hash)
        if torrent is None:
            await run_whole(self._cache.remove, info_hash)
        else:
            await self._clear(torrent, pieces)
        size = await asyncio.to_thread(self._cache.size, info_hash)
        self._quota.tell_size(info_hash, size)
        return before - size

    async def _clear(self, torrent: CachedTorrent, pieces: set[int]) -> None:
        layout = await load_layout(self._store, torrent)
        kept, packed = await asyncio.to_thread(_take_out, torrent, pieces, layout.piece_count)
        await self._store.save_readable(torrent.info_hash, packed)
        if kept.count():
            await run_whole(self._cache.trim, layout, kept)
        else:
            await run_whole(self._cache.remove, torrent.info_hash)


async def load_layout(store: TorrentStore, torrent: CachedTorrent) -> StoredLayout:
    count = -(-torrent.total_size // torrent.piece_length)
    files = await store.load_files(torrent.info_hash)
    return StoredLayout(torrent.info_hash, torrent.piece_length, count, files)


async def look_at_disk(cache: CacheFolder, quota: Quota) -> None:
    """Tell the quota how much is free on the disk."""
    settled = quota.settled
    with contextlib.suppress(OSError):
        quota.tell_free(await asyncio.to_thread(cache.free), settled)


def _take_out(torrent: CachedTorrent, pieces: set[int], count: int) -> tuple[Pieces, bytes]:
    """What is left of it without those of the pieces that may still go; also packed."""
    left = Pieces.unpack(torrent.readable, count)
    for candidate in find_candidates(torrent):
        for piece in pieces.intersection(candidate.pieces):
            left.discard(piece, piece)
    return left, left.pack()


def _group(chosen: Iterable[Candidate]) -> dict[str, set[int]]:
    """Pieces by torrent, the first to go first."""
    groups: dict[str, set[int]] = {}
    for candidate in chosen:
        groups.setdefault(candidate.info_hash, set()).update(candidate.pieces)
    return groups
