"""A loaded torrent: its pieces, its readers, and what it wants of the swarm.

It is loaded when a file is opened, and enters the libtorrent session only once a reader wants a piece that is
not on disk. All of it runs on the event loop; setters of a handle are posted and never wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import libtorrent as lt

from momoshtrem.errors import MomoshtremError, NoData, NotFound, Unavailable
from momoshtrem.model.torrent import FileRef, TorrentFile
from momoshtrem.model.words import counted
from momoshtrem.torrents.allowance import FULL, Allowance
from momoshtrem.torrents.cache.stamps import Stamps
from momoshtrem.torrents.contents import Contents
from momoshtrem.torrents.counters import BRIEF
from momoshtrem.torrents.engine import StoredTorrent, TorrentStatus, Wait
from momoshtrem.torrents.picker import Wishes, list_blocks
from momoshtrem.torrents.readers.audience import Audience
from momoshtrem.torrents.readers.crowd import Crowd
from momoshtrem.torrents.readers.outlines import Outlines
from momoshtrem.torrents.readers.pace import Pace
from momoshtrem.torrents.readers.reader import SwarmReader
from momoshtrem.torrents.readers.warm import Warming, find_asides, find_limit
from momoshtrem.torrents.schedule import make_plan
from momoshtrem.torrents.swarm.watch import Stalls
from momoshtrem.torrents.traffic import TrafficMeter

CLOSE_DELAY = 0.05
"""Seconds a closed reader's wishes live on: a player that seeks opens anew at once."""


class TorrentRuntime:
    """One loaded torrent.

    `on_demand` is called when it wants pieces and has no handle yet, `on_short` when there is no room for
    some of them. While what is on disk is promised to the store, or taken back, `saving` is held.
    """

    def __init__(
        self,
        stored: StoredTorrent,
        contents: Contents,
        outlines: Outlines,
        crowd: Crowd,
        allowance: Allowance,
        on_demand: Callable[[TorrentRuntime], None],
        on_short: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self.metainfo = stored.metainfo
        self.peers = list(stored.peers)
        self.contents = contents
        self.allowance = allowance
        self.saving = asyncio.Lock()
        self.stamps = Stamps(self.metainfo.piece_count, self.metainfo.piece_length, stored.stamps)
        self.saved_stamps = stored.stamps
        self.outlines = outlines
        self.audience = Audience(stored.metainfo, contents.pieces, outlines, crowd, clock)
        self.warmings: set[Warming] = set()
        self.idle_since = -math.inf
        self.attaching = False
        self.handle: lt.torrent_handle | None = None
        self.is_in_session = False
        self.status: lt.torrent_status | None = None
        self.traffic = TrafficMeter(stored.traffic)
        self.seeding = False
        self.counters = crowd.counters
        self.stalls = Stalls(self.counters.stalled)
        self._on_demand = on_demand
        self._on_short = on_short
        self._wishes = Wishes(contents.pieces)
        self._replanning: asyncio.Handle | None = None

    @property
    def info_hash(self) -> str:
        return self.metainfo.info_hash

    @property
    def piece_length(self) -> int:
        return self.metainfo.piece_length

    def is_used(self) -> bool:
        """Whether it must stay loaded."""
        return bool(self.audience.readers or self.warmings)

    @property
    def downloaded(self) -> int:
        """Bytes that came out of the swarm since it was loaded."""
        return self.traffic.downloaded

    def open(self, ref: FileRef, timeout: float) -> SwarmReader:
        """A new reader; nothing is asked of the swarm until it reads."""
        file = self._find_file(ref)
        reader = SwarmReader(self, self.contents, file, timeout)
        self.audience.enter(reader)
        self.outlines.open(file)
        self.outlines.advance(self.replan)
        return reader

    def warm(self, ref: FileRef, rate: int, patience: float) -> Warming:
        """To be run and closed by the caller."""
        warming = Warming(self, self._find_file(ref), rate, patience)
        self.warmings.add(warming)
        return warming

    def warmed(self, warming: Warming) -> None:
        """Told by a warming when it is closed."""
        self.warmings.discard(warming)
        self.replan()

    def _find_file(self, ref: FileRef) -> TorrentFile:
        if not 0 <= ref.file_index < len(self.metainfo.files):
            raise NotFound("The torrent has no such file.")
        file = self.metainfo.files[ref.file_index]
        if file.size != ref.size:
            raise NotFound("The torrent's file is not the one that was assigned.")
        return file

    def add_peers(self, known: tuple[str, ...], new: list[tuple[str, int]]) -> None:
        """From now on these peers are known; the new ones are connected to at once."""
        self.peers = list(known)
        if self.handle:
            for endpoint in new:
                self.handle.connect_peer(endpoint)

    def add_trackers(self, trackers: tuple[str, ...]) -> None:
        """From now on these are asked for peers too."""
        known = tuple(dict.fromkeys([*self.metainfo.trackers, *trackers]))
        self.metainfo = replace(self.metainfo, trackers=known)
        if self.handle:
            for tracker in trackers:
                self.handle.add_tracker({"url": tracker})

    def closed(self, reader: SwarmReader) -> None:
        """Told by a reader when it is closed."""
        self.audience.leave(reader)
        self.idle_since = self.clock()
        asyncio.get_running_loop().call_later(CLOSE_DELAY, self.replan)

    # what readers ask

    def find_pace(self, file: TorrentFile, offset: int) -> Pace:
        """For a reader that begins to read there."""
        return self.audience.find_pace(file, offset)

    def waited(self, piece: int, seconds: float) -> None:
        """Told by a reader when its wait for a piece is over."""
        self.counters.waits[self.stalls.reason_of(piece) or BRIEF].observe(seconds)

    def find_silence(self, piece: int, seconds: float) -> MomoshtremError:
        """Why nobody got anything of this piece for so long."""
        if piece in self.allowance.refused:
            return Unavailable(FULL)
        peers = self.status.num_peers if self.status else 0
        found = (
            f"connected to {counted(peers, 'peer')}, none sent the piece" if peers else "no peer was found"
        )
        return NoData(
            f"Nothing came from the swarm for {seconds:g} s: {found}. Try again, or assign another torrent."
        )

    # what the session tells

    def piece_finished(self, piece: int) -> None:
        """The piece passed its hash and is in the file."""
        if self.contents.piece_finished(piece):
            self.allowance.finish(piece)
            self.outlines.advance(self.replan)
            self.replan()

    def piece_failed(self, piece: int) -> None:
        """The bytes of the piece were wrong: whoever was given some of them gets no more."""
        for reader in self.audience.readers:
            reader.piece_failed(piece)
        self.contents.piece_failed(piece)

    def status_updated(self, status: lt.torrent_status) -> None:
        """What is told late of a time in the session that is over does not count."""
        if status.handle == self.handle:
            self.status = status
            self.traffic.count(status.total_payload_upload, status.total_payload_download)

    async def measure(self) -> None:
        """Have the newest status at once."""
        if self.handle:
            with contextlib.suppress(RuntimeError):  # it has left the session meanwhile
                self.status_updated(await asyncio.to_thread(self.handle.status, 0))

    async def check_given(self) -> None:
        """Give nothing unchecked until it is attached anew; return when all is checked that was given to
        readers that still want it."""
        self.contents.hold_blocks()
        for reader, _ in self.audience.find_demands():
            for piece in reader.find_unchecked():
                await self.contents.wait_for(piece)

    def doubt(self) -> None:
        """What was given unchecked will never be checked, or failed without a word: it is taken for wrong."""
        for reader in self.audience.readers:
            for piece in reader.find_unchecked():
                reader.piece_failed(piece)
        self.contents.doubt()

    def use(self, stamp: int) -> None:
        """What came or was read since the last call was used at this time of the cache's clock."""
        used, self.contents.used = self.contents.used, set()
        for piece in used:
            self.stamps.touch(piece, piece, stamp)

    def attached(self, handle: lt.torrent_handle) -> None:
        """The torrent is in the session now, with all priorities 0."""
        self.handle, self.is_in_session = handle, True
        self._wishes.begin()
        self._apply()
        self.contents.attached(partial(list_blocks, handle))

    # what the swarm is told

    def replan(self) -> None:
        """Have the plan made anew before the loop goes on; many calls cost one."""
        if self._replanning is None:
            self._replanning = asyncio.get_running_loop().call_soon(self._apply)

    def _apply(self) -> None:
        self._replanning = None
        demands = [demand for _, demand in self.audience.find_demands()]
        plan = make_plan(demands, self.contents.pieces, self.piece_length, self._find_asides())
        plan = self.allowance.limit(plan, {demand.piece for demand in demands if demand.waiting})
        if self.allowance.refused:
            self._on_short()
        if self.handle is None:
            if plan.priorities and not self.contents.failure:
                self._on_demand(self)
            return
        limit = find_limit(self.warmings, read=bool(self.audience.readers))
        self._wishes.change(self.handle, plan, limit)

    # how the swarm serves

    def list_wanted(self) -> list[int]:
        """The missing pieces that the swarm was told to send."""
        return self._wishes.list_missing()

    def keep_blocks(self) -> None:
        """Forget the blocks of pieces that no reader needs now."""
        wanting = [reader for reader, _ in self.audience.find_demands()]
        self.contents.blocks.keep({piece for reader in wanting for piece in reader.find_pieces()})

    def ask_again(self) -> None:
        """Have libtorrent forget what it asked of peers, and tell it everything anew."""
        if self.handle:
            self._wishes.repeat(self.handle)

    def describe(self, leaves_in: float | None = None) -> TorrentStatus:
        status = self.status if self.handle else None
        return TorrentStatus(
            info_hash=self.info_hash,
            state=self._find_state(),
            progress=self.contents.pieces.count() / len(self.contents.pieces),
            download_rate=status.download_payload_rate if status else 0,
            upload_rate=status.upload_payload_rate if status else 0,
            peers=status.num_peers if status else 0,
            readers=self.audience.describe(),
            downloaded=self.downloaded,
            reason=str(self.contents.failure) if self.contents.failure else None,
            waits=self._find_waits(),
            stalls=self.stalls.list_counts(),
            last_stalls=self.stalls.list_last(),
            total=self.traffic.total,
            leaves_in=leaves_in,
        )

    def _find_state(self) -> str:
        if self.contents.failure:
            return "failed"
        if self.is_used():
            return "streaming" if self.audience.readers else "warming"
        return "seeding" if self.seeding else "idle"

    def _find_waits(self) -> tuple[Wait, ...]:
        return tuple(
            Wait(wait.piece, wait.seconds, self.stalls.reason_of(wait.piece))
            for wait in self.audience.find_waiting()
        )

    def _find_asides(self) -> list[tuple[int, int]]:
        """What nobody waits for yet; what players will ask for goes before what is warmed."""
        return [*find_asides(self.warmings), *self.audience.find_asides()]
