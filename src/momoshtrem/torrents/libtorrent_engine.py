"""The engine on libtorrent: loads torrents when their files are opened, and lets them go when idle."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from itertools import compress

import libtorrent as lt

from momoshtrem.errors import Conflict, NotFound, Unavailable
from momoshtrem.model.network import NetworkStatus
from momoshtrem.model.torrent import FileRef, Magnet, Metainfo
from momoshtrem.settings import Cache as CacheLimits
from momoshtrem.settings import Streaming, Transfer
from momoshtrem.settings import Torrent as TorrentSettings
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.care import SwarmCare
from momoshtrem.torrents.engine import EngineHealth, FetchStatus, SwarmTotals, TorrentStatus, TorrentStore
from momoshtrem.torrents.fetch import Fetches
from momoshtrem.torrents.housekeeping import Housekeeping
from momoshtrem.torrents.keeper import Keeper
from momoshtrem.torrents.known_peers import newest
from momoshtrem.torrents.loaded import LoadedTorrents
from momoshtrem.torrents.metainfo import hashes_of, split_peer
from momoshtrem.torrents.network.guard import Guard
from momoshtrem.torrents.network.pack import find_trackers
from momoshtrem.torrents.network.session import Session, SessionListener
from momoshtrem.torrents.readers.crowd import Crowd
from momoshtrem.torrents.readers.reader import SwarmReader
from momoshtrem.torrents.runtime import TorrentRuntime
from momoshtrem.torrents.uploads import Uploads

log = logging.getLogger(__name__)

WARM_PATIENCE = 3
"""How many times as long as a reader a warming waits for something to come."""
CLOSE_LIMIT = 3.0
"""Seconds in which everything is to be saved at the end; the server stops within 5 s."""


class LibtorrentEngine(SessionListener):
    """Implements `engine.Engine`. Background tasks live in the group of tasks it is given."""

    def __init__(
        self,
        settings: TorrentSettings,
        cache: CacheFolder,
        store: TorrentStore,
        tasks: asyncio.TaskGroup,
        streaming: Streaming,
        limits: CacheLimits,
    ) -> None:
        self._settings = settings
        self._store = store
        self._tasks = tasks
        self._read_timeout = streaming.timeout
        self._fetches = Fetches(cache, tasks, settings)
        self._session: Session | None = None
        self._quota = Quota(limits.max_size, limits.min_free)
        crowd = Crowd(streaming.read_ahead, self._quota)
        checked_first = streaming.verify_first or settings.disk_backend == "pread"
        on_blocks = None if checked_first else self._hear_blocks
        self.counters = crowd.counters
        self._loaded = LoadedTorrents(
            cache, store, tasks, self._fetches, crowd, self._quota, settings.max_loaded, on_blocks
        )
        self._housekeeping = Housekeeping(self._loaded, crowd, settings.idle_timeout)
        self._keeper = Keeper(self._loaded, cache, store, self._quota)
        self._uploads = Uploads(self._loaded, store)
        self._guard: Guard | None = None
        self._running: tuple[asyncio.Task[None], ...] = ()

    async def start(self) -> None:
        await self._keeper.measure()
        session = Session(self._settings, self, self._fetches)
        session.regulate(self._uploads.transfer)
        session.start()
        self._session = self._loaded.session = session
        self._guard = Guard(self._settings, session, self._loaded.cut_off)
        self._running = (
            self._tasks.create_task(self._guard.run()),
            self._tasks.create_task(self._housekeeping.run(session)),
            self._tasks.create_task(self._keeper.run()),
            self._tasks.create_task(self._uploads.run()),
            self._tasks.create_task(SwarmCare(session).run(self._loaded.runtimes)),
        )

    async def close(self) -> None:
        """Save what must last, end all readers, drop the session."""
        for task in self._running:
            task.cancel()
        stopping = Unavailable("The server is stopping.")
        try:
            async with asyncio.timeout(CLOSE_LIMIT), asyncio.TaskGroup() as unloading:
                unloading.create_task(self._fetches.close())
                for runtime in self._loaded.list_all():
                    runtime.contents.end(stopping)
                    unloading.create_task(self._loaded.unload_finally(runtime))
        except TimeoutError:
            log.warning("not everything could be saved within %g s", CLOSE_LIMIT)
        if self._session:
            await self._session.close()
            self._session = self._loaded.session = None

    async def open(self, ref: FileRef) -> SwarmReader:
        async with self._loaded.lock(ref.info_hash):
            runtime = await self._loaded.get(ref.info_hash)
            return runtime.open(ref, self._read_timeout)

    async def warm(self, ref: FileRef, rate: int) -> int:
        async with self._loaded.lock(ref.info_hash):
            runtime = await self._loaded.get(ref.info_hash)
            warming = runtime.warm(ref, rate, WARM_PATIENCE * self._read_timeout)
        with contextlib.closing(warming):
            return await warming.run()

    async def fetch_metadata(self, magnet: Magnet) -> Metainfo:
        async with self._loaded.lock(magnet.info_hash):
            for runtime in self._loaded.list_all():
                if not hashes_of(magnet).isdisjoint(hashes_of(runtime.metainfo)):
                    return runtime.metainfo
        if self._session is None:
            raise Unavailable("The engine is not running.")
        return await self._fetches.fetch(self._session, magnet)

    def find_fetch(self, info_hash: str) -> FetchStatus | None:
        return self._fetches.find_status(info_hash)

    async def add_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        endpoints = [split_peer(peer) for peer in peers]
        async with self._loaded.lock(info_hash):
            known = newest(peers, await self._store.load_peers(info_hash))
            await self._store.save_peers(info_hash, known)
            self._fetches.add_peers(info_hash, peers)
            if runtime := self._loaded.find(info_hash):
                runtime.add_peers(known, endpoints)

    async def add_trackers(self, info_hash: str, trackers: tuple[str, ...]) -> None:
        async with self._loaded.lock(info_hash):
            runtime = self._loaded.find(info_hash)
            if runtime and not runtime.metainfo.private:
                runtime.add_trackers(find_trackers(trackers, self._settings, with_ours=False))

    async def remove(self, info_hash: str, *, delete_files: bool) -> None:
        removed = NotFound("The torrent was removed.")
        self._loaded.end(info_hash, removed)
        await self._fetches.stop(info_hash, removed)
        async with self._loaded.lock(info_hash):
            self._loaded.end(info_hash, removed)  # it may have been loading until now
            await self._loaded.unload(info_hash, save=False)
            if delete_files:
                await self._loaded.remove_files(info_hash)

    async def evict(self, info_hash: str) -> None:
        async with self._loaded.lock(info_hash):
            runtime = self._loaded.find(info_hash)
            if runtime and runtime.is_used():
                raise Conflict("The torrent is in use: end the player, or wait until it is warmed.")
            await self._loaded.unload(info_hash)
            await self._store.save_readable(info_hash, b"")  # before its bytes go, as always
            await self._loaded.remove_files(info_hash)

    def set_transfer(self, transfer: Transfer) -> None:
        self._uploads.transfer = transfer
        if self._session:
            self._session.regulate(transfer)

    def find_status(self, info_hash: str) -> TorrentStatus | None:
        runtime = self._loaded.find(info_hash)
        return self._housekeeping.describe(runtime) if runtime else None

    async def measure(self) -> SwarmTotals:
        return await self._session.measure() if self._session else SwarmTotals()

    def health(self) -> EngineHealth:
        return EngineHealth(
            running=self._session is not None,
            listen_port=self._session.listen_port if self._session else None,
            listen_problem=self._session.listen_problem if self._session else None,
            loaded=tuple(self._housekeeping.describe(runtime) for runtime in self._loaded.list_all()),
            network=self._guard.describe() if self._guard else NetworkStatus(),
            cache=self._keeper.describe(),
        )

    def _hear_blocks(self) -> None:
        if self._session:
            self._session.report_blocks(True)

    def _find_in_session(self, info_hash: str) -> TorrentRuntime | None:
        """None once it has left: what is told late of its pieces may not be true any more."""
        runtime = self._loaded.find(info_hash)
        return runtime if runtime and runtime.is_in_session else None

    # what the session tells

    def piece_finished(self, info_hash: str, piece: int) -> None:
        if runtime := self._find_in_session(info_hash):
            runtime.piece_finished(piece)

    def block_finished(self, info_hash: str, piece: int, block: int) -> None:
        if runtime := self._find_in_session(info_hash):
            runtime.contents.block_finished(piece, block)

    def piece_failed(self, info_hash: str, piece: int) -> None:
        if runtime := self._loaded.find(info_hash):
            runtime.piece_failed(piece)

    def torrent_failed(self, info_hash: str, number: int, reason: str) -> None:
        if runtime := self._loaded.find(info_hash):
            self._loaded.fail(runtime, number, reason)

    def status_updated(self, info_hash: str, status: lt.torrent_status) -> None:
        if runtime := self._loaded.find(info_hash):
            runtime.status_updated(status)

    def alerts_dropped(self) -> None:
        log.warning("libtorrent dropped alerts; all pieces are read anew")
        for runtime in self._loaded.list_all():
            runtime.doubt()
            if runtime.handle:
                self._tasks.create_task(self._read_pieces(runtime, runtime.handle))

    async def _read_pieces(self, runtime: TorrentRuntime, handle: lt.torrent_handle) -> None:
        """Learn from the session itself which pieces are here."""
        with contextlib.suppress(RuntimeError):
            status = await asyncio.to_thread(handle.status, lt.torrent_handle.query_pieces)
            if runtime.handle is handle and self._session:
                here = list(compress(range(len(status.pieces)), status.pieces))
                self._session.pieces_passed(runtime.info_hash, handle, here)
