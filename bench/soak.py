"""Players without end on a cache far smaller than their films: `python -m bench.soak [--minutes N]`.

Each film is larger than its share of the cache, and some of its peers come and go. Every byte is compared,
the quota is looked at several times a second, and after the first quarter of the time nothing may grow.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import multiprocessing
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from statistics import linear_regression, quantiles

from bench.process import Process
from bench.report import Goal, Row, print_table
from bench.rest import Rest
from bench.swarm.player import Broken, Film, Stream
from bench.swarm.profiles import Profile, Visitor
from bench.swarm.stage import open_stage
from momoshtrem.folder import DataFolder
from momoshtrem.spawn import SpawnedServer
from momoshtrem.torrents.cache.folder import CacheFolder
from tests.fakes.line import Line
from tests.fakes.swarm import KIB, MIB, make_source

FILMS, SIZE, PIECE = 6, 256 * MIB, 1
QUOTA = 256 * MIB
SETTINGS = {
    "MOMOSHTREM_CACHE__MAX_SIZE": str(QUOTA),
    "MOMOSHTREM_CACHE__MIN_FREE": "0",
    "MOMOSHTREM_TORRENT__IDLE_TIMEOUT": "5",
}
PROFILE = Profile((Visitor(Line(3e6, 0.02)), Visitor(Line(3e6, 0.04), end=7)), film_rate=2e6)
STREAMERS, RATE, SITTING = 2, 2e6, 30.0
"""Players that play on: bytes per second, and seconds of a film at most."""
SEEKERS, OPENS = 6, 200
"""Players that open a film somewhere and leave soon: all together so many times a minute."""
TAKEN = (64 * KIB, 2 * MIB)
PATIENCE = 30.0
LOOK, SAMPLE = 0.2, 1.0
"""Seconds between two looks at the disk, and at the process."""
WARM_UP = 0.25
"""Of the time."""


@dataclass(slots=True)
class Tally:
    """What the players saw: `waits` are seconds to the first byte."""

    opens: int = 0
    taken: int = 0
    waits: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.opens += other.opens
        self.taken += other.taken
        self.waits += other.waits
        self.broken += other.broken
        self.wrong += other.wrong


@dataclass(frozen=True, slots=True)
class Sample:
    """The server at a moment, `seconds` after the begin."""

    seconds: float
    resident: int
    descriptors: int
    tasks: int


@dataclass(slots=True)
class Watched:
    samples: list[Sample] = field(default_factory=list)
    looks: int = 0
    most_on_disk: int = 0
    evicted: float = 0.0
    swaps: float = 0.0


# the players, in a process of their own


def play_all(films: Sequence[Film], seconds: float) -> Tally:
    """All players at once, each in a thread."""
    end, total = time.monotonic() + seconds, Tally()
    ways = [stream] * STREAMERS + [seek] * SEEKERS
    with ThreadPoolExecutor(len(ways)) as threads:
        for playing in [threads.submit(way, films, end) for way in ways]:
            total.add(playing.result())
    return total


def stream(films: Sequence[Film], end: float) -> Tally:
    """Play one film after the other from anywhere on, as fast as players do."""
    random, tally = Random(), Tally()
    while (begun := time.monotonic()) < end:
        seconds = random.uniform(0, min(SITTING, end - begun))
        watch(random.choice(films), random, int(RATE * seconds), tally, RATE)
    return tally


def seek(films: Sequence[Film], end: float) -> Tally:
    """Take a little of a film, and then of another one."""
    random, tally, every = Random(), Tally(), 60 * SEEKERS / OPENS
    due = time.monotonic() + random.uniform(0, every)
    while due < end:
        time.sleep(max(0.0, due - time.monotonic()))
        watch(random.choice(films), random, random.randint(*TAKEN), tally)
        due += every
    return tally


def watch(film: Film, random: Random, length: int, tally: Tally, rate: float = math.inf) -> None:
    """Open a film somewhere and take so many bytes of it, at `rate` bytes per second at most."""
    offset = random.randrange(film.size)
    tally.opens += 1
    try:
        with Stream(film, offset) as taking:
            while taking.at < min(film.size, offset + length):
                tally.taken += taking.take(PATIENCE)
                time.sleep(max(0.0, (taking.at - offset) / rate - taking.elapsed))
            tally.waits.append(taking.first)
    except (Broken, OSError) as problem:
        tally.broken.append(f"{film.path} at {offset}: {problem}")
    except RuntimeError as problem:
        tally.wrong.append(f"{film.path}: {problem}")


# the server


async def soak(work: Path, seconds: float, file: Path | None) -> list[Row]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(SpawnedServer(work / "server", SETTINGS))
        films = [await stack.enter_async_context(open_film(server, work, number)) for number in range(FILMS)]
        player = stack.enter_context(ProcessPoolExecutor(1, multiprocessing.get_context("spawn")))
        playing = asyncio.get_running_loop().run_in_executor(player, play_all, films, seconds)
        watched = await watch_server(server, playing)
        if file:
            file.write_text(json.dumps([asdict(sample) for sample in watched.samples]))
        return [*judge_players(await playing, seconds), *judge_server(watched, seconds)]


@asynccontextmanager
async def open_film(server: SpawnedServer, work: Path, number: int) -> AsyncIterator[Film]:
    source = make_source(work / f"source{number}.mkv", SIZE, seed=number)
    async with open_stage(server, source, PROFILE, PIECE, f"Soak {number}") as stage:
        yield stage.film


async def watch_server(server: SpawnedServer, playing: asyncio.Future[Tally]) -> Watched:
    """Look at the server until all players are done."""
    cache = CacheFolder(DataFolder(server.data_dir).cache)
    watched, begun, due = Watched(), time.monotonic(), 0.0
    with closing(Rest(server)) as rest:
        while not playing.done():
            on_disk = sum((await asyncio.to_thread(cache.measure)).values())
            watched.most_on_disk = max(watched.most_on_disk, on_disk)
            watched.looks += 1
            if (now := time.monotonic() - begun) >= due:
                watched.samples.append(await asyncio.to_thread(take_sample, now, Process(server.pid), rest))
                due = now + SAMPLE
            await asyncio.sleep(LOOK)
        watched.evicted = rest.read_metric("momoshtrem_cache_evicted_bytes_total")
        watched.swaps = rest.read_metric("momoshtrem_cache_swaps_total")
    return watched


def take_sample(seconds: float, process: Process, rest: Rest) -> Sample:
    return Sample(seconds, process.resident, process.descriptors, int(rest.read_metric("momoshtrem_tasks")))


# the goals


def judge_players(tally: Tally, seconds: float) -> list[Row]:
    each_minute = tally.opens / seconds * 60
    waits = quantiles(tally.waits, n=20)
    for problem in (*tally.wrong, *tally.broken):
        print(problem)
    return [
        row("answers with wrong bytes", len(tally.wrong), 0),
        row("answers that broke off", len(tally.broken), tally.opens // 100),
        Row(
            "films opened a minute", f"{each_minute:.0f}", goal=Goal(OPENS, at_least=True).judge(each_minute)
        ),
        Row("taken by players", f"{tally.taken / 2**30:.1f} GiB"),
        Row("first byte, half and 95 of 100", f"{waits[9]:.2f} s, {waits[18]:.2f} s"),
    ]


def judge_server(watched: Watched, seconds: float) -> list[Row]:
    settled = [sample for sample in watched.samples if sample.seconds >= WARM_UP * seconds]
    grown = partial(find_growth, settled)
    return [
        Row("evicted, and swaps for it", f"{watched.evicted / 2**30:.1f} GiB, {watched.swaps:.0f}"),
        row(f"MiB on disk at most, of {watched.looks:,} looks", watched.most_on_disk / MIB, QUOTA / MIB),
        row("growth of memory, MB", grown(lambda sample: sample.resident / 1e6), 5),
        row("growth of descriptors", grown(lambda sample: sample.descriptors), 5),
        row("growth of tasks", grown(lambda sample: sample.tasks), 5),
        Row("memory at the end", f"{settled[-1].resident / 1e6:.0f} MB"),
    ]


def find_growth(samples: Sequence[Sample], figure: Callable[[Sample], float]) -> float:
    """By how much a straight line through a figure rises from the first sample to the last."""
    times = [sample.seconds for sample in samples]
    return linear_regression(times, [figure(sample) for sample in samples]).slope * (times[-1] - times[0])


def row(what: str, value: float, most: float) -> Row:
    return Row(what, f"{value:.1f}", goal=Goal(most, at_least=False).judge(value))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="(%(default)g)")
    parser.add_argument("--json", type=Path, help="write all samples to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="momoshtrem-soak-") as work:
        rows = asyncio.run(soak(Path(work), options.minutes * 60, options.json))
    print_table(rows)
    sys.exit(any("MISSED" in each.goal for each in rows))


if __name__ == "__main__":
    main()
