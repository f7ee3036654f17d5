"""The torrents that are loaded: how they come, enter the session and leave it, and what they leave behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import weakref
from collections.abc import AsyncIterator, Callable, Collection

from momoshtrem.errors import MomoshtremError, StorageFailed, Unavailable
from momoshtrem.model.words import counted
from momoshtrem.torrents.allowance import Allowance
from momoshtrem.torrents.blocks import MIN_PIECE
from momoshtrem.torrents.cache.folder import CacheFolder, run_whole
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.cache.stamps import StampClock
from momoshtrem.torrents.contents import Contents
from momoshtrem.torrents.engine import TorrentStore
from momoshtrem.torrents.fetch import Fetches
from momoshtrem.torrents.known_peers import find_peers, newest
from momoshtrem.torrents.metainfo import make_params
from momoshtrem.torrents.network.session import Session
from momoshtrem.torrents.readers.crowd import Crowd
from momoshtrem.torrents.readers.outlines import Outlines
from momoshtrem.torrents.runtime import TorrentRuntime
from momoshtrem.torrents.saving import Saving
from momoshtrem.torrents.trouble import explain

log = logging.getLogger(__name__)

CHECK_LIMIT = 2.0
"""Seconds for which a swap waits for the rest of pieces that readers were given a part of."""


class LoadedTorrents:
    """All that are loaded, by info-hash. Whoever loads or unloads one holds its lock.

    `session` is None while there is none; with `on_blocks` readers are given blocks before their piece.
    `short` is set when there was no room for a piece that is wanted, `clock` stamps what is used.
    `trouble` says what is wrong with the disk.
    """

    def __init__(
        self,
        cache: CacheFolder,
        store: TorrentStore,
        tasks: asyncio.TaskGroup,
        fetches: Fetches,
        crowd: Crowd,
        quota: Quota,
        max_loaded: int,
        on_blocks: Callable[[], None] | None,
    ) -> None:
        self.runtimes: dict[str, TorrentRuntime] = {}
        self.session: Session | None = None
        self.trouble: str | None = None
        self.short = asyncio.Event()
        self.clock = StampClock()
        self.saving = Saving(cache, store, self.clock, self._is_loaded, self._lose)
        self._cache = cache
        self._store = store
        self._tasks = tasks
        self._fetches = fetches
        self._crowd = crowd
        self._quota = quota
        self._on_blocks = on_blocks
        self._max_loaded = max_loaded
        self._loading = 0
        self._outage: MomoshtremError | None = None
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    def lock(self, info_hash: str) -> asyncio.Lock:
        return self._locks.setdefault(info_hash, asyncio.Lock())

    @contextlib.asynccontextmanager
    async def hold(self, info_hash: str) -> AsyncIterator[bool]:
        """Nobody loads or unloads the torrent meanwhile; gives whether it is loaded."""
        async with self.lock(info_hash):
            yield info_hash in self.runtimes

    @property
    def has_place(self) -> bool:
        """Whether one more can be loaded without that another has to go."""
        return len(self.runtimes) + self._loading < self._max_loaded

    def list_all(self) -> list[TorrentRuntime]:
        return list(self.runtimes.values())

    def find(self, info_hash: str) -> TorrentRuntime | None:
        return self.runtimes.get(info_hash)

    async def get(self, info_hash: str) -> TorrentRuntime:
        """The torrent, loaded by now; one that failed gets another chance. Called with its lock held.

        Raises Unavailable when there is no place for it.
        """
        runtime = self.find(info_hash)
        if runtime is not None and runtime.contents.failure and not await self._mend(runtime):
            runtime.contents.end(runtime.contents.failure)
            await self.unload(info_hash)
            runtime = None
        return runtime or await self._load(info_hash)

    def cut_off(self, error: MomoshtremError | None) -> None:
        """Nobody gets anything of the swarm, but this error, until there is none any more."""
        self._outage = error
        for runtime in self.list_all():
            runtime.contents.cut_off(error)

    def end(self, info_hash: str, error: MomoshtremError) -> None:
        """End the readers of a torrent."""
        if runtime := self.find(info_hash):
            runtime.contents.end(error)

    async def unload(self, info_hash: str, *, save: bool = True) -> None:
        """Let a torrent go, keeping what it learned; when cancelled it stays, to be saved again."""
        runtime = self.find(info_hash)
        if runtime is None:
            return
        if save:
            await self._save_finally(runtime)
        del self.runtimes[info_hash]
        await self._detach(runtime)
        await self._settle(runtime)

    async def _save_finally(self, runtime: TorrentRuntime) -> None:
        try:
            await self._flush(runtime)
            await self.saving.save_all(runtime)
        except Exception:
            log.exception("what torrent %s learned could not be saved", runtime.info_hash)

    async def let_go(self, runtime: TorrentRuntime) -> None:
        """Unload a torrent if it is not in use by now."""
        async with self.lock(runtime.info_hash):
            if not runtime.is_used() and self._is_loaded(runtime):
                await self.unload(runtime.info_hash)

    async def unload_finally(self, runtime: TorrentRuntime) -> None:
        """Unload at the end: what goes wrong with one torrent is not to touch the others."""
        try:
            async with self.lock(runtime.info_hash):
                await self.unload(runtime.info_hash)
        except Exception:
            log.exception("torrent %s could not be saved", runtime.info_hash)

    def _is_loaded(self, runtime: TorrentRuntime) -> bool:
        return self.find(runtime.info_hash) is runtime

    def _lose(self, runtime: TorrentRuntime, error: OSError) -> None:
        self.fail(runtime, error.errno or 0, str(error.strerror))

    def fail(self, runtime: TorrentRuntime, number: int, reason: str) -> None:
        """The files of a torrent fail. It leaves the session, where it would be stopped and never go on."""
        if runtime.contents.failure is None:
            self.trouble = explain(number, self._cache.folder(runtime.info_hash), reason)
            log.error("torrent %s failed: %s", runtime.info_hash, self.trouble)
            runtime.contents.fail(StorageFailed(self.trouble))
            self._tasks.create_task(self._withdraw(runtime))

    async def look_at_disk(self) -> None:
        """Learn whether a disk that failed works again."""
        if self.trouble:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._cache.try_write)
                self.trouble = None

    async def _withdraw(self, runtime: TorrentRuntime) -> None:
        async with self.lock(runtime.info_hash):
            if runtime.contents.failure:
                await self._detach(runtime)

    async def _mend(self, runtime: TorrentRuntime) -> bool:
        """Have a torrent that failed begin anew, unnoticed by who reads what is on disk.

        False when some of that is lost.
        """
        contents = runtime.contents
        await self._detach(runtime)
        await self.saving.save_pieces(runtime)
        here = await asyncio.to_thread(self._cache.check, runtime.metainfo, contents.pieces.pack())
        if contents.ended or here.count() < contents.pieces.count():
            return False
        await self._settle(runtime)
        contents.mend()
        return True

    async def swap(self, runtime: TorrentRuntime, choose: Callable[[], Collection[int]]) -> None:
        """Let pieces go of a torrent that is loaded. Called with its lock held.

        libtorrent cannot forget a piece, so the torrent leaves the session for that, and comes back at once
        if it is in use. `choose` says which pieces go, when nothing changes any more.
        """
        if runtime.handle:
            runtime.peers = list(newest(await find_peers(runtime.handle), tuple(runtime.peers)))
        await self.saving.save_pieces(runtime)  # what comes until it has left follows
        with contextlib.suppress(TimeoutError, MomoshtremError):
            async with asyncio.timeout(CHECK_LIMIT):
                await runtime.check_given()
        await self._flush(runtime)
        await self._detach(runtime)
        try:
            await self.saving.save_pieces(runtime)
            await self.saving.forget(runtime, choose)
        finally:
            await self._settle(runtime)
            if runtime.is_used():
                await self._attach(runtime)

    async def _flush(self, runtime: TorrentRuntime) -> None:
        """What passed its hash by now is in the files, and counted."""
        if self.session and runtime.handle:
            await self.session.flush(runtime.info_hash)

    async def _load(self, info_hash: str) -> TorrentRuntime:
        self._loading += 1
        try:
            await self._make_place()
            return await self._load_now(info_hash)
        finally:
            self._loading -= 1

    async def _make_place(self) -> None:
        """Let the longest idle ones go while more would be loaded than may be."""
        while len(self.runtimes) + self._loading > self._max_loaded:
            idle = [runtime for runtime in self.list_all() if not runtime.is_used()]
            if not idle:
                raise Unavailable(
                    f"{counted(self._max_loaded, 'torrent')} are in use, as many as may be: end a player, or "
                    "raise torrent.max_loaded."
                )
            longest = min(idle, key=lambda each: each.idle_since)
            await asyncio.shield(self._tasks.create_task(self.let_go(longest)))  # whoever stops waiting

    async def _load_now(self, info_hash: str) -> TorrentRuntime:
        stored = await self._store.load(info_hash)
        pieces = await asyncio.to_thread(self._cache.check, stored.metainfo, stored.readable)
        outlines = Outlines(stored, pieces, self._cache, self._store, self._tasks)
        on_blocks = self._on_blocks if stored.metainfo.piece_length >= MIN_PIECE else None
        runtime = TorrentRuntime(
            stored,
            Contents(stored.metainfo, pieces, self._cache, on_blocks),
            outlines,
            self._crowd,
            Allowance(self._quota, stored.metainfo, pieces),
            self.attach_soon,
            self.short.set,
        )
        await self._settle(runtime)
        runtime.contents.cut_off(self._outage)
        self.clock.meet(runtime.stamps)
        self.runtimes[info_hash] = runtime
        return runtime

    async def remove_files(self, info_hash: str) -> None:
        """Delete what is on disk of a torrent that is not loaded. Called with its lock held."""
        await run_whole(self._cache.remove, info_hash)
        self._quota.tell_size(info_hash, await asyncio.to_thread(self._cache.size, info_hash))

    async def _settle(self, runtime: TorrentRuntime) -> None:
        """What nobody writes to any more is cut down to its pieces, and measured."""
        try:
            await run_whole(self._cache.sweep, runtime.metainfo, runtime.contents.pieces)
            runtime.allowance.restart(await asyncio.to_thread(self._cache.size, runtime.info_hash))
        except (OSError, StorageFailed) as error:
            log.warning("the cache of torrent %s cannot be swept: %s", runtime.info_hash, error)

    def attach_soon(self, runtime: TorrentRuntime) -> None:
        """Have it enter the session, unless it is there or on the way."""
        if not runtime.attaching:
            runtime.attaching = True
            self._tasks.create_task(self._attach_finally(runtime))

    async def _attach_finally(self, runtime: TorrentRuntime) -> None:
        """Bring a torrent into the session, unless it has gone meanwhile."""
        async with self.lock(runtime.info_hash):
            if self._is_loaded(runtime):
                await self._attach(runtime)

    async def _attach(self, runtime: TorrentRuntime) -> None:
        """Bring a torrent into the session, with all priorities 0."""
        if self.session is None or runtime.handle or runtime.contents.failure:
            return
        try:
            folder, pieces = self._cache.folder(runtime.info_hash), runtime.contents.pieces.to_list()
            params = await asyncio.to_thread(make_params, runtime.metainfo, folder, pieces, runtime.peers)
            assert params.ti
            await self._fetches.give(params.ti)
            handle = await self.session.add(params)
        except Exception as error:
            log.exception("torrent %s cannot be added", runtime.info_hash)
            runtime.contents.fail(StorageFailed(f"The torrent cannot be started: {error}."))
            return
        runtime.attached(handle)

    async def _detach(self, runtime: TorrentRuntime) -> None:
        """Take a torrent out of the session, if it is there."""
        await runtime.measure()
        handle, runtime.handle, runtime.attaching = runtime.handle, None, False
        runtime.contents.detached()
        runtime.traffic.leave()
        if handle and self.session:
            await self.session.remove(runtime.info_hash, handle)
        runtime.is_in_session = False
        runtime.doubt()
