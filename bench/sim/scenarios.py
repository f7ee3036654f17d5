"""Swarms by name: what each peer is like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PeerSpec:
    """`rate` in bytes/s, `rtt` in seconds. It is there from `up[0]` to `up[1]` of each `period`, if any."""

    rate: float
    rtt: float
    period: float = 0.0
    up: tuple[float, float] = (0.0, 0.0)
    chokes: bool = False
    """Away means choking, the connection stays."""
    lies: bool = False

    @property
    def share(self) -> float:
        """Of the time it is there."""
        return (self.up[1] - self.up[0]) / self.period if self.period else 1.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """`bitrate` of the film that is opened, in bytes/s; `load` is the share of the capacity played at to see
    stalls."""

    peers: tuple[PeerSpec, ...]
    bitrate: float
    load: float = 0.6

    @property
    def capacity(self) -> float:
        """Bytes/s of all honest peers."""
        return sum(peer.rate * peer.share for peer in self.peers if not peer.lies)


MB = 1e6


def _fall(count: int, rates: tuple[float, float], rtts: tuple[float, float]) -> tuple[PeerSpec, ...]:
    """Peers whose rates and round trips go evenly from the first to the second."""
    steps = [i / (count - 1) for i in range(count)]
    (rate, last_rate), (rtt, last_rtt) = rates, rtts
    return tuple(PeerSpec((rate + (last_rate - rate) * s) * MB, rtt + (last_rtt - rtt) * s) for s in steps)


MIXED = (PeerSpec(2 * MB, 0.05), PeerSpec(MB, 0.1), PeerSpec(0.1 * MB, 0.2), PeerSpec(0.05 * MB, 0.3))

SCENARIOS = {
    "fast": Scenario((PeerSpec(8 * MB, 0.03),), 4 * MB, 0.8),
    "mixed": Scenario(MIXED, 1.6 * MB),
    "slow": Scenario((PeerSpec(MB, 0.2),), 0.6 * MB),
    "churn": Scenario(
        (
            PeerSpec(MB, 0.1),
            PeerSpec(2 * MB, 0.05, 12, (0, 7)),
            PeerSpec(2 * MB, 0.08, 12, (5, 12)),
        ),
        1.2 * MB,
    ),
    "choke": Scenario(
        (
            PeerSpec(MB, 0.1),
            PeerSpec(2 * MB, 0.05, 10, (0, 6), chokes=True),
            PeerSpec(2 * MB, 0.08, 14, (4, 14), chokes=True),
        ),
        1.2 * MB,
    ),
    "liar": Scenario(
        (PeerSpec(2 * MB, 0.05), PeerSpec(2 * MB, 0.08), PeerSpec(2 * MB, 0.05, lies=True)), 2 * MB
    ),
    "eight": Scenario(_fall(8, (1, 0.3), (0.08, 0.25)), 1.6 * MB),
    "twenty": Scenario(_fall(10, (0.8, 0.3), (0.05, 0.25)) + _fall(10, (0.05, 0.01), (0.05, 0.25)), 1.6 * MB),
}
