"""The keeper of the cache: makes room before it is needed, and keeps the quota."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from weakref import WeakKeyDictionary

from momoshtrem.errors import MomoshtremError
from momoshtrem.ticks import until_tick
from momoshtrem.torrents.allowance import FULL
from momoshtrem.torrents.cache.evict import Evictor, look_at_disk
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.policy import (
    Candidate,
    Kind,
    State,
    choose,
    find_candidates,
    find_whole_files,
)
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.cache.sweep import Sweeper
from momoshtrem.torrents.counters import CacheStatus
from momoshtrem.torrents.engine import CachedTorrent, TorrentStore
from momoshtrem.torrents.loaded import LoadedTorrents
from momoshtrem.torrents.runtime import TorrentRuntime

log = logging.getLogger(__name__)

INTERVAL = REST = 1.0
"""Seconds between two looks, unless somebody is short of room before; and after a look that did not help."""
PATIENCE = 5.0
"""Seconds after a look that found nothing to evict, unless somebody waits: it is a look at every torrent."""
STEP = 4
"""A swap costs all connections of a torrent: it frees the cache divided by this, if there is so much."""
SWAP_PAUSE = 2.0
"""Seconds between two swaps of a torrent, in which it finds its peers again."""


class Keeper:
    """Evicts from torrents that nobody reads first, and from behind the readers of the others last.

    `evicted` counts bytes by the state in which their torrents were, `swaps` how often a torrent left the
    session for that. `problem` says why there is no room although some is needed.
    """

    def __init__(
        self,
        loaded: LoadedTorrents,
        cache: CacheFolder,
        store: TorrentStore,
        quota: Quota,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.evicted = dict.fromkeys(State, 0)
        self.swaps = 0
        self.problem: str | None = None
        self._loaded = loaded
        self._cache = cache
        self._store = store
        self._quota = quota
        self._clock = clock
        self._evictor = Evictor(cache, store, quota, loaded.hold)
        self._sweeper = Sweeper(cache, store, quota, loaded.hold)
        self._swapped = WeakKeyDictionary[TorrentRuntime, float]()
        self._rested_at = math.inf
        self._rest_until = -math.inf
        self._vain_until = -math.inf

    def describe(self) -> CacheStatus:
        quota = self._quota
        evicted = {state.name.lower(): size for state, size in self.evicted.items()}
        sizes = quota.committed, quota.max_size, quota.min_free
        problem = self._loaded.trouble or self.problem
        return CacheStatus(*sizes, evicted, self.swaps, quota.refusals, problem, dict(quota.sizes))

    async def measure(self) -> None:
        """Learn what is on disk, before anything is loaded."""
        await self._sweeper.measure()
        await look_at_disk(self._cache, self._quota)

    async def run(self) -> None:
        """Until cancelled; what a crash left is swept meanwhile."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_safely(self._sweeper.sweep_all))
            while True:
                await _safely(self.keep)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._find_pause()):
                        await self._wait_for_need()

    def _find_pause(self) -> float:
        rest = self._rest_until - self._clock()
        return min(rest, INTERVAL) if rest > 0 else until_tick(INTERVAL)

    async def _wait_for_need(self) -> None:
        """Return when somebody is short of room, and a look may help."""
        while True:
            await self._loaded.short.wait()
            self._loaded.short.clear()
            if self._may_help():
                return

    def _may_help(self) -> bool:
        now = self._clock()
        return now >= self._rest_until and (self._quota.is_waited_for or now >= self._vain_until)

    async def keep(self) -> None:
        """Make the room that is needed now, as far as anything may go."""
        if self._loaded.runtimes:
            await look_at_disk(self._cache, self._quota)
        if self._may_help():
            await self._keep()

    async def _keep(self) -> None:
        self._rest_until, self._rested_at = self._clock() + REST, math.inf  # when it fails, too
        freed = 0
        if need := self._quota.take_need():
            freed = await self._make_room(need, ends=False)
        lack = self._quota.take_lack()
        went = await self._make_room(lack, ends=True) if lack else 0
        self._look_again(short=went < lack, vain=went < lack or (need > 0 and freed <= 0))
        if need or lack:
            for runtime in self._loaded.list_all():
                runtime.replan()

    def _look_again(self, *, short: bool, vain: bool) -> None:
        """At once, or when it may help: after a swap soon, and when nothing may go it may take long."""
        rests = vain and self._rested_at < math.inf
        self.problem = (self._evictor.problem or FULL) if short and not rests else None
        self._vain_until = self._clock() + PATIENCE if vain and not rests else -math.inf
        if rests:
            self._rest_until = self._rested_at
        elif not short:
            self._rest_until = -math.inf

    async def _make_room(self, need: int, *, ends: bool) -> int:
        """Gives how many bytes went."""
        freed = 0
        for state, evict in self._ways():
            if freed < need:
                went = await evict(need - freed, ends)
                self.evicted[state] += max(0, went)
                freed += went
        return freed

    def _ways(self) -> Iterator[tuple[State, Callable[[int, bool], Awaitable[int]]]]:
        yield State.UNLOADED, self._evict_unloaded
        yield State.IDLE, self._evict_idle
        yield State.LIVE, self._evict_live

    async def _evict_unloaded(self, need: int, ends: bool) -> int:
        return await self._evictor.free(need, ends=ends, without=self._loaded.runtimes)

    async def _evict_idle(self, need: int, ends: bool) -> int:
        """Let idle torrents go that have something to give, the longest idle first."""
        freed = 0
        for runtime in sorted(self._loaded.list_all(), key=lambda each: each.idle_since):
            if freed < need and not runtime.is_used() and await self._find_size(runtime, ends):
                before = self._size_of(runtime)
                await self._loaded.let_go(runtime)
                freed += before - self._size_of(runtime)
                freed += await self._evict_unloaded(need - freed, ends) if freed < need else 0
        return freed

    async def _evict_live(self, need: int, ends: bool) -> int:
        """Swap torrents, those first that have most to give; for a little only if somebody waits."""
        freed, now = 0, self._clock()
        worth = 1 if ends else min(need, self._quota.reserve() // 2)
        found = [(await self._find_size(runtime, ends), runtime) for runtime in self._loaded.list_all()]
        for size, runtime in sorted(found, key=lambda each: -each[0]):
            rested_at = self._swapped.get(runtime, -math.inf) + SWAP_PAUSE
            if freed >= need or size < worth:
                break
            if rested_at > now:
                self._rested_at = min(self._rested_at, rested_at)
            else:
                goal = max(need - freed, self._quota.capacity() // STEP)
                freed += await self._swap(runtime, goal, ends)
        return freed

    async def _swap(self, runtime: TorrentRuntime, goal: int, ends: bool) -> int:
        """Gives how many bytes went."""
        info_hash = runtime.info_hash
        self._swapped[runtime] = self._clock()
        async with self._loaded.lock(info_hash):
            stored = await self._find_stored(runtime)
            if self._loaded.find(info_hash) is not runtime:
                return 0
            punches = await asyncio.to_thread(self._cache.can_punch)
            before = self._size_of(runtime)
            await self._loaded.swap(
                runtime, lambda: _choose(find_live(runtime, stored, ends=ends, punches=punches), goal)
            )
        self.swaps += 1
        return before - self._size_of(runtime)

    def _size_of(self, runtime: TorrentRuntime) -> int:
        return self._quota.sizes.get(runtime.info_hash, 0)

    async def _find_size(self, runtime: TorrentRuntime, ends: bool) -> int:
        """How many bytes may go of a loaded torrent."""
        stored = await self._find_stored(runtime)
        punches = await asyncio.to_thread(self._cache.can_punch)
        found = find_live(runtime, stored, ends=ends, punches=punches)
        return runtime.allowance.find_abandoned() + sum(candidate.size for candidate in found)

    async def _find_stored(self, runtime: TorrentRuntime) -> CachedTorrent | None:
        """None of what has nothing on disk. What came in the last second may be all, and not stored yet."""
        stored = await self._store.find_cached(runtime.info_hash)
        if stored is None and runtime.contents.unsaved:
            await self._loaded.saving.save_pieces(runtime)
            stored = await self._store.find_cached(runtime.info_hash)
        return stored


def find_live(
    runtime: TorrentRuntime, stored: CachedTorrent | None, *, ends: bool, punches: bool
) -> list[Candidate]:
    """What may go of a loaded torrent, whose bits and stamps are newer than those that are stored."""
    if stored is None:
        return []
    now = replace(stored, readable=runtime.contents.pieces.pack(), stamps=runtime.stamps.pack())
    if punches:
        found = find_candidates(now, State.LIVE, runtime.audience.find_windows())
    else:
        open_files = {reader.file_index for reader in runtime.audience.readers}
        files = [file for file in runtime.metainfo.files if file.index not in open_files]
        found = find_whole_files(now, files, State.LIVE, runtime.audience.find_windows())
    return [candidate for candidate in found if ends or candidate.kind is not Kind.ENDS]


def _choose(candidates: Iterable[Candidate], goal: int) -> set[int]:
    return {piece for candidate in choose(candidates, goal) for piece in candidate.pieces}


async def _safely(work: Callable[[], Awaitable[None]]) -> None:
    """What goes wrong once is not to end the keeping of the quota."""
    try:
        await work()
    except (OSError, MomoshtremError) as error:
        log.warning("the cache cannot be kept in order: %s", error)
    except Exception:
        log.exception("the cache could not be kept in order")
