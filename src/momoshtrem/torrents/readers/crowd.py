"""All readers of the engine together: what one may take follows from how many there are. Pure."""

from __future__ import annotations

from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.counters import Counters
from momoshtrem.torrents.readers.pace import MAX_WINDOW, MIB

SCAN_TIME, SCAN_FILES = 30.0, 5
"""So many files opened within so many seconds: a library is scanned, nobody looks at them."""
SMALL_WINDOW = 4 * MIB
TOTAL_WINDOWS, WINDOW_SHARE = 1024 * MIB, 4
"""Bytes that are fetched ahead of all readers together, if the cache has so many times as much; what is more
only so that each has a small window."""


class Crowd:
    """`streaming` readers share what there is: the line, and what the cache can have.

    `counters` tell what all of them met.
    """

    def __init__(self, read_ahead: float, quota: Quota) -> None:
        self.read_ahead = read_ahead
        self.streaming = 0
        self._quota = quota
        self.counters = Counters()
        self._opened: dict[tuple[str, int], float] = {}

    def open(self, now: float, info_hash: str, file_index: int) -> bool:
        """A file is opened; gives whether it is one of many."""
        self._opened.pop((info_hash, file_index), None)
        self._opened[info_hash, file_index] = now
        while len(self._opened) > SCAN_FILES or next(iter(self._opened.values())) < now - SCAN_TIME:
            del self._opened[next(iter(self._opened))]
        return len(self._opened) == SCAN_FILES

    def room(self) -> int:
        """Bytes that may be fetched ahead of one reader."""
        total = min(TOTAL_WINDOWS, self._quota.capacity() // WINDOW_SHARE)
        return max(SMALL_WINDOW, min(MAX_WINDOW, total // max(1, self.streaming)))
