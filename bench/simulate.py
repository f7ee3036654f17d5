"""Schedules compared on modelled swarms, in seconds: `python -m bench.simulate --scenario mixed`.

With pieces of 1 MiB most figures of steady swarms came within a quarter of those measured on libtorrent
2.1. What a lost order costs does not come out (nothing to half of it all), and seeks are twice too fast
where peers come and go. Larger pieces and unchecked blocks were not compared. It knows no disk, no
processor and no lost packet.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.sim.player import FILE, Player, Policy, Reader, Steps
from bench.sim.scenarios import SCENARIOS, Scenario

MIB = 2**20
HEAD, TAIL = MIB // 2, MIB
STREAM_TIME, STAY, PLAY_TIME = 8.0, 0.5, 20.0
SEEKS = (0.6, 0.3, 0.85, 0.45, 0.15, 0.95)
BOTH = (0.2, 0.7)
START, FULL = 2.0, 20.0
"""Seconds of film that a player begins with, and that it holds at most."""


@dataclass
class Figures:
    """Of one run: seconds, and bytes/s."""

    first_byte: float = 0.0
    first_mib: float = 0.0
    goodput: float = 0.0
    seek_byte: list[float] = field(default_factory=list)
    seek_mib: list[float] = field(default_factory=list)
    two: float = 0.0
    fairness: float = 0.0
    opening: float = 0.0
    start: float = 0.0
    stalls: int = 0
    waste: float = 0.0


def first_bytes(reader: Reader, byte: Callable[[float], None], mib: Callable[[float], None]) -> Steps:
    """Tells the seconds to the first byte and to the first MiB."""
    yield from reader.read_to(reader.at + 1)
    byte(reader.age)
    yield from reader.read_to(min(reader.begun + MIB, FILE))
    mib(reader.age)


def stream(player: Player, figures: Figures) -> Steps:
    """First bytes, then all that comes for a while; bytes that came with the first piece do not count."""
    reader = Reader(player, 0)
    yield from first_bytes(
        reader, lambda s: setattr(figures, "first_byte", s), lambda s: setattr(figures, "first_mib", s)
    )
    yield from reader.read_to(max(MIB, player.piece_length))
    since, before = player.clock.now, reader.at
    yield from reader.read_to(FILE, since + STREAM_TIME)
    figures.goodput = (reader.at - before) / STREAM_TIME
    reader.close()


def seek(player: Player, figures: Figures) -> Steps:
    """Jump about: the old reader is left, a new one opened."""
    for place in SEEKS:
        reader = Reader(player, int(FILE * place))
        yield from first_bytes(reader, figures.seek_byte.append, figures.seek_mib.append)
        yield from reader.read_to(FILE, player.clock.now + STAY)
        reader.close()


def read_both(player: Player, figures: Figures) -> None:
    """Two readers at once, each as fast as it can."""
    readers = [Reader(player, int(FILE * place)) for place in BOTH]
    end = player.clock.now + STREAM_TIME
    player.play(*(reader.read_to(FILE, end) for reader in readers))
    got = [reader.got for reader in readers]
    figures.two, figures.fairness = sum(got) / STREAM_TIME, min(got) / max(1, *got)
    for reader in readers:
        reader.close()


def show(player: Player, figures: Figures) -> Steps:
    """What a player does: head, tail, then the film."""
    for offset, size in ((0, HEAD), (FILE - TAIL, TAIL)):
        probe = Reader(player, offset)
        yield from probe.read_to(offset + size)
        probe.close()
    reader = Reader(player, 0)
    yield from reader.read_to(MIB)
    figures.opening = player.clock.now
    yield from reader.read_to(reader.at + int(START * player.scenario.bitrate))
    figures.start = player.clock.now
    yield from watch(reader, player.scenario.bitrate, PLAY_TIME, figures)
    reader.close()


def watch(reader: Reader, bitrate: float, seconds: float, figures: Figures) -> Steps:
    """Play on; the buffer holds `START` seconds now."""
    clock, buffered, playing = reader.player.clock, START * bitrate, True
    end, last = clock.now + seconds, clock.now
    while clock.now < end:
        if playing:
            buffered -= (clock.now - last) * bitrate
            if buffered <= 0:
                playing, buffered, figures.stalls = False, 0.0, figures.stalls + 1
        last = clock.now
        while buffered < FULL * bitrate and (got := reader.take(int(FULL * bitrate - buffered) + 1)):
            buffered += got
        playing = playing or buffered >= START * bitrate
        yield 0.02


def watch_hard(player: Player, figures: Figures) -> Steps:
    """Play near the capacity of the swarm, from the middle on."""
    reader, bitrate = Reader(player, FILE // 4), player.scenario.load * player.scenario.capacity
    yield from reader.read_to(reader.at + int(START * bitrate))
    yield from watch(reader, bitrate, PLAY_TIME, figures)
    reader.close()


def run(policy: Policy, scenario: Scenario, piece_length: int, seed: int) -> Figures:
    """All measures; the opening and each playing have a torrent of their own."""
    figures = Figures()
    player = Player(policy, scenario, piece_length, seed)
    player.play(stream(player, figures))
    player.play(seek(player, figures))
    read_both(player, figures)
    figures.waste = player.swarm.received / (16 * 1024 * max(1, len(player.spans)))
    for act in (show, watch_hard):
        player = Player(policy, scenario, piece_length, seed)
        player.play(act(player, figures))
    return figures


HEADINGS = (
    "scenario", "piece", "policy", "1st byte", "1st MiB", "goodput", "seek->byte", "seek->MiB (worst)",
    "two/one (fair)", "opening", "+ 2 s (9 of 10)", "stalls", "fetched/read",
)  # fmt: skip


def describe(runs: Sequence[Figures], capacity: float) -> tuple[str, ...]:
    """Medians over the runs, as cells of the table."""

    def mid(of: Callable[[Figures], float]) -> float:
        return median(map(of, runs))

    seeks = [seconds for figures in runs for seconds in figures.seek_mib] or [float("inf")]
    starts = sorted(figures.start or float("inf") for figures in runs)
    goodput = mid(lambda f: f.goodput)
    return (
        f"{mid(lambda f: f.first_byte):.2f}",
        f"{mid(lambda f: f.first_mib):.2f}",
        f"{goodput / 1e6:.2f} ({goodput / capacity:.0%})",
        f"{median([s for f in runs for s in f.seek_byte] or [float('inf')]):.2f}",
        f"{median(seeks):.2f} ({max(seeks):.2f})",
        f"{mid(lambda f: f.two) / max(1.0, goodput):.2f} ({mid(lambda f: f.fairness):.2f})",
        f"{mid(lambda f: f.opening):.2f}",
        f"{median(starts):.2f} ({starts[max(0, -(-len(starts) * 9 // 10) - 1)]:.2f})",
        f"{mid(lambda f: float(f.stalls)):.1f}",
        f"{mid(lambda f: f.waste):.2f}",
    )


def load_policy(name: str) -> Policy:
    """`module:name` of a `Policy`, or of a function like `make_plan`."""
    module, _, attribute = name.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    return found if isinstance(found, Policy) else Policy(make_plan=found)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.simulate", description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", nargs="+", default=list(SCENARIOS), choices=list(SCENARIOS))
    parser.add_argument("--pieces", nargs="+", type=int, default=[1], help="sizes of a piece in MiB")
    parser.add_argument("--policy", nargs="+", default=[], metavar="MODULE:NAME", help="besides ours")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    policies = {"current": Policy()} | {name.partition(":")[2]: load_policy(name) for name in options.policy}
    for name in options.scenario:
        rows = [HEADINGS]
        for mib in options.pieces:
            for label, policy in policies.items():
                runs = [run(policy, SCENARIOS[name], mib * MIB, seed) for seed in range(options.rounds)]
                rows.append((name, f"{mib}", label, *describe(runs, SCENARIOS[name].capacity)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            print("  ".join(map(str.ljust, row, widths)).rstrip(), flush=True)


if __name__ == "__main__":
    main()
