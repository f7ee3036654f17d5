"""Numbers of the whole server, for programs that watch it. Nothing in them names a title or a torrent."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from momoshtrem import __version__
from momoshtrem.errors import StorageFailed
from momoshtrem.events import Event, EventBus, StandbyPromoted
from momoshtrem.histogram import Histogram
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.library.counts import count_all, count_jobs
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.job import JobState
from momoshtrem.model.stored import Counts
from momoshtrem.services.lag import LoopLag
from momoshtrem.services.live import Live
from momoshtrem.services.warm import Warm, Warmed
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.counters import Counters
from momoshtrem.torrents.engine import Engine, EngineHealth, SwarmTotals

log = logging.getLogger(__name__)

COUNTED_FOR = 15.0
"""Seconds for which the library is not counted again."""


@dataclass(frozen=True, slots=True)
class Library:
    """What the library holds, and its jobs by their state."""

    counts: Counts
    jobs: Counter[JobState]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The server at a moment, and what was counted since its start.

    `library` is None until it could be counted, `disk_free` (bytes) where the disk cannot be read. `tmdb` are
    the requests by what came of them: "ok", or the code of the error.
    """

    version: str
    engine: EngineHealth
    totals: SwarmTotals
    counters: Counters
    library: Library | None
    disk_free: int | None
    tmdb: Counter[str]
    warmed: Warmed
    promoted: int
    listeners: int
    tasks: int
    loop_lag: Histogram


@dataclass(frozen=True, slots=True)
class Sources:
    """Who knows the numbers."""

    db: Database
    engine: Engine
    tmdb: Tmdb
    warm: Warm
    live: Live
    cache: CacheFolder


class Metrics:
    """Gathers, when it is asked, what is counted where it happens."""

    def __init__(self, sources: Sources, bus: EventBus, now: Callable[[], float] = time.monotonic) -> None:
        self.loop_lag = LoopLag()
        self._sources = sources
        self._now = now
        self._promoted = 0
        self._library: Library | None = None
        self._counted_at = -math.inf
        bus.subscribe(self._follow)

    async def take(self) -> Snapshot:
        sources = self._sources
        return Snapshot(
            version=__version__,
            library=await self._count(),
            disk_free=await self._measure(),
            totals=await sources.engine.measure(),
            engine=sources.engine.health(),
            counters=sources.engine.counters,
            tmdb=sources.tmdb.outcomes,
            warmed=sources.warm.warmed,
            promoted=self._promoted,
            listeners=sources.live.listeners,
            tasks=len(asyncio.all_tasks()),
            loop_lag=self.loop_lag.seconds,
        )

    async def _follow(self, event: Event) -> None:
        self._promoted += isinstance(event, StandbyPromoted)

    async def _count(self) -> Library | None:
        """As it was a while ago at most; where it cannot be read, as it was then."""
        if self._now() - self._counted_at >= COUNTED_FOR:
            try:
                self._library = await self._sources.db.run(count)
            except StorageFailed as error:
                log.warning("the library cannot be counted: %s", error)
            self._counted_at = self._now()
        return self._library

    async def _measure(self) -> int | None:
        try:
            return await asyncio.to_thread(self._sources.cache.free)
        except OSError:
            return None


def count(tx: Tx) -> Library:
    return Library(count_all(tx), count_jobs(tx))
