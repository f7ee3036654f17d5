"""Notices that an episode is nearly over, from how its file is read."""

from __future__ import annotations

from collections.abc import Callable

from momoshtrem.torrents.engine import Reader

NEARLY_OVER = 0.9
"""The share of a file."""
ENOUGH, SHARE = 16 * 2**20, 1 / 20
"""Bytes, or a share of a short file, that were read by whoever plays it; a look at its end takes less."""


class FollowedReader:
    """A reader that calls `then` once, when it is read on behind most of the file."""

    def __init__(self, reader: Reader, then: Callable[[], None]) -> None:
        self._reader = reader
        self._then: Callable[[], None] | None = then
        self._given = 0

    @property
    def size(self) -> int:
        return self._reader.size

    async def read(self, offset: int, limit: int) -> bytes | bytearray:
        found = await self._reader.read(offset, limit)
        self._given += len(found)
        if self._then and self._is_nearly_over(offset + len(found)):
            then, self._then = self._then, None
            then()
        return found

    async def check(self) -> None:
        await self._reader.check()

    def close(self) -> None:
        self._reader.close()

    def _is_nearly_over(self, position: int) -> bool:
        return position >= self.size * NEARLY_OVER and self._given >= min(ENOUGH, self.size * SHARE)
