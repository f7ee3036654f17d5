"""What is kept of a loaded torrent for the next time: the bits of its pieces, and what it learned."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.stamps import StampClock
from momoshtrem.torrents.engine import TorrentStore
from momoshtrem.torrents.known_peers import find_peers, save_peers
from momoshtrem.torrents.runtime import TorrentRuntime


class Saving:
    """Saves to the store. `clock` stamps what is used, `on_loss` is told of a disk that lost bytes."""

    def __init__(
        self,
        cache: CacheFolder,
        store: TorrentStore,
        clock: StampClock,
        is_loaded: Callable[[TorrentRuntime], bool],
        on_loss: Callable[[TorrentRuntime, OSError], None],
    ) -> None:
        self._cache = cache
        self._store = store
        self._clock = clock
        self._is_loaded = is_loaded
        self._on_loss = on_loss

    async def save_all(self, runtime: TorrentRuntime) -> None:
        await self.save_pieces(runtime)
        await self.save_use(runtime)
        if runtime.handle:
            await save_peers(self._store, runtime.info_hash, await find_peers(runtime.handle))

    async def save_pieces(self, runtime: TorrentRuntime) -> None:
        """Bytes first, then the bits that promise them: a crash between costs a piece, never a wrong byte."""
        async with runtime.saving:
            if runtime.contents.unsaved:
                await self._save_pieces(runtime)

    async def forget(self, runtime: TorrentRuntime, choose: Callable[[], Collection[int]]) -> None:
        """From now on the pieces that are chosen are promised to nobody; their bytes may go then."""
        async with runtime.saving:
            contents, pieces = runtime.contents, choose()
            contents.remove(pieces)
            try:
                await self._store.save_readable(runtime.info_hash, contents.pieces.pack())
            except BaseException:
                contents.put_back(pieces)
                raise

    async def save_use(self, runtime: TorrentRuntime) -> None:
        """What was read, and what went over the wire, if anything did since the last time."""
        runtime.use(self._clock.now)
        packed = runtime.stamps.pack()
        if packed != runtime.saved_stamps:
            await self._store.save_stamps(runtime.info_hash, packed)
            runtime.saved_stamps = packed
        await runtime.measure()
        total = runtime.traffic.total
        if total != runtime.traffic.saved:
            await self._store.save_traffic(runtime.info_hash, total)
            runtime.traffic.saved = total

    async def _save_pieces(self, runtime: TorrentRuntime) -> None:
        contents = runtime.contents
        unsaved, contents.unsaved = contents.unsaved, set()
        packed = contents.pieces.pack()
        try:
            await asyncio.to_thread(self._cache.sync, runtime.metainfo, unsaved)
            if self._is_loaded(runtime):  # else it was removed, with its bytes maybe
                await self._store.save_readable(runtime.info_hash, packed)
        except OSError as error:
            self._lose(runtime, unsaved, error)
        except BaseException:
            contents.unsaved |= unsaved
            raise

    def _lose(self, runtime: TorrentRuntime, unsaved: set[int], error: OSError) -> None:
        """Nobody knows which of these bytes the disk has, and it tells only once that it lost some."""
        runtime.contents.remove(unsaved | runtime.contents.unsaved)
        runtime.contents.unsaved.clear()
        self._on_loss(runtime, error)
