"""Which peers to shut out for being slow, and when to let them back: pure, from samples of what each sent.

libtorrent gives every peer at least two blocks at a time, and thinks an idle slow peer as good as a busy fast
one. So a peer that is far slower than the others holds blocks that a reader waits for. It is judged by its
host, since a connection can be refused by its address only.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from momoshtrem.torrents.blocks import BLOCK

MEMORY = 5.0
"""Seconds over which a rate is averaged."""
MAX_GAP = 2.0
"""Seconds between two samples after which what happened in between is not known."""
KNOWN_AFTER, GUESSED_AFTER = 1.5, 0.75
"""Seconds with requests after which a rate is known, and after which one is that is half as high at most."""
SLOW = 1 / 5
"""Share of the best peer's rate."""
SLOW_BLOCKS = 1.5
"""A slow peer sends less than this in the time in which the swarm sends a piece."""
MAX_LOSS = 0.08
"""Share of the swarm's rate that all who are shut out may have had."""
SILENT_AFTER = 1.0
"""Seconds."""
BACK_AFTER, BACK_BELOW = 90.0, 0.6
"""Seconds, and the share of the swarm's former rate, after which all may come back."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A host at a moment: bytes it sent so far, whether we asked it for some, which pieces it would send."""

    host: str
    received: int
    asked: bool
    pieces: Container[int]


class Speed:
    """How fast a host sends while it has requests.

    `seconds` counts that time, `silent` that since its last byte.
    """

    def __init__(self, received: int) -> None:
        self.seconds = 0.0
        self.silent = 0.0
        self._received = received
        self._asked = False
        self._bytes = 0.0
        self._span = 0.0

    @property
    def rate(self) -> float:
        return self._bytes / self._span if self._span else 0.0

    @property
    def most(self) -> float:
        """The rate it may have at most, were its next block about to be complete."""
        return (self._bytes + BLOCK) / self._span if self._span else math.inf

    def feed(self, sample: Sample, seconds: float) -> None:
        """`seconds` passed since the last sample."""
        came = max(0, sample.received - self._received)
        if (self._asked or came) and seconds <= MAX_GAP:
            fading = math.exp(-seconds / MEMORY)
            self._bytes = self._bytes * fading + came
            self._span = self._span * fading + seconds
            self.seconds += seconds
            self.silent = 0.0 if came else self.silent + seconds
        self._received = sample.received
        self._asked = sample.asked


@dataclass(frozen=True, slots=True)
class Sentence:
    """A host is shut out until that time; `rate` is what it is thought to have sent."""

    until: float
    rate: float


class PeerJudge:
    """Judges the peers of one torrent. `shut` are the hosts that are shut out."""

    def __init__(self) -> None:
        self.shut: dict[str, Sentence] = {}
        self._speeds: dict[str, Speed] = {}
        self._looked_at = 0.0
        self._former = 0.0

    def look(self, now: float, samples: Sequence[Sample], wanted: Collection[int], piece_length: int) -> None:
        """Take new samples of all connected peers; at most one of each host."""
        here = {sample.host: sample for sample in samples if sample.host not in self.shut}
        self._feed(now, here)
        total = sum(speed.rate for speed in self._speeds.values())
        if not self.shut or total < BACK_BELOW * self._former or not _have_all(here.values(), wanted):
            self._let_all_back()
        self.pardon(now)
        most = MAX_LOSS * (total + self._lost())
        for host, rate in self._find_slow(total, piece_length):
            rest = [sample for sample in here.values() if sample.host != host]
            if rest and rate + self._lost() < most and _have_all(rest, wanted):
                self.shut_out([host], now + BACK_AFTER)
                self._former = total
                del here[host]

    def pardon(self, now: float) -> None:
        """Let those back whose time is over."""
        self.shut = {host: sentence for host, sentence in self.shut.items() if sentence.until > now}

    def shut_out(self, hosts: Iterable[str], until: float) -> None:
        for host in hosts:
            speed = self._speeds.pop(host, None)
            self.shut[host] = Sentence(until, speed.rate if speed else 0.0)

    def find_worse(self, hosts: Collection[str], others: Collection[str]) -> set[str]:
        """Which of the hosts are silent, or slow beside the best of the others."""
        best = max((self._speeds[host].rate for host in others if host in self._speeds), default=0.0)
        known = [(host, self._speeds[host]) for host in hosts if host in self._speeds]
        return {host for host, speed in known if speed.silent >= SILENT_AFTER or speed.rate < SLOW * best}

    def _lost(self) -> float:
        return sum(sentence.rate for sentence in self.shut.values())

    def _let_all_back(self) -> None:
        self.shut.clear()
        self._former = 0.0

    def _feed(self, now: float, here: Mapping[str, Sample]) -> None:
        known = self._speeds
        self._speeds = {host: known.get(host) or Speed(sample.received) for host, sample in here.items()}
        for host, speed in self._speeds.items():
            speed.feed(here[host], now - self._looked_at)
        self._looked_at = now

    def _find_slow(self, total: float, piece_length: int) -> list[tuple[str, float]]:
        """Hosts that are slow, slowest first, with the rates they are thought to have."""
        guessed = [speed for speed in self._speeds.values() if speed.seconds >= GUESSED_AFTER]
        best = max((speed.rate for speed in guessed), default=0.0)
        limit = SLOW_BLOCKS * BLOCK * total / piece_length
        slow = []
        for host, speed in self._speeds.items():
            if speed.seconds >= KNOWN_AFTER and speed.rate < min(SLOW * best, limit):
                slow.append((host, speed.rate))
            elif speed.seconds >= GUESSED_AFTER and speed.most < min(SLOW * best, limit) / 2:
                slow.append((host, speed.most))
        return sorted(slow, key=lambda pair: pair[1])


def _have_all(samples: Collection[Sample], wanted: Collection[int]) -> bool:
    """Whether each wanted piece is to be had from one of them."""
    return all(any(piece in sample.pieces for sample in samples) for piece in wanted)
