"""Whether torrents are uploaded, and which of them stay in the swarm for it when nobody reads them."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from itertools import count

from momoshtrem.model.stored import Traffic
from momoshtrem.settings import Transfer
from momoshtrem.ticks import tick
from momoshtrem.torrents.engine import TorrentStore
from momoshtrem.torrents.loaded import LoadedTorrents
from momoshtrem.torrents.runtime import TorrentRuntime

log = logging.getLogger(__name__)

MAX_SEEDING = 10
"""Torrents that stay for their target at once, those with the least ratio first."""
TICK, SAVING, RETURN = 1.0, 60, 10
"""Seconds between two looks; after how many of them the totals are saved, and a torrent is brought back."""
ABSENCE = 600.0
"""Seconds that a torrent stays away which had to go before its target."""


class Uploads:
    """Counts what goes over the wire, and has torrents stay until their target, as far as `transfer` says."""

    def __init__(
        self, loaded: LoadedTorrents, store: TorrentStore, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.transfer = Transfer()
        self._loaded = loaded
        self._store = store
        self._clock = clock
        self._seen: dict[str, float] = {}

    async def run(self) -> None:
        """Until cancelled."""
        for nth in count(1):
            before = self._clock()
            await tick(TICK)
            self.look(self._clock() - before)
            try:
                if nth % SAVING == 0:
                    await self._save()
                if nth % RETURN == 0 and self.transfer.upload == "targets":
                    await self.bring_back()
            except Exception:
                log.exception("the upload of torrents cannot be looked after")

    def look(self, seconds: float) -> None:
        """So much time went by: count it, and choose who stays."""
        loaded = self._loaded.list_all()
        for runtime in loaded:
            if runtime.handle and self.transfer.upload != "none":
                runtime.traffic.stay(seconds)
        owing = {each for each in loaded if self._owes(each)}
        seeds = sorted(
            (each for each in owing if not each.is_used()), key=lambda each: find_ratio(each.traffic.total)
        )
        for runtime in loaded:
            runtime.seeding = runtime in owing and runtime not in seeds[MAX_SEEDING:]
        for runtime in seeds[:MAX_SEEDING]:
            self._loaded.attach_soon(runtime)

    async def bring_back(self) -> None:
        """Load one torrent that owes most, if it has been away for long enough and there is a place."""
        now = self._clock()
        lately = {info_hash: at for info_hash, at in self._seen.items() if now - at < ABSENCE}
        self._seen = lately | dict.fromkeys(self._loaded.runtimes, now)
        seeds = sum(each.seeding and not each.is_used() for each in self._loaded.list_all())
        if seeds >= MAX_SEEDING or not self._loaded.has_place:
            return
        stored = await self._store.list_traffic()
        rested = {info_hash: stored[info_hash] for info_hash in stored.keys() - self._seen.keys()}
        if (info_hash := find_neediest(rested, self.transfer)) is not None:
            self._seen[info_hash] = now
            async with self._loaded.lock(info_hash):
                runtime = await self._loaded.get(info_hash)
                runtime.seeding = True

    def _owes(self, runtime: TorrentRuntime) -> bool:
        return runtime.contents.failure is None and owes(runtime.traffic.total, self.transfer)

    async def _save(self) -> None:
        for runtime in self._loaded.list_all():
            await self._loaded.saving.save_use(runtime)


def find_ratio(total: Traffic) -> float:
    """For the order: who never got anything owes nothing."""
    return math.inf if total.ratio is None else total.ratio


def owes(total: Traffic, transfer: Transfer) -> bool:
    """Whether a torrent is to stay in the swarm."""
    return (
        transfer.upload == "targets"
        and find_ratio(total) < transfer.seed_ratio
        and total.seconds < transfer.seed_hours * 3600
    )


def find_neediest(totals: Mapping[str, Traffic], transfer: Transfer) -> str | None:
    """Of those that owe the one with the least ratio."""
    owing = (info_hash for info_hash, total in totals.items() if owes(total, transfer))
    return min(owing, key=lambda info_hash: find_ratio(totals[info_hash]), default=None)
