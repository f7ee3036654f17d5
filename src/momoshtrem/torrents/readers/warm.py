"""Warming: a file's head and index are fetched before anybody asks for them, behind all who read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

from momoshtrem.errors import MomoshtremError
from momoshtrem.model.torrent import TorrentFile
from momoshtrem.torrents.readers.outlines import Outlines
from momoshtrem.torrents.schedule import LOWEST

MAX_BYTES, MIN_PIECES = 16 * 2**20, 4
"""What one file may cost; with large pieces so many of them, since head and index take one each at least."""


class Awaited(Protocol):
    """What a warming asks of the bytes of its torrent."""

    async def wait_for(self, piece: int) -> None:
        """Return when the piece is on disk. Raises the failure of the torrent."""


class WarmTorrent(Protocol):
    """What a warming asks of its torrent."""

    outlines: Outlines

    @property
    def contents(self) -> Awaited: ...

    @property
    def piece_length(self) -> int: ...

    @property
    def downloaded(self) -> int:
        """Bytes that came out of the swarm since it was loaded."""

    def find_silence(self, piece: int, seconds: float) -> MomoshtremError:
        """The error of who got nothing for so long."""

    def replan(self) -> None: ...

    def warmed(self, warming: Warming) -> None: ...


class Warming:
    """Fetches piece by piece what a player reads first of one file, at `rate` bytes per second at most.

    `piece` is the one that is wanted now; `patience` are the seconds in which some byte has to come.
    """

    def __init__(self, torrent: WarmTorrent, file: TorrentFile, rate: int, patience: float) -> None:
        self.piece: int | None = None
        self.rate = rate
        self._torrent = torrent
        self._file = file
        self._patience = patience

    async def run(self) -> int:
        """Go on until all is on disk, or enough, and give how many bytes that took.

        Raises NoData, and the failure of the torrent.
        """
        outlines = self._torrent.outlines
        outlines.open(self._file)
        outlines.advance(self._torrent.replan)
        length, fetched = self._torrent.piece_length, 0
        while fetched < max(MIN_PIECES, MAX_BYTES // length):
            await outlines.settle(self._file)
            self.piece = outlines.find_cold(self._file)
            if self.piece is None:
                break
            self._torrent.replan()
            await self._wait(self.piece)
            fetched += 1
        return fetched * length

    def close(self) -> None:
        """Drop what it wants."""
        self._torrent.warmed(self)

    async def _wait(self, piece: int) -> None:
        """Wait on for as long as anything comes: a large piece may take minutes."""
        before = -1
        while (downloaded := self._torrent.downloaded) > before:
            before = downloaded
            try:
                async with asyncio.timeout(self._patience):
                    return await self._torrent.contents.wait_for(piece)
            except TimeoutError:
                continue
        raise self._torrent.find_silence(piece, self._patience)


def find_asides(warmings: Iterable[Warming]) -> list[tuple[int, int]]:
    """The pieces that are wanted now, with the priority that is behind every reader."""
    return [(warming.piece, LOWEST) for warming in warmings if warming.piece is not None]


def find_limit(warmings: Iterable[Warming], *, read: bool) -> int:
    """Bytes per second that a torrent may take, 0 for any number: it is held back only while nobody reads."""
    return 0 if read else min((warming.rate for warming in warmings), default=0)
