"""The torrents that are loaded: how they come, enter the session and leave it, and what they leave behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import weakref
from collections.abc import Callable

import libtorrent as lt

from momoshtrem.errors import MomoshtremError, NotFound, StorageFailed
from momoshtrem.torrents.blocks import MIN_PIECE
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.contents import Contents
from momoshtrem.torrents.crowd import Crowd
from momoshtrem.torrents.engine import TorrentStore
from momoshtrem.torrents.fetch import Fetches
from momoshtrem.torrents.metainfo import join_peer, make_params
from momoshtrem.torrents.outlines import Outlines
from momoshtrem.torrents.runtime import TorrentRuntime
from momoshtrem.torrents.session import Session

log = logging.getLogger(__name__)

MAX_KNOWN_PEERS = 50


class LoadedTorrents:
    """All that are loaded, by info-hash. Whoever loads or unloads one holds its lock.

    `session` is None while there is none; with `on_blocks` readers are given blocks before their piece.
    """

    def __init__(
        self,
        cache: CacheFolder,
        store: TorrentStore,
        tasks: asyncio.TaskGroup,
        fetches: Fetches,
        crowd: Crowd,
        on_blocks: Callable[[], None] | None,
    ) -> None:
        self.runtimes: dict[str, TorrentRuntime] = {}
        self.session: Session | None = None
        self._cache = cache
        self._store = store
        self._tasks = tasks
        self._fetches = fetches
        self._crowd = crowd
        self._on_blocks = on_blocks
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    def lock(self, info_hash: str) -> asyncio.Lock:
        return self._locks.setdefault(info_hash, asyncio.Lock())

    def list_all(self) -> list[TorrentRuntime]:
        return list(self.runtimes.values())

    def find(self, info_hash: str) -> TorrentRuntime | None:
        return self.runtimes.get(info_hash)

    async def get(self, info_hash: str) -> TorrentRuntime:
        """The torrent, loaded by now; one that failed is loaded anew. Called with its lock held."""
        runtime = self.find(info_hash)
        if runtime is not None and runtime.contents.failure:
            runtime.contents.end(runtime.contents.failure)
            await self.unload(info_hash)
            runtime = None
        return runtime or await self._load(info_hash)

    def end(self, info_hash: str, error: MomoshtremError) -> None:
        """End the readers of a torrent that nothing is to be saved of."""
        if runtime := self.find(info_hash):
            runtime.contents.end(error)
            runtime.contents.unsaved.clear()

    async def unload(self, info_hash: str) -> None:
        """Let a torrent go, keeping what it learned; when cancelled it stays, to be saved again."""
        runtime = self.find(info_hash)
        if runtime is None:
            return
        try:
            await self.save_pieces(runtime)
            if runtime.handle:
                await self._save_peers(runtime, runtime.handle)
        except Exception:
            log.exception("what torrent %s learned could not be saved", info_hash)
        del self.runtimes[info_hash]
        await self._detach(runtime)

    async def unload_finally(self, runtime: TorrentRuntime) -> None:
        """Unload at the end: what goes wrong with one torrent is not to touch the others."""
        try:
            async with self.lock(runtime.info_hash):
                await self.unload(runtime.info_hash)
        except Exception:
            log.exception("torrent %s could not be saved", runtime.info_hash)

    async def save_pieces(self, runtime: TorrentRuntime) -> None:
        """Bytes first, then the bits that promise them: a crash between costs a piece, never a wrong byte."""
        contents = runtime.contents
        if not contents.unsaved:
            return
        unsaved, contents.unsaved = contents.unsaved, set()
        packed = contents.pieces.pack()
        try:
            await asyncio.to_thread(self._cache.sync, runtime.metainfo, unsaved)
            if self.find(runtime.info_hash) is runtime:  # else it was removed, with its bytes maybe
                await self._store.save_readable(runtime.info_hash, packed)
        except BaseException:
            contents.unsaved |= unsaved
            raise

    async def _load(self, info_hash: str) -> TorrentRuntime:
        stored = await self._store.load(info_hash)
        pieces = await asyncio.to_thread(self._cache.check, stored.metainfo, stored.readable)
        outlines = Outlines(stored, pieces, self._cache, self._store, self._tasks)
        on_blocks = self._on_blocks if stored.metainfo.piece_length >= MIN_PIECE else None
        contents = Contents(stored.metainfo, pieces, self._cache, on_blocks)
        runtime = TorrentRuntime(stored, contents, outlines, self._crowd, self._attach_soon)
        self.runtimes[info_hash] = runtime
        return runtime

    def _attach_soon(self, runtime: TorrentRuntime) -> None:
        if not runtime.attaching:
            runtime.attaching = True
            self._tasks.create_task(self._attach_finally(runtime))

    async def _attach_finally(self, runtime: TorrentRuntime) -> None:
        """Bring a torrent into the session, unless it has gone meanwhile."""
        async with self.lock(runtime.info_hash):
            if self.find(runtime.info_hash) is runtime:
                await self._attach(runtime)

    async def _attach(self, runtime: TorrentRuntime) -> None:
        """Bring a torrent into the session, with all priorities 0."""
        if self.session is None:
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
        handle, runtime.handle = runtime.handle, None
        if handle and self.session:
            await self.session.remove(runtime.info_hash, handle)

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
                await self._store.save_peers(runtime.info_hash, newest(peers, known))


def newest(peers: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """The peers to keep, the best first."""
    return tuple(dict.fromkeys([*peers, *known]))[:MAX_KNOWN_PEERS]
