"""Play films out of simulated swarms, and say which goals are met."""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import tempfile
from collections import defaultdict
from collections.abc import Awaitable
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench.report import Row
from bench.swarm import measures as m
from bench.swarm.calibrate import check_line
from bench.swarm.goals import adjust, goal_of, judge
from bench.swarm.player import Broken, count_bytes
from bench.swarm.plot import draw
from bench.swarm.profiles import MIB, PROFILES, SIZE, Profile
from bench.swarm.stage import Stage, open_stage
from momoshtrem.films import make_film
from momoshtrem.spawn import SpawnedServer
from tests.fakes.swarm import make_source

MEASURES: dict[str, m.Measure] = {
    "seeks": m.measure_seeks,
    "two": m.measure_two,
    "opening": m.measure_opening,
    "play": m.measure_play,
    "frame": m.measure_frame,
}
PLOTTED = (m.SEEK, m.SEEK_MIB, m.OPENING)
SETTLE = 0.6
"""Seconds after which nothing more comes of what was asked for."""
FILM_SECONDS, FILM_BITS = 40, 8_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure; None stands for all, or for as often as the profile says."""

    profile: list[str] | None = None
    pieces: list[int] | None = None
    measure: list[str] | None = None
    rounds: int | None = None
    json: Path | None = None


DEFAULT = Options()


def add_options(parser: argparse._ArgumentGroup) -> None:
    parser.add_argument("--profile", nargs="+", choices=PROFILES, help="swarms")
    parser.add_argument("--pieces", nargs="+", type=int, choices=(1, 2, 4, 8, 16), help="MiB")
    parser.add_argument("--measure", nargs="+", choices=MEASURES)
    parser.add_argument("--rounds", type=int, help="how often each measure is taken")
    parser.add_argument("--json", type=Path, help="write all samples to this file")


@dataclass
class Case:
    """One profile with one size of pieces, and what was measured with it."""

    name: str
    piece: int
    samples: m.Samples = field(default_factory=lambda: defaultdict(list))
    fetched: int = 0
    useful: int = 0
    broken: list[Row] = field(default_factory=list)

    @property
    def profile(self) -> Profile:
        return PROFILES[self.name]

    def learn(self, stage: Stage, seen: m.Seen) -> None:
        for figure, values in seen.samples.items():
            self.samples[figure] += values
        self.fetched += stage.swarm.fetched
        self.useful += stage.swarm.useful
        if m.SEEK in seen.samples:
            unread = stage.swarm.useful - count_bytes(seen.ranges)
            self.samples[m.UNREAD].append(unread / len(seen.ranges) / MIB)

    def broke_off(self, measure: str, problem: Broken) -> None:
        what = f"{self.name}, {self.piece} MiB: {measure}"
        self.broken.append(Row(what, "broke off", goal="MISSED"))
        print(f"    broke off: {problem}")

    def finish(self) -> None:
        if self.fetched:
            self.samples[m.AGAIN] = [1 - self.useful / self.fetched]


async def run(work: Path, options: Options = DEFAULT) -> list[Row]:
    cases = [
        Case(name, piece)
        for name in options.profile or PROFILES
        for piece in options.pieces or PROFILES[name].pieces
    ]
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as player:
        rows = [await check_line(player)]
        for case in cases:
            await _measure(case, options, work, player)
            if options.json:
                _save(cases, options.json)
    for case in cases:
        rows += [*case.broken, *judge(case.name, case.profile, case.piece, case.samples)]
    _plot(cases)
    return rows


async def _measure(case: Case, options: Options, work: Path, player: Executor) -> None:
    for measure in options.measure or MEASURES:
        rounds = _rounds(case, measure, options)
        if rounds:
            print(f"  {case.name}, {case.piece} MiB: {measure}", flush=True)
            await _play(case, measure, rounds, _source(work, measure), player)
    case.finish()


def _rounds(case: Case, measure: str, options: Options) -> int:
    if (measure == "play" and not case.profile.play_share) or (measure == "frame" and case.name != "fast"):
        return 0
    return options.rounds or (case.profile.openings if measure == "opening" else 1)


async def _play(case: Case, measure: str, rounds: int, source: Path, player: Executor) -> None:
    """Take one measure some times, on one server; each time with a film and a swarm of its own."""
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(dir=source.parent) as data:
        async with SpawnedServer(Path(data)) as server:
            for number in range(rounds):
                title = f"Bench Swarm {number}"
                async with open_stage(server, source, case.profile, case.piece, title) as stage:
                    watched = loop.run_in_executor(player, MEASURES[measure], stage.film, case.profile)
                    await _learn(case, measure, stage, watched)


async def _learn(case: Case, measure: str, stage: Stage, watched: Awaitable[m.Seen]) -> None:
    try:
        seen = await watched
    except Broken as problem:
        case.broke_off(measure, problem)
        return
    await asyncio.sleep(SETTLE)
    case.learn(stage, seen)


def _source(work: Path, measure: str) -> Path:
    """The file to share: bytes, or for a real player a film; each is made once."""
    path = work / ("film.mp4" if measure == "frame" else "film.mkv")
    if path.exists():
        return path
    if measure == "frame":
        make_film(path, FILM_SECONDS, bitrate=FILM_BITS)
        return path
    return make_source(path, SIZE)


def _save(cases: list[Case], path: Path) -> None:
    """All samples so far: a long run that is ended keeps what it has."""
    found = {f"{case.name}, {case.piece} MiB": case.samples for case in cases if case.samples}
    path.write_text(json.dumps(found, indent=1))


def _plot(cases: list[Case]) -> None:
    print()
    for case in cases:
        for figure in PLOTTED:
            if samples := case.samples.get(figure):
                goal = goal_of(case.name, figure, case.piece)
                values = adjust(figure, samples, case.piece, case.profile.capacity)
                title = f"{case.name}, {case.piece} MiB: {figure}, s"
                print(*draw(title, values, goal.limit if goal else None), sep="\n")
    print()
