"""Room is made in a full cache: how long the others have to wait for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import libtorrent as lt

from bench.hold import watch_loop
from bench.report import Goal, Row
from momoshtrem.events import EventBus
from momoshtrem.folder import DataFolder
from momoshtrem.library import assignments, movies, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import NewAssignment, NewMovie
from momoshtrem.model.release import Quality
from momoshtrem.model.torrent import Metainfo
from momoshtrem.services.store import LibraryStore
from momoshtrem.torrents.cache.evict import Evictor
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.cache.sweep import Sweeper
from momoshtrem.torrents.metainfo import parse_metainfo

TORRENTS, PIECES, PIECE = 50, 2_000, 2**20
CACHED = 32
"""Pieces of each that are on disk; the first 8 are the head of its film and stay."""
NEED = 10**9

LOOP_GOAL = Goal(100, at_least=False, unit=" ms")
HOLD_GOAL = Goal(10, at_least=False, unit=" ms")


async def run(work: Path) -> list[Row]:
    took, busy = await _measure_time(work / "first")
    hold = await _measure_hold(work / "second")
    what = f"{NEED // 10**9} GB evicted out of {TORRENTS} torrents"
    return [
        Row(what, f"{took:.2f} s"),
        Row("processor time of the loop for it", _show(busy), goal=LOOP_GOAL.judge(busy * 1000)),
        Row("longest hold of the loop by it", _show(hold), goal=HOLD_GOAL.judge(hold * 1000)),
    ]


async def _measure_time(data_dir: Path) -> tuple[float, float]:
    """Seconds until all is evicted, and of the processor for the loop."""
    async with _open_full_cache(data_dir) as evictor:
        begin, busy = time.perf_counter(), time.thread_time()
        await _evict(evictor)
        return time.perf_counter() - begin, time.thread_time() - busy


async def _measure_hold(data_dir: Path) -> float:
    """Seconds for which the loop is held at a time."""
    async with _open_full_cache(data_dir) as evictor, watch_loop() as hold:
        await _evict(evictor)
    return hold.longest


async def _evict(evictor: Evictor) -> None:
    if (freed := await evictor.free(NEED)) < NEED:
        raise RuntimeError(f"only {freed} bytes were freed")


@asynccontextmanager
async def _open_full_cache(data_dir: Path) -> AsyncIterator[Evictor]:
    folder = DataFolder(data_dir).make()
    cache, db = CacheFolder(folder.cache), Database(folder.database_url, EventBus())
    await db.start()
    try:
        for metainfo in _make_torrents():
            await db.run(_insert, metainfo)
            await asyncio.to_thread(_write_pieces, cache, metainfo)
        store, quota = LibraryStore(db), Quota(2 * NEED)
        await Sweeper(cache, store, quota, _hold).measure()
        yield Evictor(cache, store, quota, _hold)
    finally:
        await db.close()


@asynccontextmanager
async def _hold(info_hash: str) -> AsyncIterator[bool]:
    """Nothing is loaded."""
    yield False


def _insert(tx: Tx, metainfo: Metainfo) -> None:
    torrents.insert(tx, metainfo)
    torrents.update_readable(tx, metainfo.info_hash, Pieces(PIECES, range(CACHED)).pack())
    movie, _ = movies.insert(tx, NewMovie(metainfo.name, 2000))
    (file,) = metainfo.files
    film = NewAssignment(metainfo.info_hash, 0, file.path, file.size, Quality(), movie_id=movie.id)
    assignments.insert_all(tx, [film])


def _make_torrents() -> Iterator[Metainfo]:
    """True .torrents of bytes that nobody has."""
    for number in range(TORRENTS):
        name, size = f"Bench.Evict.{number:02}.mkv", PIECES * PIECE
        hashes = Random(number).randbytes(20 * PIECES)
        info: Any = {"name": name, "length": size, "piece length": PIECE, "pieces": hashes}
        yield parse_metainfo(lt.bencode({"info": info}))


def _write_pieces(cache: CacheFolder, metainfo: Metainfo) -> None:
    cache.folder(metainfo.info_hash).mkdir(parents=True)
    with cache.path(metainfo.info_hash, 0).open("wb") as file:
        for _ in range(CACHED):
            file.write(b"x" * PIECE)


def _show(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
