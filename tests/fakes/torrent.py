"""A torrent of the fake engine while it is loaded: its swarm, its pieces and its readers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import monotonic

from momoshtrem.errors import MomoshtremError, NoData, NotFound
from momoshtrem.model.torrent import FileRef, Metainfo, TorrentFile
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.counters import Counters, Source
from momoshtrem.torrents.engine import ReaderStatus
from momoshtrem.torrents.readers.pace import Pace, guess_rate

WARMED = 2**17
"""Bytes of a file's start and end that warming fetches."""


@dataclass(slots=True)
class FakeSwarm:
    """Who has the content of a torrent: all its files in their order, one after the other."""

    metainfo: Metainfo
    content: bytes
    peers: frozenset[str] = frozenset()
    live: bool = True

    def is_known_by(self, sources: tuple[str, ...]) -> bool:
        """Whether one of these peers or trackers leads to it."""
        return self.live and (not self.peers or not self.peers.isdisjoint(sources))


@dataclass(eq=False, slots=True)
class FakeTorrent:
    """`changed` is set whenever a waiting reader should look again."""

    metainfo: Metainfo
    swarm: FakeSwarm | None
    pieces: Pieces
    peers: tuple[str, ...]
    trackers: tuple[str, ...] = ()
    failure: MomoshtremError | None = None
    readers: list[FakeReader] = field(default_factory=list)
    warmings: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def fail(self, error: MomoshtremError) -> None:
        self.failure = error
        self.wake()

    def find_state(self) -> str:
        if self.failure:
            return "failed"
        return "streaming" if self.readers else "warming" if self.warmings else "idle"

    def find_file(self, ref: FileRef) -> TorrentFile:
        files = self.metainfo.files
        if not 0 <= ref.file_index < len(files) or files[ref.file_index].size != ref.size:
            raise NotFound("The torrent has no such file.")
        return files[ref.file_index]

    def find_cold(self, file: TorrentFile) -> list[int]:
        """The pieces of a file's head and end."""
        offsets = [*range(min(WARMED, file.size)), *range(max(0, file.size - WARMED), file.size)]
        return sorted({(file.offset + offset) // self.metainfo.piece_length for offset in offsets})

    def can_deliver(self) -> bool:
        return self.swarm is not None and self.swarm.is_known_by(self.peers + self.trackers)

    async def fetch(self, piece: int) -> None:
        """Wait until the piece is here; a swarm that can gives it at once."""
        while piece not in self.pieces:
            if self.failure:
                raise self.failure
            if self.can_deliver():
                self.pieces.add(piece)
            else:
                await self.changed.wait()


class FakeReader:
    """Reads out of the content of the swarm; `wish` is the piece it waits for."""

    def __init__(self, torrent: FakeTorrent, file: TorrentFile, timeout: float, counters: Counters) -> None:
        self.wish: int | None = None
        self.closed = False
        self._pace = Pace()
        self._torrent = torrent
        self._file = file
        self._timeout = timeout
        self._counters = counters

    @property
    def size(self) -> int:
        return self._file.size

    async def read(self, offset: int, limit: int) -> bytes:
        limit = min(limit, self.size - offset)
        if limit <= 0:
            return b""
        start = self._file.offset + offset
        piece = start // self._torrent.metainfo.piece_length
        self._pace.ask(monotonic(), offset)
        source: Source = "disk" if piece in self._torrent.pieces else "swarm"
        await self._wait(piece)
        assert self._torrent.swarm
        end = min(start + limit, (piece + 1) * self._torrent.metainfo.piece_length)
        self._pace.give(monotonic(), end - start)
        self._counters.read(source, end - start)
        return self._torrent.swarm.content[start:end]

    async def check(self) -> None:
        """All it gives is checked."""

    def describe(self) -> ReaderStatus:
        """It fetches nothing ahead, and never tells how fast it is."""
        kind = self._pace.kind(monotonic(), guess_rate(self.size, None))
        return ReaderStatus(self._file.index, kind, self._pace.position, window=0, rate=0)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.wish = None
            self._torrent.readers.remove(self)

    async def _wait(self, piece: int) -> None:
        self.wish = piece
        try:
            async with asyncio.timeout(self._timeout):
                await self._torrent.fetch(piece)
        except TimeoutError:
            self._counters.timeouts += 1
            raise NoData(f"Nothing came from the swarm for {self._timeout:g} s.") from None
        finally:
            self.wish = None
