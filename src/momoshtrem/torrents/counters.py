"""What the readers of an engine met since it was made: plain numbers that only grow."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from momoshtrem.histogram import Histogram

Source = Literal["disk", "swarm"]
"""Bytes that were on disk when they were asked for, or that had to be waited for."""
BRIEF = "brief"
"""In the place of a reason: the wait was over before anybody looked into it."""


def make_wait_times() -> Histogram:
    """In seconds; below 0.25 s nobody looks into a wait, and players show it from about 0.5 s on."""
    return Histogram(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)


@dataclass(slots=True)
class Counters:
    """By source: `reads`, their `bytes`, and seconds from the opening of a file to its first bytes.

    By `engine.Reason`, or BRIEF: seconds of `waits`; and of those of readers that streamed the `stalls`, with
    their seconds. `timeouts` are reads that got nothing in time, `false_data` those that were cut since bytes
    that were given proved wrong.
    """

    reads: Counter[Source] = field(default_factory=Counter)
    bytes: Counter[Source] = field(default_factory=Counter)
    first_bytes: defaultdict[Source, Histogram] = field(default_factory=lambda: defaultdict(make_wait_times))
    waits: defaultdict[str, Histogram] = field(default_factory=lambda: defaultdict(make_wait_times))
    stalls: Counter[str] = field(default_factory=Counter)
    stall_seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    timeouts: int = 0
    false_data: int = 0

    def read(self, source: Source, size: int) -> None:
        self.reads[source] += 1
        self.bytes[source] += size

    def stalled(self, reason: str, seconds: float) -> None:
        self.stalls[reason] += 1
        self.stall_seconds[reason] += seconds


@dataclass(frozen=True, slots=True)
class CacheStatus:
    """The cache as the engine counts it; sizes are in bytes.

    `used` is on the disk or may still come, of `max_size`; `min_free` is to stay free. Since the engine was
    made: what was `evicted` from torrents that were "unloaded", "idle" or "live", how many `swaps` of live
    ones that took, and how many pieces were `refused` for want of room. `problem` says why somebody gets
    nothing for want of it now, or what is wrong with the disk. `sizes` are shares of `used` by info-hash.
    """

    used: int = 0
    max_size: int = 0
    min_free: int = 0
    evicted: Mapping[str, int] = field(default_factory=dict)
    swaps: int = 0
    refused: int = 0
    problem: str | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
