"""What is done once a second: new pieces are saved, stalled readers noticed, idle torrents let go."""

from __future__ import annotations

import logging

from momoshtrem.errors import StorageFailed
from momoshtrem.ticks import tick
from momoshtrem.torrents.engine import TorrentStatus
from momoshtrem.torrents.loaded import LoadedTorrents
from momoshtrem.torrents.network.session import Session
from momoshtrem.torrents.readers.crowd import Crowd
from momoshtrem.torrents.runtime import TorrentRuntime

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two rounds."""


class Housekeeping:
    """Keeps what is loaded in order; a torrent goes `idle_timeout` seconds after its last reader."""

    def __init__(self, loaded: LoadedTorrents, crowd: Crowd, idle_timeout: float) -> None:
        self._loaded = loaded
        self._crowd = crowd
        self._idle_timeout = idle_timeout

    async def run(self, session: Session) -> None:
        """Until cancelled."""
        while True:
            await tick(TICK)
            session.tick()
            loaded = self._loaded.list_all()
            self._crowd.streaming = sum(each.audience.count_streaming() for each in loaded)
            self._loaded.clock.tick()
            session.report_blocks(any(runtime.contents.blocks for runtime in loaded))
            await self._loaded.look_at_disk()
            for runtime in loaded:
                try:
                    await self._keep(runtime)
                except Exception:
                    log.exception("housekeeping of torrent %s failed", runtime.info_hash)

    async def _keep(self, runtime: TorrentRuntime) -> None:
        """Save new pieces, notice stalled readers, let an idle torrent go."""
        runtime.replan()
        runtime.keep_blocks()
        runtime.use(self._loaded.clock.now)
        try:
            await self._loaded.saving.save_pieces(runtime)
        except (OSError, StorageFailed) as error:
            log.warning("pieces of torrent %s cannot be saved yet: %s", runtime.info_hash, error)
        if (runtime.contents.failure and not runtime.is_used()) or self._find_rest(runtime) == 0:
            await self._loaded.let_go(runtime)

    def describe(self, runtime: TorrentRuntime) -> TorrentStatus:
        """As it is, and when it will go."""
        rest = self._find_rest(runtime)
        return runtime.describe(leaves_in=None if rest is None else round(rest, 1))

    def _find_rest(self, runtime: TorrentRuntime) -> float | None:
        """Seconds until a torrent goes, None while it is used or stays for its target."""
        if runtime.is_used() or runtime.seeding:
            return None
        return max(0.0, runtime.idle_since + self._idle_timeout - runtime.clock())
