"""A loaded torrent: its pieces, its readers, and what it wants of the swarm.

It is loaded when a file is opened, and enters the libtorrent session only once a reader wants a piece that is
not on disk. All of it runs on the event loop; setters of a handle are posted and never wait.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Callable

import libtorrent as lt

from momoshtrem.errors import MomoshtremError, NotFound, StorageFailed
from momoshtrem.model.torrent import FileRef, TorrentFile
from momoshtrem.model.words import counted
from momoshtrem.torrents.cache import CacheFolder
from momoshtrem.torrents.engine import StoredTorrent, TorrentStatus, Wait
from momoshtrem.torrents.pieces import Pieces
from momoshtrem.torrents.reader import SwarmReader
from momoshtrem.torrents.schedule import Changes, Demand, Plan, compare_plans, make_plan

CLOSE_DELAY = 0.05
"""Seconds a closed reader's wishes live on: a player that seeks opens anew at once."""


class TorrentRuntime:
    """One loaded torrent. `on_demand` is called when it wants pieces and has no handle yet."""

    def __init__(
        self,
        stored: StoredTorrent,
        pieces: Pieces,
        cache: CacheFolder,
        on_demand: Callable[[TorrentRuntime], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self.metainfo = stored.metainfo
        self.peers = list(stored.peers)
        self.pieces = pieces
        self.unsaved: set[int] = set()
        self.readers: set[SwarmReader] = set()
        self.idle_since = self.clock()
        self.failure: MomoshtremError | None = None
        self.attaching = False
        self.handle: lt.torrent_handle | None = None
        self.status: lt.torrent_status | None = None
        self._cache = cache
        self._on_demand = on_demand
        self._waiters: dict[int, set[asyncio.Future[None]]] = defaultdict(set)
        self._plan = Plan()
        self._replanning: asyncio.Handle | None = None
        self._ended = False

    @property
    def info_hash(self) -> str:
        return self.metainfo.info_hash

    def open(self, ref: FileRef, timeout: float) -> SwarmReader:
        """A new reader; nothing is asked of the swarm until it reads."""
        if not 0 <= ref.file_index < len(self.metainfo.files):
            raise NotFound("The torrent has no such file.")
        file = self.metainfo.files[ref.file_index]
        if file.size != ref.size:
            raise NotFound("The torrent's file is not the one that was assigned.")
        reader = SwarmReader(self, file, timeout)
        self.readers.add(reader)
        return reader

    def add_peers(self, known: tuple[str, ...], new: list[tuple[str, int]]) -> None:
        """From now on these peers are known; the new ones are connected to at once."""
        self.peers = list(known)
        if self.handle:
            for endpoint in new:
                self.handle.connect_peer(endpoint)

    def closed(self, reader: SwarmReader) -> None:
        """Told by a reader when it is closed."""
        self.readers.discard(reader)
        self.idle_since = self.clock()
        asyncio.get_running_loop().call_later(CLOSE_DELAY, self.replan)

    # what readers ask

    def piece_at(self, file: TorrentFile, offset: int) -> int:
        return (file.offset + offset) // self.metainfo.piece_length

    def readable_from(self, file: TorrentFile, offset: int, limit: int) -> int:
        """How many bytes from `offset`, up to `limit`, are on disk."""
        if self._ended:
            return 0
        first, last = self.piece_at(file, offset), self.piece_at(file, offset + limit - 1)
        missing = self.pieces.find_missing(first, last)
        if missing is None:
            return limit
        return max(0, missing * self.metainfo.piece_length - file.offset - offset)

    def open_file(self, file: TorrentFile) -> int:
        """A descriptor of the file in the cache."""
        try:
            return os.open(self._cache.path(self.info_hash, file.index), os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise StorageFailed(f"The cache cannot be read: {error.strerror}.") from error

    async def wait_for(self, piece: int) -> None:
        """Return when the piece is on disk. Raises the failure of the torrent."""
        if self.failure:
            raise self.failure
        future = asyncio.get_running_loop().create_future()
        waiters = self._waiters[piece]
        waiters.add(future)
        try:
            await future
        finally:
            waiters.discard(future)
            if not waiters:
                self._waiters.pop(piece, None)

    def explain_silence(self, seconds: float) -> str:
        """Why a reader got nothing."""
        peers = self.status.num_peers if self.status else 0
        found = (
            f"connected to {counted(peers, 'peer')}, none sent the piece" if peers else "no peer was found"
        )
        return (
            f"Nothing came from the swarm for {seconds:g} s: {found}. Try again, or assign another torrent."
        )

    # what the session tells

    def piece_finished(self, piece: int) -> None:
        """The piece passed its hash and is in the file."""
        if piece in self.pieces:
            return
        self.pieces.add(piece)
        self.unsaved.add(piece)
        for future in self._waiters.get(piece, ()):
            if not future.done():
                future.set_result(None)
        self.replan()

    def attached(self, handle: lt.torrent_handle) -> None:
        """The torrent is in the session now, with all priorities 0."""
        self.handle = handle
        self._plan = Plan()
        self._apply()

    def fail(self, error: MomoshtremError) -> None:
        """End every wait with this error, now and later."""
        self.failure = error
        for futures in self._waiters.values():
            for future in futures:
                if not future.done():
                    future.set_exception(error)

    def end(self, error: MomoshtremError) -> None:
        """As `fail`, and what is on disk is not read any more either."""
        self._ended = True
        self.fail(error)

    # what the swarm is told

    def replan(self) -> None:
        """Have the plan made anew before the loop goes on; many calls cost one."""
        if self._replanning is None:
            self._replanning = asyncio.get_running_loop().call_soon(self._apply)

    def _apply(self) -> None:
        self._replanning = None
        plan = make_plan(self._find_demands(), self.pieces, self.metainfo.piece_length)
        if self.handle is None:
            if plan.priorities and not self.failure:
                self._on_demand(self)
            return
        changes = compare_plans(self._plan, plan, self.pieces)
        self._plan = plan
        if changes:
            tell(self.handle, changes)

    def describe(self) -> TorrentStatus:
        status = self.status if self.handle else None
        return TorrentStatus(
            info_hash=self.info_hash,
            state="failed" if self.failure else "streaming" if self.readers else "idle",
            progress=self.pieces.count() / len(self.pieces),
            download_rate=status.download_payload_rate if status else 0,
            upload_rate=status.upload_payload_rate if status else 0,
            peers=status.num_peers if status else 0,
            readers=len(self.readers),
            downloaded=status.total_payload_download if status else 0,
            reason=str(self.failure) if self.failure else None,
            waits=self._find_waits(),
        )

    def _find_waits(self) -> tuple[Wait, ...]:
        demands = self._find_demands()
        return tuple(Wait(demand.piece, demand.waiting) for demand in demands if demand.waiting)

    def _find_demands(self) -> list[Demand]:
        now = self.clock()
        return [demand for reader in self.readers if (demand := reader.demand(now))]


def tell(handle: lt.torrent_handle, changes: Changes) -> None:
    """Post the changes in their order. Sequential picking is begun anew because libtorrent 2.1 loses its
    range when priorities fall to 0, and would pick at random from then on."""
    if changes.raised:
        handle.prioritize_pieces(changes.raised)
    if changes.clear:
        handle.clear_piece_deadlines()
    for piece, milliseconds in changes.deadlines:
        handle.set_piece_deadline(piece, milliseconds)
    if changes.priorities:
        handle.prioritize_pieces(changes.priorities)
    if changes.end_sequential:
        handle.unset_flags(lt.torrent_flags.sequential_download)
    if changes.begin_sequential:
        handle.set_flags(lt.torrent_flags.sequential_download)
