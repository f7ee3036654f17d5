"""The swarms, and what is done with them. Rates are bytes per second, times seconds."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fakes.line import Line

MIB = 2**20
SIZE = 512 * MIB
PERIOD = 12.0
"""Peers that come and go do so once in this time."""
STREAM_TIME, TWO_TIME, PLAY_TIME = PERIOD, PERIOD, 25.0
STAY = 0.5
SEEKS = tuple(int(SIZE * share) for share in (0.6, 0.3, 0.85, 0.45, 0.72, 0.93))
READERS = (int(SIZE * 0.2), int(SIZE * 0.7))


@dataclass(frozen=True, slots=True)
class Visitor:
    """A peer, and from when to when it is here in each period."""

    line: Line
    begin: float = 0.0
    end: float = PERIOD

    @property
    def rate(self) -> float:
        """What it gives on average: true bytes alone count."""
        return 0.0 if self.line.corrupt else self.line.rate * (self.end - self.begin) / PERIOD

    def is_here(self, seconds: float) -> bool:
        return self.begin <= seconds % PERIOD < self.end


@dataclass(frozen=True, slots=True)
class Profile:
    """A swarm, and how it is tried.

    `film_rate` is that of the film at an opening, of which there are `openings`; `play_share` is the share of
    the capacity at which a film is played, 0 plays none; `pieces` are in MiB.
    """

    visitors: tuple[Visitor, ...]
    film_rate: float
    play_share: float = 0.0
    pieces: tuple[int, ...] = (1, 4, 16)
    openings: int = 3

    @property
    def capacity(self) -> float:
        return sum(visitor.rate for visitor in self.visitors)

    @property
    def lies(self) -> bool:
        return any(visitor.line.corrupt for visitor in self.visitors)

    @property
    def comes_and_goes(self) -> bool:
        return any(visitor.end - visitor.begin < PERIOD for visitor in self.visitors)


def _line(megabytes: float, round_trip: float, *, corrupt: bool = False) -> Line:
    return Line(megabytes * 1e6, round_trip / 2, corrupt)


PROFILES = {
    "fast": Profile((Visitor(_line(8, 0.03)),), film_rate=4e6, play_share=0.8),
    "mixed": Profile(
        tuple(Visitor(_line(*each)) for each in ((2, 0.05), (1, 0.1), (0.1, 0.2), (0.05, 0.3))),
        film_rate=1.6e6,
        play_share=0.6,
        openings=10,
    ),
    "slow": Profile((Visitor(_line(1, 0.2)),), film_rate=0.6e6, pieces=(1, 4)),
    "churn": Profile(
        (Visitor(_line(1, 0.1)), Visitor(_line(2, 0.05), end=7), Visitor(_line(2, 0.08), begin=5)),
        film_rate=1.2e6,
        play_share=0.6,
    ),
    "liar": Profile(
        (Visitor(_line(2, 0.05)), Visitor(_line(2, 0.08)), Visitor(_line(2, 0.05, corrupt=True))),
        film_rate=2e6,
    ),
}
