"""A server that nobody uses: 10,000 titles out of 1,000 torrents, each with a little in the cache."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import libtorrent as lt

from bench.films import site_of
from bench.process import Process
from bench.report import Goal, Row
from momoshtrem.events import EventBus
from momoshtrem.folder import DataFolder
from momoshtrem.library import assignments, movies, shows, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import NewAssignment, NewEpisode, NewMovie, NewSeason, NewShow
from momoshtrem.model.release import Quality
from momoshtrem.model.torrent import Metainfo
from momoshtrem.spawn import SpawnedServer
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.metainfo import parse_metainfo

TORRENTS, PIECES, PIECE = 1_000, 1_000, 2**18
MOVIES, SHOWS, EPISODES = 8, 2, 10
"""Of each torrent; an episode is a file of its own."""
FILES = MOVIES + SHOWS * EPISODES
CACHED = 4
"""Pieces of each torrent that are on disk."""
SETTLED, SECONDS = 15.0, 30.0

Item = tuple[int | None, int | None]
"""The id of a movie, or that of an episode."""

CPU_GOAL = Goal(0.5, at_least=False, unit=" %")
MEMORY_GOAL = Goal(150, at_least=False, unit=" MB")


async def run(work: Path) -> list[Row]:
    data_dir = work / "server"
    folder = DataFolder(data_dir).make()
    await _fill(folder)
    async with SpawnedServer(data_dir) as server:
        process = Process(server.pid)
        await asyncio.sleep(SETTLED)
        rows = [_measure_memory(process, "an idle server"), await _measure_cpu(process)]
        for path in ("/Movies/", "/TV Shows/"):
            await site_of(server).list_folder(path)
        await asyncio.sleep(SETTLED)
        return [*rows, _measure_memory(process, "the same once both roots were listed")]


async def _measure_cpu(process: Process) -> Row:
    before = process.cpu
    await asyncio.sleep(SECONDS)
    share = (process.cpu - before) / SECONDS * 100
    return Row("processor time of an idle server", f"{share:.2f} % of a core", goal=CPU_GOAL.judge(share))


def _measure_memory(process: Process, what: str) -> Row:
    resident = process.resident / 1e6
    shown = f"{resident:.0f} MB ({process.own / 1e6:.0f} MB its own)"
    return Row(f"memory of {what}", shown, goal=MEMORY_GOAL.judge(resident))


async def _fill(folder: DataFolder) -> None:
    db = Database(folder.database_url, EventBus())
    await db.start()
    cache = CacheFolder(folder.cache)
    for first in range(0, TORRENTS, 100):
        await db.run(_insert, range(first, first + 100), cache)
    await db.close()


def _insert(tx: Tx, numbers: range, cache: CacheFolder) -> None:
    for number in numbers:
        metainfo = _make_metainfo(number)
        torrents.insert(tx, metainfo)
        new = zip(range(FILES), _insert_titles(tx, number), strict=True)
        assignments.insert_all(tx, [_assign(metainfo, index, item) for index, item in new])
        torrents.update_readable(tx, metainfo.info_hash, Pieces(PIECES, range(CACHED)).pack())
        _write_pieces(cache, metainfo)


def _insert_titles(tx: Tx, number: int) -> Iterator[Item]:
    """Which item each file of a torrent is of."""
    for each in range(MOVIES):
        movie, _ = movies.insert(tx, NewMovie(f"Bench Movie {number} {each}", 1950 + number % 70))
        yield movie.id, None
    for each in range(SHOWS):
        episodes = tuple(NewEpisode(n, f"Bench Episode {n}") for n in range(1, EPISODES + 1))
        show, _ = shows.insert(
            tx, NewShow(f"Bench Show {number} {each}", 2000, None, (NewSeason(1, episodes),))
        )
        for episode in show.episodes:
            yield None, episode.id


def _assign(metainfo: Metainfo, index: int, item: Item) -> NewAssignment:
    file, (movie_id, episode_id) = metainfo.files[index], item
    return NewAssignment(
        metainfo.info_hash, index, file.path, file.size, Quality(), movie_id=movie_id, episode_id=episode_id
    )


def _make_metainfo(number: int) -> Metainfo:
    """A true .torrent of bytes that nobody has."""
    size = PIECES * PIECE // FILES
    info: Any = {
        "name": f"Bench.Pack.{number}.1080p-GRP",
        "piece length": PIECE,
        "pieces": Random(number).randbytes(20 * PIECES),
        "files": [
            {"length": size, "path": [f"Bench.File.{index:02}.1080p-GRP.mkv"]} for index in range(FILES)
        ],
    }
    return parse_metainfo(lt.bencode({"info": info}))


def _write_pieces(cache: CacheFolder, metainfo: Metainfo) -> None:
    cache.folder(metainfo.info_hash).mkdir(parents=True)
    with cache.path(metainfo.info_hash, 0).open("wb") as file:
        file.write(Random(0).randbytes(CACHED * PIECE))
        file.truncate(metainfo.files[0].size)
