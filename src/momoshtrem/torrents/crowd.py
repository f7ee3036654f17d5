"""All readers of the engine together: what one may take follows from how many there are. Pure."""

from __future__ import annotations

from momoshtrem.torrents.pace import MAX_WINDOW, MIB

SCAN_TIME, SCAN_FILES = 30.0, 5
"""So many files opened within so many seconds: a library is scanned, nobody looks at them."""
SMALL_WINDOW = 4 * MIB
TOTAL_WINDOWS = 1024 * MIB
"""Bytes that are fetched ahead of all readers together, as long as each has a small window."""


class Crowd:
    """`streaming` readers share what there is; `pressure` from 0 to 1 tells how scarce the disk is."""

    def __init__(self, read_ahead: float) -> None:
        self.read_ahead = read_ahead
        self.streaming = 0
        self.pressure = 0.0
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
        share = min(MAX_WINDOW, TOTAL_WINDOWS // max(1, self.streaming))
        return max(SMALL_WINDOW, int(share * (1 - self.pressure)))


def find_pressure(free: int, min_free: int) -> float:
    """How scarce a disk is that has so many bytes free: 0 with twice what must stay free, 1 with no more."""
    return min(1.0, max(0.0, 2 - free / min_free)) if min_free else 0.0
