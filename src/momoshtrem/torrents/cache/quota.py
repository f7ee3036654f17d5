"""How much the cache may take: what is on disk and what may still come are counted before they are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType

GIB = 2**30
SHARE, MAX_RESERVE = 32, GIB
"""The last of so many parts of the room, or so many bytes of it, is left to those who wait."""
UNKNOWN = 2**62
"""More than any disk has."""


class Quota:
    """All sizes are in bytes. The sum over all torrents never is less than what they take on the disk.

    `max_size` is for everything in the cache, `min_free` is to stay free on its disk. `refusals` are the
    pieces for which there was no room.
    """

    def __init__(self, max_size: int = UNKNOWN, min_free: int = 0) -> None:
        self.max_size = max_size
        self.min_free = min_free
        self.committed = 0
        self.refusals = 0
        self.settled = 0  # of all that was ever granted, what is on the disk or will not come
        self._sizes: dict[str, int] = {}
        self._unfinished: defaultdict[str, int] = defaultdict(int)
        self._granted = 0
        self._free = UNKNOWN
        self._free_at = 0
        self._refused = 0
        self._starved = 0

    @property
    def sizes(self) -> Mapping[str, int]:
        """By info-hash, what each torrent takes at most; those that take nothing are not here."""
        return MappingProxyType(self._sizes)

    def room(self) -> int:
        """What may still come; below 0 there is too much."""
        unwritten = self._granted - self._free_at
        return min(self.max_size - self.committed, self._free - self.min_free - unwritten)

    def capacity(self) -> int:
        """All that the cache can have, with what is in it."""
        return max(0, self.committed + self.room())

    def reserve(self) -> int:
        """What only those get who wait: a share of all that the cache can have."""
        return min(self.capacity() // SHARE, MAX_RESERVE)

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody who waits was refused."""
        return self._starved > 0

    def take_need(self) -> int:
        """How much is to be evicted now: room for a while when little is left, and for who was refused.

        Those are forgotten then; they ask again.
        """
        room, reserve, refused = self.room(), self.reserve(), self._refused
        self._refused = 0
        low = 3 * reserve if room < 2 * reserve else 0
        return max(0, low - room, refused - room)

    def take_lack(self) -> int:
        """How much must be evicted, whatever it is: for who waits and was refused, and what is too much.

        Those are forgotten then; they ask again.
        """
        starved, self._starved = self._starved, 0
        return max(0, starved - self.room())

    def grant(self, info_hash: str, cost: int, *, urgent: bool) -> bool:
        """Whether so much more may come for a torrent; then it is counted from now on."""
        room = self.room()
        wanted = cost if urgent else cost + self.reserve()
        if wanted <= room:
            self.pledge(info_hash, cost)
        elif wanted <= self.committed + room:  # else no eviction helps
            self._refused = max(self._refused, wanted)
            self._starved = max(self._starved, cost if urgent else 0)
        return wanted <= room

    def pledge(self, info_hash: str, cost: int) -> None:
        """So much comes, whether there is room or not."""
        self._add(info_hash, cost)
        self._granted += cost
        self._unfinished[info_hash] += cost

    def finish(self, info_hash: str, cost: int) -> None:
        """So much of what was granted is on the disk now."""
        self._unfinished[info_hash] -= cost
        self.settled += cost

    def tell_size(self, info_hash: str, size: int) -> None:
        """A torrent, or a folder of none, was measured while nobody wrote to it: nothing else counts."""
        self._add(info_hash, size - self._sizes.get(info_hash, 0))
        self.settled += self._unfinished.pop(info_hash, 0)

    def tell_free(self, free: int, settled: int) -> None:
        """So much was free on the disk some time after `settled` had its value."""
        self._free, self._free_at = free, settled

    def _add(self, info_hash: str, size: int) -> None:
        self.committed += size
        self._sizes[info_hash] = self._sizes.get(info_hash, 0) + size
        if not self._sizes[info_hash]:
            del self._sizes[info_hash]
