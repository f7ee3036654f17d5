"""A large library: 10,000 movies, and 1,000 shows with 100,000 episodes, all of them listed."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.client import Site
from bench.films import site_of
from bench.hold import watch_loop
from bench.report import Goal, Row
from momoshtrem.app import settle
from momoshtrem.events import EventBus, MovieChanged
from momoshtrem.folder import DataFolder
from momoshtrem.identify.shows import match_show
from momoshtrem.library import assignments, movies, shows, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import Episode, NewAssignment, NewEpisode, NewMovie, NewSeason, NewShow
from momoshtrem.model.release import Quality
from momoshtrem.model.torrent import Metainfo, TorrentFile
from momoshtrem.services.projection import Projection
from momoshtrem.settings import TreeSettings
from momoshtrem.spawn import SpawnedServer
from momoshtrem.vfs.tree import File, Folder, Node

MOVIES, SHOWS, SEASONS, EPISODES = 10_000, 1_000, 10, 10
SIZE = 10**9
STARTS, CHANGES = 3, 20
FILES = 2_000


async def run(work: Path) -> list[Row]:
    data_dir = work / "server"
    db = Database(DataFolder(data_dir).make().database_url, EventBus())
    await db.start()
    await db.run(_insert_movies)
    for first in range(0, SHOWS, 100):
        await db.run(_insert_shows, range(first, first + 100))
    memory = await _measure_memory(db)
    change, block = await _measure_changes(db)
    await db.close()
    starts = [await _measure_start(data_dir) for _ in range(STARTS)]
    return [
        row("start to the first listings", median(starts), Goal(2000, at_least=False, unit=" ms")),
        row("a changed movie is in the tree", change, Goal(20, at_least=False, unit=" ms")),
        row("longest hold of the loop by that", block, Goal(20, at_least=False, unit=" ms")),
        memory,
        row(f"matching {FILES:,} files", _measure_matching(), Goal(3000, at_least=False, unit=" ms")),
    ]


def row(what: str, seconds: float, goal: Goal) -> Row:
    milliseconds = seconds * 1000
    return Row(what, f"{milliseconds:.1f} ms", goal=goal.judge(milliseconds))


async def _measure_start(data_dir: Path) -> float:
    """Seconds from the command to both roots listed."""
    server = SpawnedServer(data_dir)
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        group.create_task(server.start())
        for path in ("/Movies/", "/TV Shows/"):
            await _list_when_up(site_of(server), path)
        seconds = time.perf_counter() - begun
    await server.stop()
    return seconds


async def _list_when_up(site: Site, path: str) -> None:
    while True:
        try:
            await site.list_folder(path)
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)
        else:
            return


async def _measure_changes(db: Database) -> tuple[float, float]:
    """Seconds from a commit to the swapped tree, the worst of some; and the longest hold of the loop."""
    bus = EventBus()
    projection = Projection(db, bus, TreeSettings())
    await projection.build()
    settle()
    projection.tree.find("/Movies/none")
    worst = 0.0
    async with watch_loop() as hold:
        for event in await db.run(_touch_movies):
            begun = time.perf_counter()
            await bus.publish(event)
            assert projection.tree.find("/Movies/none") is None
            worst = max(worst, time.perf_counter() - begun)
    return worst, hold.longest


def _touch_movies(tx: Tx) -> list[MovieChanged]:
    return [MovieChanged(movie.id) for movie in movies.list_page(tx, CHANGES, 0).items]


async def _measure_memory(db: Database) -> Row:
    """Bytes of Python objects for each entry of a tree that was browsed whole, without its strings."""
    projection = Projection(db, EventBus(), TreeSettings())
    gc.collect()
    tracemalloc.start()
    await projection.build()
    nodes = list(_walk(projection.tree.root))
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    strings = _size_of_strings(nodes)
    per_entry = (used - strings) / len(nodes)
    goal = Goal(200, at_least=False, unit=" B").judge(per_entry)
    return Row(f"memory for each of {len(nodes):,} entries", f"{per_entry:.0f} B", goal=goal)


def _walk(folder: Folder) -> Iterator[Node]:
    for child in folder.children:
        yield child
        if isinstance(child, Folder):
            yield from _walk(child)


def _size_of_strings(nodes: list[Node]) -> int:
    """Bytes of the names and info-hashes that the nodes hold, each counted once."""
    strings = {id(node.name): node.name for node in nodes}
    strings |= {id(node.ref.info_hash): node.ref.info_hash for node in nodes if isinstance(node, File)}
    return sum(map(sys.getsizeof, strings.values()))


def _measure_matching() -> float:
    """Seconds for a torrent that holds a whole show in its files."""
    episodes = [Episode(n, 1 + n // 100, 1 + n % 100, f"Part {n}", None, None) for n in range(FILES)]
    files = [
        TorrentFile(
            n, f"Pack/Bench.Show.S{e.season_number:02}E{e.number:02}.1080p.WEB.x264-GRP.mkv", SIZE, n * SIZE
        )
        for n, e in enumerate(episodes)
    ]
    begun = time.perf_counter()
    found = match_show("Pack", files, "Bench Show", episodes)
    assert len(found.matched) == FILES
    return time.perf_counter() - begun


def _insert_movies(tx: Tx) -> None:
    new = []
    for number in range(MOVIES):
        movie, _ = movies.insert(tx, NewMovie(f"Bench Movie {number}", 1950 + number % 70))
        metainfo = _insert_torrent(tx, f"{number:040x}", 1)
        new.append(_assignment(metainfo, 0, movie_id=movie.id))
    assignments.insert_all(tx, new)


def _insert_shows(tx: Tx, numbers: range) -> None:
    for number in numbers:
        seasons = tuple(
            NewSeason(
                season, tuple(NewEpisode(each, f"Bench Episode {each}") for each in range(1, EPISODES + 1))
            )
            for season in range(1, SEASONS + 1)
        )
        show, _ = shows.insert(tx, NewShow(f"Bench Show {number}", 2000 + number % 20, None, seasons))
        metainfo = _insert_torrent(tx, f"f{number:039x}", SEASONS * EPISODES)
        new = [_assignment(metainfo, index, episode_id=each.id) for index, each in enumerate(show.episodes)]
        assignments.insert_all(tx, new)


def _insert_torrent(tx: Tx, info_hash: str, count: int) -> Metainfo:
    files = tuple(TorrentFile(n, f"Release/Bench.File.{n}.mkv", SIZE, n * SIZE) for n in range(count))
    metainfo = Metainfo(info_hash, "Release", 2**20, count * SIZE, False, files, (), b"d4:infodee")
    torrents.insert(tx, metainfo)
    return metainfo


def _assignment(
    metainfo: Metainfo, index: int, *, movie_id: int | None = None, episode_id: int | None = None
) -> NewAssignment:
    file = metainfo.files[index]
    return NewAssignment(
        metainfo.info_hash, index, file.path, SIZE, Quality(), movie_id=movie_id, episode_id=episode_id
    )
