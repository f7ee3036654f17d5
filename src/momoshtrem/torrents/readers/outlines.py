"""What is known of the files of a loaded torrent: learned from their bytes as they come, kept for later.

Only pieces whose hash was checked are looked at, since what is learned outlasts the process.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from momoshtrem.errors import MomoshtremError
from momoshtrem.model.torrent import TorrentFile
from momoshtrem.torrents.cache.folder import CacheFolder, read_at
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.containers.outline import Outline
from momoshtrem.torrents.containers.probe import Probe
from momoshtrem.torrents.engine import StoredTorrent, TorrentStore
from momoshtrem.torrents.schedule import NORMAL

log = logging.getLogger(__name__)

SMALL_PIECE = 2 * 2**20
"""Up to this piece length the last piece of a file is wanted even before anything is known of it."""
WARM_HEAD, WARM_INDEX = 2**20, 8 * 2**20
"""Bytes of a file's start, and at most of its index, that are fetched before a player asks."""


class Outlines:
    """The outlines of one torrent's files. Reading goes on in the group of tasks it is given."""

    def __init__(
        self,
        stored: StoredTorrent,
        pieces: Pieces,
        cache: CacheFolder,
        store: TorrentStore,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._metainfo = stored.metainfo
        self._pieces = pieces
        self._cache = cache
        self._store = store
        self._tasks = tasks
        self._known = dict(stored.outlines)
        self._probes: dict[int, Probe] = {}
        self._reading: dict[int, asyncio.Task[None]] = {}

    def duration_of(self, file_index: int) -> float | None:
        """In seconds; None while it is unknown."""
        outline = self.find(file_index)
        return outline.duration if outline else None

    def find(self, file_index: int) -> Outline | None:
        """What is known of a file by now; None for one that was never open."""
        if probe := self._probes.get(file_index):
            return probe.outline
        return self._known.get(file_index)

    def open(self, file: TorrentFile) -> None:
        """From now on this file is learned about."""
        if file.index in self._known or file.index in self._probes:
            return
        probe = Probe(PurePosixPath(file.path).name, file.size)
        if probe.wants is None:
            self._known[file.index] = probe.outline
        else:
            self._probes[file.index] = probe

    def advance(self, then: Callable[[], None]) -> None:
        """Read on, in the background, where bytes are here that tell more; call `then` after that."""
        for index, probe in self._probes.items():
            file = self._metainfo.files[index]
            if index not in self._reading and probe.wants and self._is_here(file, probe.wants):
                self._reading[index] = self._tasks.create_task(self._learn(file, probe, then))

    async def settle(self, file: TorrentFile) -> None:
        """Wait until what is here of the file has been read; never for the swarm."""
        if reading := self._reading.get(file.index):
            await asyncio.wait([reading])

    # what to fetch

    def find_asides(self, file_indexes: Iterable[int]) -> list[tuple[int, int]]:
        """Pieces that players of these files will ask for, with their priorities: behind the next piece."""
        return [
            (piece, NORMAL)
            for index in file_indexes
            for part in self._next_parts(self._metainfo.files[index])
            for piece in self._missing(self._metainfo.files[index], part)
        ]

    def find_cold(self, file: TorrentFile) -> int | None:
        """The next piece that is missing of what a player reads before it plays; None at the end."""
        for part in self._first_parts(file):
            for piece in self._missing(file, part):
                return piece
        return None

    def _next_parts(self, file: TorrentFile) -> Iterator[range]:
        """What would tell more and the likely index; once all is known, the index."""
        if probe := self._probes.get(file.index):
            yield probe.wants or range(0)
            if self._metainfo.piece_length <= SMALL_PIECE:
                yield range(file.size - 1, file.size)
        elif outline := self._known.get(file.index):
            yield from outline.index

    def _first_parts(self, file: TorrentFile) -> Iterator[range]:
        outline = self.find(file.index)
        assert outline
        yield range(min(file.size, max(WARM_HEAD, outline.head.stop)))
        if probe := self._probes.get(file.index):
            yield probe.wants or range(0)
        left = WARM_INDEX
        for part in outline.index:
            yield part[:left]
            left -= len(part[:left])

    def _missing(self, file: TorrentFile, part: range) -> list[int]:
        return self._pieces.find_all_missing(*self._span(file, part)) if part else []

    def _is_here(self, file: TorrentFile, part: range) -> bool:
        return self._pieces.find_missing(*self._span(file, part)) is None

    def _span(self, file: TorrentFile, part: range) -> tuple[int, int]:
        """The first and the last piece of a part of a file."""
        length = self._metainfo.piece_length
        return (file.offset + part.start) // length, (file.offset + part.stop - 1) // length

    # learning

    async def _learn(self, file: TorrentFile, probe: Probe, then: Callable[[], None]) -> None:
        try:
            await self._read_on(file, probe)
            if probe.wants is None:
                self._finish(file, probe)
                await self._store.save_outline(self._metainfo.info_hash, file.index, probe.outline)
        except MomoshtremError as error:
            log.warning("the outline of %s/%d is not kept: %s", self._metainfo.info_hash, file.index, error)
            self._finish(file, probe)
        except Exception:
            log.exception("nothing can be learned of %s/%d", self._metainfo.info_hash, file.index)
            self._finish(file, probe)
        self._reading.pop(file.index, None)
        then()

    async def _read_on(self, file: TorrentFile, probe: Probe) -> None:
        """Feed the probe for as long as what it wants is here."""
        fd = self._cache.open(self._metainfo.info_hash, file.index)
        try:
            while (part := probe.wants) is not None and self._is_here(file, part):
                found = await _read(fd, part)
                if not self._is_here(file, part):  # it was taken away meanwhile
                    break
                probe.feed(found)
        finally:
            os.close(fd)

    def _finish(self, file: TorrentFile, probe: Probe) -> None:
        self._known[file.index] = probe.outline
        self._probes.pop(file.index, None)


async def _read(fd: int, part: range) -> bytearray:
    found = bytearray()
    while len(found) < len(part):
        found += await read_at(fd, part.start + len(found), len(part) - len(found))
    return found
