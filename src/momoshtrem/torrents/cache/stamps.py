"""When each region of a torrent was last read, by a clock that only counts."""

from __future__ import annotations

import struct

REGION = 32 * 2**20
"""Bytes that are remembered together."""
LATEST = 2**32 - 1


class Stamps:
    """One stamp for each region of some consecutive pieces; 0 is never."""

    def __init__(self, piece_count: int, piece_length: int, packed: bytes = b"") -> None:
        self._pieces = max(1, REGION // piece_length)
        self._count = -(-piece_count // self._pieces)
        whole = packed[: 4 * self._count].ljust(4 * self._count, b"\0")
        self._stamps: list[int] = list(struct.unpack(f"<{self._count}I", whole))

    def pack(self) -> bytes:
        """32 bits for each region, little-endian."""
        return struct.pack(f"<{self._count}I", *self._stamps)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, region: int) -> int:
        return self._stamps[region]

    def touch(self, first: int, last: int, stamp: int) -> None:
        """The pieces from `first` to `last` are in use."""
        for region in self.regions_of(first, last):
            self._stamps[region] = stamp

    def regions_of(self, first: int, last: int) -> range:
        """The regions with any of the pieces from `first` to `last`."""
        return range(self.region_of(first), self.region_of(last) + 1)

    def region_of(self, piece: int) -> int:
        return piece // self._pieces

    def find_latest(self) -> int:
        return max(self._stamps, default=0)


class StampClock:
    """Later than every stamp it has met, and later with each tick: no clock of the machine disturbs it."""

    def __init__(self) -> None:
        self.now = 1

    def meet(self, stamps: Stamps) -> None:
        self.now = max(self.now, min(stamps.find_latest() + 1, LATEST))

    def tick(self) -> None:
        self.now = min(self.now + 1, LATEST)
