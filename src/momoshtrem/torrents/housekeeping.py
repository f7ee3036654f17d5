"""What is done once a second: new pieces are saved, stalled readers noticed, idle torrents let go."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from momoshtrem.errors import StorageFailed
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.crowd import Crowd, find_pressure
from momoshtrem.torrents.loaded import LoadedTorrents
from momoshtrem.torrents.runtime import TorrentRuntime
from momoshtrem.torrents.session import Session

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two rounds."""


class Housekeeping:
    """Keeps what is loaded in order; a torrent goes `idle_timeout` seconds after its last reader."""

    def __init__(
        self, loaded: LoadedTorrents, cache: CacheFolder, crowd: Crowd, idle_timeout: float, min_free: int
    ) -> None:
        self._loaded = loaded
        self._cache = cache
        self._crowd = crowd
        self._idle_timeout = idle_timeout
        self._min_free = min_free

    async def run(self, session: Session) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(TICK)
            session.tick()
            await self._look_around()
            loaded = self._loaded.list_all()
            session.report_blocks(any(runtime.contents.blocks for runtime in loaded))
            for runtime in loaded:
                try:
                    await self._keep(runtime)
                except Exception:
                    log.exception("housekeeping of torrent %s failed", runtime.info_hash)

    async def _look_around(self) -> None:
        """Learn how many readers share the disk, and how scarce it is."""
        self._crowd.streaming = sum(each.audience.count_streaming() for each in self._loaded.list_all())
        if self._crowd.streaming:
            with contextlib.suppress(OSError):
                free = await asyncio.to_thread(self._cache.free)
                self._crowd.pressure = find_pressure(free, self._min_free)

    async def _keep(self, runtime: TorrentRuntime) -> None:
        """Save new pieces, notice stalled readers, let an idle torrent go."""
        runtime.replan()
        runtime.keep_blocks()
        try:
            await self._loaded.save_pieces(runtime)
        except (OSError, StorageFailed) as error:
            log.warning("pieces of torrent %s cannot be saved yet: %s", runtime.info_hash, error)
        idle = runtime.clock() - runtime.idle_since
        if not runtime.is_used() and (runtime.contents.failure or idle >= self._idle_timeout):
            async with self._loaded.lock(runtime.info_hash):
                if not runtime.is_used() and self._loaded.find(runtime.info_hash) is runtime:
                    await self._loaded.unload(runtime.info_hash)
