"""What a reader does, told from its reads, and how far ahead of it to fetch: pure."""

from __future__ import annotations

import math

from momoshtrem.torrents.engine import ReaderKind

MIB = 2**20
STREAMS_AFTER = MIB
"""Bytes in a row after which a reader is no probe any more."""
NEAR_BEHIND, NEAR_AHEAD = 8 * MIB, MIB
"""A jump of so many bytes is none: a client that lost its connection comes back to what it did not take out
of the buffers on the way, and players skip what they do not show."""
MEMORY = 5.0
"""Seconds over which a rate is averaged."""
COPY_SECONDS, COPY_BYTES = 120.0, 192 * MIB
"""A reader that is so far ahead of one that plays does not play: no player buffers that much."""

TYPICAL_LENGTH = 3600.0
"""Seconds a file lasts while nothing is known of it; most films are longer, which makes windows larger."""
MIN_WINDOW, MAX_WINDOW, GROWTH = 16 * MIB, 256 * MIB, 8
"""Bytes to fetch ahead of a reader that streams, reached as a multiple of what it was given in a row."""
SECONDS_READ = 4.0
"""As many seconds of reading at the present rate are fetched ahead, should that be more."""


def guess_rate(size: int, duration: float | None) -> float:
    """Bytes per second of a file when it is played."""
    return max(1.0, size / (duration or TYPICAL_LENGTH))


class Pace:
    """The history of one reader, which stands at byte `position`.

    One that `scans` came with many others, of other files.
    """

    def __init__(self, *, scans: bool = False) -> None:
        self.scans = scans
        self.position = 0
        self._begin = 0
        self._begun_at = -math.inf
        self._recent = 0.0
        self._given_at = 0.0

    @property
    def sent(self) -> int:
        """Bytes it was given in a row."""
        return self.position - self._begin

    def is_near(self, offset: int) -> bool:
        """Whether reading on at `offset` goes on with what was read."""
        return -NEAR_BEHIND <= offset - self.position <= NEAR_AHEAD

    def ask(self, now: float, offset: int) -> None:
        """A read at `offset` begins."""
        if self._begun_at == -math.inf or offset <= self._begin or not self.is_near(offset):
            self._begin, self._begun_at = offset, now
            self._recent = 0.0
        self.position = offset

    def give(self, now: float, size: int) -> None:
        """The read gives so many bytes."""
        self.position += size
        self._recent = self._fade(now) + size
        self._given_at = now

    def rate(self, now: float) -> float:
        """Bytes per second of late."""
        span = MEMORY * -math.expm1(-max(now - self._begun_at, 1.0) / MEMORY)
        return self._fade(now) / span

    def kind(self, now: float, play_rate: float) -> ReaderKind:
        """What it seems to do with a file of `play_rate` bytes per second."""
        if self.sent < STREAMS_AFTER:
            return "scan" if self.scans else "probe"
        lead = self.sent - (now - self._begun_at) * play_rate
        return "copy" if lead > max(COPY_BYTES, COPY_SECONDS * play_rate) else "playback"

    def window(self, now: float, play_rate: float, read_ahead: float, room: int) -> int:
        """Bytes to fetch ahead: `read_ahead` seconds of playing, at most `room`."""
        most = max(MIN_WINDOW, read_ahead * play_rate, SECONDS_READ * self.rate(now))
        return int(min(most, room, GROWTH * max(self.sent, STREAMS_AFTER)))

    def _fade(self, now: float) -> float:
        return self._recent * math.exp((self._given_at - now) / MEMORY)
