"""A film larger than the cache is read: how long nothing new comes while its torrent gives room."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import median

from bench.report import Goal, Row
from momoshtrem.settings import Cache
from momoshtrem.torrents.runtime import TorrentRuntime
from tests.fakes.swarm import MIB, Line
from tests.torrents.contract import read_all
from tests.torrents.loopback import Loopback, open_loopback, write_folder

FILM, QUOTA, PIECE = 320 * MIB, 96 * MIB, MIB
NEAR = Line(rate=20e6, delay=0.025)
TICK = 0.002
"""Seconds between two looks at the pieces."""
GAP_GOAL = Goal(0.5, at_least=False, unit=" s")


async def run(work: Path) -> list[Row]:
    folder = await asyncio.to_thread(write_folder, work / "Film", {"film.mkv": FILM})
    async with open_loopback(folder, work / "cache", lines=[NEAR], piece_length=PIECE) as rig:
        rig.limits = Cache(max_size=QUOTA, min_free=0)
        rig.learn(*rig.peers)
        await rig.restart()
        gaps = await _measure_gaps(rig)
    middle = median(gaps)
    return [
        Row(f"a torrent leaves and comes back, {len(gaps)} times", f"{max(gaps):.2f} s at most"),
        Row("from its last piece to the next one", f"{middle:.2f} s", goal=GAP_GOAL.judge(middle)),
    ]


async def _measure_gaps(rig: Loopback) -> list[float]:
    """Seconds without a new piece, for each swap."""
    gaps: list[float] = []
    reader = await rig.engine.open(rig.ref())
    runtime = rig.engine._loaded.find(rig.info_hash)
    assert runtime
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(_watch(runtime, gaps))
        if await read_all(reader) != rig.contents[0]:
            raise RuntimeError("wrong bytes")
        watching.cancel()
    reader.close()
    return gaps


async def _watch(runtime: TorrentRuntime, gaps: list[float]) -> None:
    before, came_at, went = 0, time.perf_counter(), False
    while True:
        await asyncio.sleep(TICK)
        count, now = runtime.contents.pieces.count(), time.perf_counter()
        if count > before:
            gaps += [now - came_at] if went else []
            came_at, went = now, False
        went = went or count < before
        before = count
