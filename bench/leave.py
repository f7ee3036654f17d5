"""How soon a client that left is noticed, in each state that a response can be in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from socket import MSG_TRUNC, socket

from bench.client import BUFFER, Site
from bench.films import add_film, film_name, site_of
from bench.report import Goal, Row
from bench.rest import Rest
from momoshtrem.spawn import SpawnedServer
from tests.fakes.swarm import MIB, make_source, open_swarm

SIZE = 256 * MIB
TAKEN = 64 * MIB
PAUSE = 0.3
ROUNDS = 10
PATIENCE = 10.0
GOAL = Goal(100, at_least=False, unit=" ms")


@dataclass(frozen=True, slots=True)
class Film:
    path: str
    info_hash: str


async def run(work: Path) -> list[Row]:
    async with SpawnedServer(work / "server") as server:
        here = await _add(server, work, "Bench Here", fetched=True)
        missing = await _add(server, work, "Bench Missing", fetched=False)
        with closing(Rest(server)) as rest:
            states = [("sending", here, _take_some), ("paused", here, _pause), ("waiting", missing, _pause)]
            site = site_of(server)
            return [await asyncio.to_thread(_measure, site, rest, *state) for state in states]


async def _add(server: SpawnedServer, work: Path, title: str, *, fetched: bool) -> Film:
    """A film that is either wholly on disk or, with a swarm that is gone, not at all."""
    source = make_source(work / f"{film_name(title)}.mkv", SIZE if fetched else MIB)
    async with open_swarm(source) as swarm:
        path = await add_film(server, title, swarm)
        if fetched:
            await site_of(server).read(path, source=source)
    return Film(path, swarm.info_hash)


def _measure(site: Site, rest: Rest, what: str, film: Film, reach: Callable[[socket], None]) -> Row:
    """Seconds from the close to REST saying that nobody reads; the worst of some."""
    slowest = 0.0
    for _ in range(ROUNDS):
        with site.ask(film.path) as player:
            _wait_for_readers(rest, film, 1)
            reach(player)
        closed = time.perf_counter()
        _wait_for_readers(rest, film, 0)
        slowest = max(slowest, time.perf_counter() - closed)
    milliseconds = slowest * 1000
    return Row(
        f"a client that left while {what} is noticed", f"{milliseconds:.1f} ms", goal=GOAL.judge(milliseconds)
    )


def _wait_for_readers(rest: Rest, film: Film, count: int) -> None:
    begun = time.perf_counter()
    while rest.count_readers(film.info_hash) != count:
        if time.perf_counter() - begun > PATIENCE:
            raise RuntimeError(f"{film.path} does not get to have {count} readers")


def _take_some(player: socket) -> None:
    """Take bytes as fast as they come, up to the moment of leaving."""
    taken, buffer = 0, bytearray(BUFFER)
    while taken < TAKEN:
        taken += player.recv_into(buffer, 0, MSG_TRUNC)


def _pause(_: socket) -> None:
    time.sleep(PAUSE)
