"""A reader: one open file, whose position drives the swarm."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable
from functools import partial
from typing import Protocol

from momoshtrem.errors import FalseData, MomoshtremError
from momoshtrem.model.torrent import TorrentFile
from momoshtrem.torrents.cache.folder import read_at
from momoshtrem.torrents.counters import Counters, Source
from momoshtrem.torrents.readers.pace import Pace
from momoshtrem.torrents.schedule import Demand

PAUSED_AFTER = 10.0
"""Seconds without a read after which a reader is taken for paused, and wants nothing."""
GIVES_WAY_AFTER = 0.25
"""Seconds without a read after which a reader wants nothing while another begins elsewhere in its file."""
GATHER = 0.02
"""Seconds in which blocks are gathered once the first was given: each read costs more than its bytes."""


class LoadedTorrent(Protocol):
    """What a reader asks of its torrent, and tells it."""

    counters: Counters

    def clock(self) -> float:
        """Seconds on a clock that never jumps."""

    def find_pace(self, file: TorrentFile, offset: int) -> Pace:
        """The history of a reader that begins to read there."""

    def find_silence(self, piece: int, seconds: float) -> MomoshtremError:
        """The error of who got nothing of a piece for so long."""

    def replan(self) -> None:
        """Have the demands of all readers looked at anew."""

    def waited(self, piece: int, seconds: float) -> None:
        """The wait for a piece is over."""

    def closed(self, reader: SwarmReader) -> None: ...


class LoadedContents(Protocol):
    """What a reader asks of the bytes of its torrent; `used` and `removals` as of `Contents`."""

    used: set[int]
    removals: int

    def piece_at(self, file: TorrentFile, offset: int) -> int: ...

    def readable_from(self, file: TorrentFile, offset: int, limit: int) -> int:
        """How many bytes from `offset`, up to `limit`, are on disk."""

    def list_unchecked(self, file: TorrentFile, offset: int, size: int) -> list[int]:
        """The pieces of these bytes whose hash was not checked yet."""

    def is_checked(self, piece: int) -> bool: ...

    def open_file(self, file: TorrentFile) -> int:
        """A descriptor of the file in the cache."""

    async def wait_for_more(self, piece: int) -> None:
        """Return when more of the piece may be on disk. Raises the failure of the torrent."""


class SwarmReader:
    """Reads one file of a loaded torrent."""

    def __init__(
        self, torrent: LoadedTorrent, contents: LoadedContents, file: TorrentFile, timeout: float
    ) -> None:
        self._torrent = torrent
        self._contents = contents
        self._file = file
        self._timeout = timeout
        self._fd: int | None = None
        self._fd_since = 0
        self._position = 0
        self.pace = Pace()
        self._awaited: int | None = None
        self._waits_since: float | None = None
        self._read_at = -math.inf
        self._unchecked: set[int] = set()
        self._given_false = False
        self._opened_at: float | None = torrent.clock()
        self.closed = False

    @property
    def size(self) -> int:
        return self._file.size

    @property
    def file_index(self) -> int:
        return self._file.index

    @property
    def last_piece(self) -> int:
        """Of its file."""
        return self._contents.piece_at(self._file, self.size - 1)

    def demand(self, now: float) -> Demand | None:
        """Where this reader stands; None while it needs nothing."""
        waiting = now - self._waits_since if self._waits_since is not None else 0.0
        paused = self._waits_since is None and now - self._read_at > PAUSED_AFTER
        if paused or not self.find_pieces():
            return None
        idle = 0.0 if self._waits_since is not None else now - self._read_at
        return Demand(self._first_piece(), self.last_piece, self.pace.sent, waiting, idle)

    def find_pieces(self) -> set[int]:
        """The piece at the position, and those that were given and are not checked yet."""
        at = {self._contents.piece_at(self._file, self._position)} if self._position < self.size else set()
        return at | self.find_unchecked()

    async def read(self, offset: int, limit: int) -> bytes | bytearray:
        """See `engine.Reader.read`."""
        limit = min(limit, self.size - offset)
        if limit <= 0:
            return b""
        if self._read_at == -math.inf:
            self.pace = self._torrent.find_pace(self._file, offset)
        self.pace.ask(self._torrent.clock(), offset)
        self._stand_at(offset)
        source: Source = "disk" if self._contents.readable_from(self._file, offset, 1) else "swarm"
        found: bytes | bytearray = b""
        while not found:
            found = await self._read_once(offset, limit)
        self._refuse_false()
        self.pace.give(self._torrent.clock(), len(found))
        self._count(source, len(found))
        self._stand_at(offset + len(found))
        return found

    async def _read_once(self, offset: int, limit: int) -> bytes | bytearray:
        """Wait for bytes at `offset` and read them; gives none if any were taken away meanwhile."""
        contents = self._contents
        if not contents.readable_from(self._file, offset, 1):
            piece = contents.piece_at(self._file, offset)
            await self._wait(piece, lambda: contents.readable_from(self._file, offset, 1) > 0)
        available, removals = contents.readable_from(self._file, offset, limit), contents.removals
        self._unchecked.update(contents.list_unchecked(self._file, offset, available))
        found = await read_at(self._open_file(removals), offset, available)
        if contents.removals != removals:
            return b""
        contents.used.add(contents.piece_at(self._file, offset))
        return found

    def _open_file(self, removals: int) -> int:
        """The descriptor; anew when anything was taken away since, and the file with it perhaps."""
        if self._fd is None or self._fd_since != removals:
            self._close_file()
            self._fd, self._fd_since = self._contents.open_file(self._file), removals
        return self._fd

    def _close_file(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    async def check(self) -> None:
        """See `engine.Reader.check`."""
        while unchecked := self.find_unchecked():
            piece = min(unchecked)
            await self._wait(piece, partial(self._contents.is_checked, piece))
        self._refuse_false()

    def piece_failed(self, piece: int) -> None:
        """Told by the torrent: the bytes of this piece were wrong."""
        self._given_false = self._given_false or piece in self.find_unchecked()

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._close_file()
        self._torrent.closed(self)

    def _stand_at(self, offset: int) -> None:
        self._read_at = self._torrent.clock()
        before = self._contents.piece_at(self._file, self._position)
        self._position = offset
        if self._contents.piece_at(self._file, offset) != before:
            self._torrent.replan()

    async def _wait(self, piece: int, is_over: Callable[[], bool]) -> None:
        """Wait on for as long as anything comes; more at a time is given to those who got some already."""
        self._awaited, self._waits_since = piece, (began := self._torrent.clock())
        self._torrent.replan()
        later = asyncio.get_running_loop().call_later(GIVES_WAY_AFTER, self._torrent.replan)
        try:
            while not is_over():
                self._refuse_false()
                async with asyncio.timeout(self._timeout):
                    await self._contents.wait_for_more(piece)
                if self.pace.sent:
                    await asyncio.sleep(GATHER)
        except TimeoutError:
            self._torrent.counters.timeouts += 1
            raise self._torrent.find_silence(piece, self._timeout) from None
        finally:
            later.cancel()
            self._torrent.waited(piece, self._torrent.clock() - began)
            self._awaited = self._waits_since = None

    def _count(self, source: Source, size: int) -> None:
        self._torrent.counters.read(source, size)
        if self._opened_at is not None:
            took, self._opened_at = self._torrent.clock() - self._opened_at, None
            self._torrent.counters.first_bytes[source].observe(took)

    def _first_piece(self) -> int:
        """The piece it waits for or stands at, or the first of those before it that were given in part."""
        at = min(self._position, self.size - 1)
        piece = self._contents.piece_at(self._file, at) if self._awaited is None else self._awaited
        while piece - 1 in self._unchecked:
            piece -= 1
        return piece

    def find_unchecked(self) -> set[int]:
        """The pieces that were given and may still prove to be wrong."""
        self._unchecked = {piece for piece in self._unchecked if not self._contents.is_checked(piece)}
        return self._unchecked

    def _refuse_false(self) -> None:
        if self._given_false:
            self._torrent.counters.false_data += 1
            raise FalseData(
                "Bytes that were passed on are false, or cannot be checked any more. Open the file again."
            )
