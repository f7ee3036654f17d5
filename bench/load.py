"""Many clients at once: whether each gets its share, what a paused one costs, and who waits for whom."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from socket import MSG_DONTWAIT, MSG_TRUNC, socket
from statistics import quantiles

from bench.client import BUFFER, Site
from bench.films import add_film, film_name, site_of
from bench.process import Process
from bench.report import Goal, Row
from bench.rest import Rest
from momoshtrem.spawn import SpawnedServer
from tests.fakes.swarm import MIB, make_source, open_swarm

SIZE = 256 * MIB
TITLE = "Bench Load"
PLAYERS, RATE, SECONDS, TICK = 64, 10e6, 5.0, 0.01
READERS, CALLS = 8, 1_000
SETTLED = 0.5
"""Seconds without more memory after which a crowd has all that it will get."""

SHARE_GOAL = Goal(0.98, at_least=True)
PAUSED_GOAL = Goal(1, at_least=False, unit=" MB")
REST_GOAL = Goal(50, at_least=False, unit=" ms")


async def run(work: Path) -> list[Row]:
    source = make_source(work / f"{film_name(TITLE)}.mkv", SIZE)
    async with SpawnedServer(work / "server") as server:
        async with open_swarm(source, piece_length=4 * MIB) as swarm:
            path = await add_film(server, TITLE, swarm)
            await site_of(server).read(path, source=source)
        site = site_of(server)
        with closing(Rest(server)) as rest:
            return [
                await asyncio.to_thread(_measure_paused, site, path, server.pid),
                await asyncio.to_thread(_measure_shares, site, path),
                await asyncio.to_thread(_measure_rest, site, path, rest, swarm.info_hash),
            ]


def _measure_paused(site: Site, path: str, pid: int) -> Row:
    """Memory of the process for each player that asked for a film and takes nothing of it."""
    before = _settled_memory(pid)
    with _open_players(site, path):
        each = (_settled_memory(pid) - before) / PLAYERS / 1e6
    return Row(f"memory for each of {PLAYERS} paused players", f"{each:.2f} MB", goal=PAUSED_GOAL.judge(each))


def _measure_shares(site: Site, path: str) -> Row:
    """What the worst of many players got of the rate at which it plays."""
    with _open_players(site, path) as players:
        share = min(_play(players)) / (RATE * SECONDS)
    return Row(
        f"worst of {PLAYERS} players at {RATE / 1e6:g} MB/s", f"{share:.3f}", goal=SHARE_GOAL.judge(share)
    )


def _measure_rest(site: Site, path: str, rest: Rest, info_hash: str) -> Row:
    """The 99th percentile of REST calls beside readers that take all they can get."""
    reading = multiprocessing.get_context("spawn").Process(target=_read_for_ever, args=(site, path))
    reading.start()
    try:
        while rest.count_readers(info_hash) < READERS:
            time.sleep(TICK)
        slow = quantiles([rest.time("/api/movies") for _ in range(CALLS)], n=100)[98] * 1000
    finally:
        reading.terminate()
        reading.join()
    return Row(f"REST p99 beside {READERS} readers", f"{slow:.1f} ms", goal=REST_GOAL.judge(slow))


@contextmanager
def _open_players(site: Site, path: str) -> Iterator[list[socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(site.ask(path)) for _ in range(PLAYERS)]


def _play(players: Sequence[socket]) -> list[int]:
    """Bytes that each player got, never ahead of its rate; the kernel drops them uncopied."""
    got = [0] * len(players)
    buffer = bytearray(BUFFER)
    started = time.perf_counter()
    while (elapsed := time.perf_counter() - started) < SECONDS:
        for number, player in enumerate(players):
            due = int(RATE * elapsed) - got[number]
            got[number] += _take(player, buffer, min(due, BUFFER)) if due > 0 else 0
        time.sleep(TICK)
    return got


def _take(player: socket, buffer: bytearray, limit: int) -> int:
    try:
        return player.recv_into(buffer, limit, MSG_TRUNC | MSG_DONTWAIT)
    except BlockingIOError:
        return 0


def _read_for_ever(site: Site, path: str) -> None:
    """Runs in a process of its own until it is ended."""

    def read(_: int) -> None:
        while True:
            asyncio.run(site.read(path))

    with ThreadPoolExecutor(READERS) as threads:
        list(threads.map(read, range(READERS)))


def _settled_memory(pid: int) -> int:
    """Bytes of the process's own memory, once they grow no more."""
    before, now = -1, Process(pid).own
    while now > before:
        time.sleep(SETTLED)
        before, now = now, Process(pid).own
    return now
