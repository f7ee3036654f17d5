"""The engine on libtorrent: loads torrents when their files are opened, and lets them go when idle."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import weakref

import libtorrent as lt

from momoshtrem.errors import MomoshtremError, NotFound, StorageFailed, Unavailable
from momoshtrem.model.torrent import FileRef, Magnet, Metainfo
from momoshtrem.settings import Streaming
from momoshtrem.settings import Torrent as TorrentSettings
from momoshtrem.torrents.blocks import MIN_PIECE
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.care import SwarmCare
from momoshtrem.torrents.crowd import Crowd, find_pressure
from momoshtrem.torrents.engine import EngineHealth, FetchStatus, TorrentStatus, TorrentStore
from momoshtrem.torrents.fetch import Fetches
from momoshtrem.torrents.metainfo import hashes_of, join_peer, make_params, split_peer
from momoshtrem.torrents.outlines import Outlines
from momoshtrem.torrents.reader import SwarmReader
from momoshtrem.torrents.runtime import TorrentRuntime
from momoshtrem.torrents.session import Session, SessionListener

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two rounds of housekeeping."""
MAX_KNOWN_PEERS = 50
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
        *,
        min_free: int = 0,
    ) -> None:
        self._settings = settings
        self._cache = cache
        self._store = store
        self._tasks = tasks
        self._read_timeout = streaming.timeout
        self._min_free = min_free
        self._crowd = Crowd(streaming.read_ahead)
        self._on_blocks = None if streaming.verify_first else self._report_blocks
        self._loaded: dict[str, TorrentRuntime] = {}
        self._fetches = Fetches(cache, tasks, settings.dht)
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._session: Session | None = None
        self._housekeeping: tuple[asyncio.Task[None], ...] = ()

    async def start(self) -> None:
        self._session = Session(self._settings, self, self._fetches)
        self._session.start()
        care = SwarmCare(self._session)
        self._housekeeping = (
            self._tasks.create_task(self._tick()),
            self._tasks.create_task(care.run(self._loaded)),
        )

    async def close(self) -> None:
        """Save what must last, end all readers, drop the session."""
        for task in self._housekeeping:
            task.cancel()
        stopping = Unavailable("The server is stopping.")
        try:
            async with asyncio.timeout(CLOSE_LIMIT), asyncio.TaskGroup() as unloading:
                unloading.create_task(self._fetches.close())
                for runtime in self._loaded.values():
                    runtime.end(stopping)
                    unloading.create_task(self._unload_finally(runtime))
        except TimeoutError:
            log.warning("not everything could be saved within %g s", CLOSE_LIMIT)
        if self._session:
            await self._session.close()
            self._session = None

    async def open(self, ref: FileRef) -> SwarmReader:
        async with self._lock(ref.info_hash):
            runtime = await self._get_loaded(ref.info_hash)
            return runtime.open(ref, self._read_timeout)

    async def warm(self, ref: FileRef, rate: int) -> int:
        async with self._lock(ref.info_hash):
            runtime = await self._get_loaded(ref.info_hash)
            warming = runtime.warm(ref, rate, WARM_PATIENCE * self._read_timeout)
        with contextlib.closing(warming):
            return await warming.run()

    async def fetch_metadata(self, magnet: Magnet) -> Metainfo:
        async with self._lock(magnet.info_hash):
            for runtime in self._loaded.values():
                if not hashes_of(magnet).isdisjoint(hashes_of(runtime.metainfo)):
                    return runtime.metainfo
        if self._session is None:
            raise Unavailable("The engine is not running.")
        return await self._fetches.fetch(self._session, magnet)

    def find_fetch(self, info_hash: str) -> FetchStatus | None:
        return self._fetches.find_status(info_hash)

    async def add_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        endpoints = [split_peer(peer) for peer in peers]
        async with self._lock(info_hash):
            known = _newest(peers, await self._store.load_peers(info_hash))
            await self._store.save_peers(info_hash, known)
            self._fetches.add_peers(info_hash, peers)
            if runtime := self._loaded.get(info_hash):
                runtime.add_peers(known, endpoints)

    async def add_trackers(self, info_hash: str, trackers: tuple[str, ...]) -> None:
        async with self._lock(info_hash):
            if runtime := self._loaded.get(info_hash):
                runtime.add_trackers(trackers)

    async def remove(self, info_hash: str, *, delete_files: bool) -> None:
        removed = NotFound("The torrent was removed.")
        self._end(info_hash, removed)
        await self._fetches.stop(info_hash, removed)
        async with self._lock(info_hash):
            self._end(info_hash, removed)  # it may have been loading until now
            await self._unload(info_hash)
            if delete_files:
                await asyncio.to_thread(self._cache.remove, info_hash)

    def _end(self, info_hash: str, error: MomoshtremError) -> None:
        """End the readers of a torrent that nothing is to be saved of."""
        if runtime := self._loaded.get(info_hash):
            runtime.end(error)
            runtime.unsaved.clear()

    def find_status(self, info_hash: str) -> TorrentStatus | None:
        runtime = self._loaded.get(info_hash)
        return runtime.describe() if runtime else None

    def health(self) -> EngineHealth:
        return EngineHealth(
            running=self._session is not None,
            listen_port=self._session.listen_port if self._session else None,
            listen_problem=self._session.listen_problem if self._session else None,
            loaded=tuple(runtime.describe() for runtime in self._loaded.values()),
        )

    # what the session tells

    def piece_finished(self, info_hash: str, piece: int) -> None:
        if runtime := self._loaded.get(info_hash):
            runtime.piece_finished(piece)

    def block_finished(self, info_hash: str, piece: int, block: int) -> None:
        if runtime := self._loaded.get(info_hash):
            runtime.block_finished(piece, block)

    def piece_failed(self, info_hash: str, piece: int) -> None:
        if runtime := self._loaded.get(info_hash):
            runtime.piece_failed(piece)

    def torrent_failed(self, info_hash: str, reason: str) -> None:
        if runtime := self._loaded.get(info_hash):
            log.error("torrent %s failed: %s", info_hash, reason)
            runtime.fail(StorageFailed(f"The cache cannot be written: {reason}."))

    def status_updated(self, info_hash: str, status: lt.torrent_status) -> None:
        if runtime := self._loaded.get(info_hash):
            runtime.status = status

    def alerts_dropped(self) -> None:
        log.warning("libtorrent dropped alerts; all pieces are read anew")
        for runtime in self._loaded.values():
            runtime.alerts_lost()
            if runtime.handle:
                self._tasks.create_task(_read_pieces(runtime, runtime.handle))

    # loading and unloading

    def _lock(self, info_hash: str) -> asyncio.Lock:
        return self._locks.setdefault(info_hash, asyncio.Lock())

    async def _get_loaded(self, info_hash: str) -> TorrentRuntime:
        """The torrent, loaded by now; one that failed is loaded anew. Called with its lock held."""
        runtime = self._loaded.get(info_hash)
        if runtime is not None and runtime.failure:
            runtime.end(runtime.failure)
            await self._unload(info_hash)
            runtime = None
        return runtime or await self._load(info_hash)

    async def _load(self, info_hash: str) -> TorrentRuntime:
        stored = await self._store.load(info_hash)
        pieces = await asyncio.to_thread(self._cache.check, stored.metainfo, stored.readable)
        outlines = Outlines(stored, pieces, self._cache, self._store, self._tasks)
        on_blocks = self._on_blocks if stored.metainfo.piece_length >= MIN_PIECE else None
        runtime = TorrentRuntime(
            stored, pieces, self._cache, outlines, self._crowd, self._attach_soon, on_blocks=on_blocks
        )
        self._loaded[info_hash] = runtime
        return runtime

    def _report_blocks(self) -> None:
        if self._session:
            self._session.report_blocks(True)

    def _attach_soon(self, runtime: TorrentRuntime) -> None:
        if not runtime.attaching:
            runtime.attaching = True
            self._tasks.create_task(self._attach(runtime))

    async def _attach(self, runtime: TorrentRuntime) -> None:
        """Bring a torrent into the session, with all priorities 0."""
        async with self._lock(runtime.info_hash):
            if self._session is None or self._loaded.get(runtime.info_hash) is not runtime:
                return
            try:
                folder, pieces = self._cache.folder(runtime.info_hash), runtime.pieces.to_list()
                params = await asyncio.to_thread(make_params, runtime.metainfo, folder, pieces, runtime.peers)
                assert params.ti
                await self._fetches.give(params.ti)
                handle = await self._session.add(params)
            except Exception as error:
                log.exception("torrent %s cannot be added", runtime.info_hash)
                runtime.fail(StorageFailed(f"The torrent cannot be started: {error}."))
                return
            runtime.attached(handle)

    async def _unload(self, info_hash: str) -> None:
        """Let a torrent go, keeping what it learned; when cancelled it stays, to be saved again."""
        runtime = self._loaded.get(info_hash)
        if runtime is None:
            return
        try:
            await self._save_pieces(runtime)
            if runtime.handle:
                await self._save_peers(runtime, runtime.handle)
        except Exception:
            log.exception("what torrent %s learned could not be saved", info_hash)
        del self._loaded[info_hash]
        handle, runtime.handle = runtime.handle, None
        if handle:
            await self._leave(info_hash, handle)

    async def _leave(self, info_hash: str, handle: lt.torrent_handle) -> None:
        """Take a torrent out of the session, if there is one still."""
        if self._session:
            await self._session.remove(info_hash, handle)

    async def _unload_finally(self, runtime: TorrentRuntime) -> None:
        """Unload at the end: what goes wrong with one torrent is not to touch the others."""
        try:
            async with self._lock(runtime.info_hash):
                await self._unload(runtime.info_hash)
        except Exception:
            log.exception("torrent %s could not be saved", runtime.info_hash)

    # housekeeping

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            assert self._session
            self._session.tick()
            await self._look_around()
            self._session.report_blocks(any(runtime.blocks for runtime in self._loaded.values()))
            for runtime in list(self._loaded.values()):
                try:
                    await self._keep(runtime)
                except Exception:
                    log.exception("housekeeping of torrent %s failed", runtime.info_hash)

    async def _look_around(self) -> None:
        """Learn how many readers share the disk, and how scarce it is."""
        self._crowd.streaming = sum(each.audience.count_streaming() for each in self._loaded.values())
        if self._crowd.streaming:
            with contextlib.suppress(OSError):
                free = await asyncio.to_thread(self._cache.free)
                self._crowd.pressure = find_pressure(free, self._min_free)

    async def _keep(self, runtime: TorrentRuntime) -> None:
        """Save new pieces, notice stalled readers, let an idle torrent go."""
        runtime.replan()
        runtime.keep_blocks()
        try:
            await self._save_pieces(runtime)
        except (OSError, StorageFailed) as error:
            log.warning("pieces of torrent %s cannot be saved yet: %s", runtime.info_hash, error)
        idle = runtime.clock() - runtime.idle_since
        if not runtime.is_used() and (runtime.failure or idle >= self._settings.idle_timeout):
            async with self._lock(runtime.info_hash):
                if not runtime.is_used() and self._loaded.get(runtime.info_hash) is runtime:
                    await self._unload(runtime.info_hash)

    async def _save_pieces(self, runtime: TorrentRuntime) -> None:
        """Bytes first, then the bits that promise them: a crash between costs a piece, never a wrong byte."""
        if not runtime.unsaved:
            return
        unsaved, runtime.unsaved = runtime.unsaved, set()
        packed = runtime.pieces.pack()
        try:
            await asyncio.to_thread(self._cache.sync, runtime.metainfo, unsaved)
            if self._loaded.get(runtime.info_hash) is runtime:  # else it was removed, with its bytes maybe
                await self._store.save_readable(runtime.info_hash, packed)
        except BaseException:
            runtime.unsaved |= unsaved
            raise

    async def _save_peers(self, runtime: TorrentRuntime, handle: lt.torrent_handle) -> None:
        """Remember the peers that delivered most, for the next time."""
        try:
            found = await asyncio.to_thread(handle.get_peer_info)
        except RuntimeError:
            return
        good = sorted((p for p in found if p.total_download), key=lambda p: -p.total_download)
        peers = tuple(join_peer(*peer.ip) for peer in good if peer.flags & lt.peer_info.local_connection)
        if peers:
            with contextlib.suppress(NotFound):
                known = await self._store.load_peers(runtime.info_hash)
                await self._store.save_peers(runtime.info_hash, _newest(peers, known))


async def _read_pieces(runtime: TorrentRuntime, handle: lt.torrent_handle) -> None:
    """Learn from the session itself which pieces are here."""
    with contextlib.suppress(RuntimeError):
        status = await asyncio.to_thread(handle.status, lt.torrent_handle.query_pieces)
        for piece, here in enumerate(status.pieces):
            if here:
                runtime.piece_finished(piece)


def _newest(peers: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*peers, *known]))[:MAX_KNOWN_PEERS]
