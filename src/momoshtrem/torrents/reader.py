"""A reader: one open file, whose position drives the swarm."""

from __future__ import annotations

import asyncio
import math
import os
from typing import Protocol

from momoshtrem.errors import NoData
from momoshtrem.model.torrent import TorrentFile
from momoshtrem.torrents.cache import read_at
from momoshtrem.torrents.schedule import Demand

STALLED_AFTER = 10.0
"""Seconds without a read after which a reader is taken for paused, and wants nothing."""


class LoadedTorrent(Protocol):
    """What a reader asks of its torrent."""

    def clock(self) -> float:
        """Seconds on a clock that never jumps."""

    def piece_at(self, file: TorrentFile, offset: int) -> int: ...

    def readable_from(self, file: TorrentFile, offset: int, limit: int) -> int:
        """How many bytes from `offset`, up to `limit`, are on disk."""

    def open_file(self, file: TorrentFile) -> int:
        """A descriptor of the file in the cache."""

    async def wait_for(self, piece: int) -> None:
        """Return when the piece is on disk. Raises the failure of the torrent."""

    def explain_silence(self, seconds: float) -> str: ...

    def replan(self) -> None:
        """Have the demands of all readers looked at anew."""

    def closed(self, reader: SwarmReader) -> None: ...


class SwarmReader:
    """Reads one file of a loaded torrent."""

    def __init__(self, torrent: LoadedTorrent, file: TorrentFile, timeout: float) -> None:
        self._torrent = torrent
        self._file = file
        self._timeout = timeout
        self._fd: int | None = None
        self._position = 0
        self._sent = 0
        self._waits_since: float | None = None
        self._read_at = -math.inf
        self.closed = False

    @property
    def size(self) -> int:
        return self._file.size

    def demand(self, now: float) -> Demand | None:
        """Where this reader stands; None while it needs nothing."""
        waiting = now - self._waits_since if self._waits_since is not None else 0.0
        if self._position >= self.size or (not waiting and now - self._read_at > STALLED_AFTER):
            return None
        last = self._torrent.piece_at(self._file, self.size - 1)
        return Demand(self._torrent.piece_at(self._file, self._position), last, self._sent, waiting)

    async def read(self, offset: int, limit: int) -> bytes | bytearray:
        """See `engine.Reader.read`."""
        limit = min(limit, self.size - offset)
        if limit <= 0:
            return b""
        if offset != self._position:
            self._sent = 0
        self._stand_at(offset)
        available = self._torrent.readable_from(self._file, offset, limit)
        if not available:
            await self._wait()
            available = self._torrent.readable_from(self._file, offset, limit)
        if self._fd is None:
            self._fd = self._torrent.open_file(self._file)
        found = await read_at(self._fd, offset, available)
        self._sent += len(found)
        self._stand_at(offset + len(found))
        return found

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        if self._fd is not None:
            os.close(self._fd)
        self._torrent.closed(self)

    def _stand_at(self, offset: int) -> None:
        self._read_at = self._torrent.clock()
        before = self._torrent.piece_at(self._file, self._position)
        self._position = offset
        if self._torrent.piece_at(self._file, offset) != before:
            self._torrent.replan()

    async def _wait(self) -> None:
        piece = self._torrent.piece_at(self._file, self._position)
        self._waits_since = self._torrent.clock()
        self._torrent.replan()
        try:
            async with asyncio.timeout(self._timeout):
                await self._torrent.wait_for(piece)
        except TimeoutError:
            raise NoData(self._torrent.explain_silence(self._timeout)) from None
        finally:
            self._waits_since = None
