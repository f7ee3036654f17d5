"""Notices that an episode is nearly over, from how its file is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from momoshtrem.torrents.engine import Reader

NEARLY_OVER = 0.9
"""The share of a file."""
ENOUGH, SHARE = 16 * 2**20, 1 / 20
"""Bytes, or a share of a short file, that were read by whoever plays it; a look at its end takes less."""


@dataclass(slots=True)
class Progress:
    """How far whoever read a file last came: to byte `position`, with `given` bytes in a row."""

    position: int = 0
    given: int = 0
    told: bool = False


class FollowedReader:
    """A reader that calls `then` when it is read on behind most of the file, once for each `progress`.

    Some players open a file anew for each part of it: one that begins at the `progress` goes on from there.
    """

    def __init__(self, reader: Reader, progress: Progress, then: Callable[[], None]) -> None:
        self._reader = reader
        self._progress = progress
        self._then = then
        self._given: int | None = None

    @property
    def size(self) -> int:
        return self._reader.size

    async def read(self, offset: int, limit: int) -> bytes | bytearray:
        found = await self._reader.read(offset, limit)
        self._count(offset, len(found))
        if not self._progress.told and self._is_nearly_over():
            self._progress.told = True
            self._then()
        return found

    async def check(self) -> None:
        await self._reader.check()

    def close(self) -> None:
        self._reader.close()

    def _count(self, offset: int, size: int) -> None:
        progress = self._progress
        if self._given is None:
            self._given = progress.given if offset == progress.position else 0
        self._given += size
        progress.position, progress.given = offset + size, self._given

    def _is_nearly_over(self) -> bool:
        progress = self._progress
        is_late = progress.position >= self.size * NEARLY_OVER
        return is_late and progress.given >= min(ENOUGH, self.size * SHARE)
