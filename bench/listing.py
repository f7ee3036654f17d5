"""A folder of 10,000 films, listed again and again as clients do, against nginx with dav-ext."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from statistics import median

from bench.client import Site
from bench.films import YEAR, film_name, site_of
from bench.hold import watch_loop
from bench.nginx import run_nginx
from bench.report import Goal, Row, compare, ratio_row
from momoshtrem.app import settle
from momoshtrem.events import EventBus
from momoshtrem.faces.webdav.propfind import Wanted
from momoshtrem.faces.webdav.render import Renderer
from momoshtrem.folder import DataFolder
from momoshtrem.library import assignments, movies, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import NewAssignment, NewMovie
from momoshtrem.model.release import Quality
from momoshtrem.model.torrent import Metainfo
from momoshtrem.services.projection import Projection
from momoshtrem.settings import TreeSettings
from momoshtrem.spawn import SpawnedServer
from momoshtrem.torrents.metainfo import parse_metainfo
from momoshtrem.torrents.seeding import make_torrent
from tests.fakes.swarm import MIB, make_source

TITLES = [f"Bench Listing {number:05}" for number in range(10_000)]
ROUNDS = 15
FIRST_LISTINGS = 5
GOAL = Goal(0.5, at_least=False)
HOLD_GOAL = Goal(10, at_least=False, unit=" ms")


async def run(work: Path) -> list[Row]:
    source = make_source(work / "film.mkv", MIB)
    data_dir = work / "server"
    await _fill_library(data_dir, parse_metainfo(make_torrent(source, MIB)))
    mirror = work / "mirror"
    for title in TITLES:
        (mirror / "Movies" / film_name(title)).mkdir(parents=True)
    hold = await _measure_hold(data_dir)
    async with SpawnedServer(data_dir) as server, run_nginx(mirror, work) as nginx:
        ours = partial(_list_movies, site_of(server))
        theirs = partial(_list_movies, nginx) if nginx else None
        await compare(ours, theirs, 1)
        found = await compare(ours, theirs, ROUNDS)
    return [
        ratio_row(f"listing of {len(TITLES):,} films", *found, _show, GOAL),
        Row("longest hold of the loop by a first one", _show(hold), goal=HOLD_GOAL.judge(hold * 1000)),
    ]


async def _measure_hold(data_dir: Path) -> float:
    """Seconds for which a listing of folders that nobody looked into yet holds the loop at a time."""
    db = Database(DataFolder(data_dir).database_url, EventBus())
    await db.start()
    holds = [await _list_first(db) for _ in range(FIRST_LISTINGS)]
    await db.close()
    return median(holds)


async def _list_first(db: Database) -> float:
    projection = Projection(db, EventBus(), TreeSettings())
    await projection.build()
    settle()
    movies_folder = projection.tree.find("/Movies")
    assert movies_folder
    async with watch_loop() as hold:
        await Renderer().render("/Movies", movies_folder, Wanted(all_live=True), 1)
    return hold.longest


async def _fill_library(data_dir: Path, metainfo: Metainfo) -> None:
    """Put the films into the database before the server starts; all of them are one file."""
    db = Database(DataFolder(data_dir).make().database_url, EventBus())
    await db.start()
    await db.run(_insert_films, metainfo)
    await db.close()


def _insert_films(tx: Tx, metainfo: Metainfo) -> None:
    torrents.insert(tx, metainfo)
    (file,) = metainfo.files
    added = [movies.insert(tx, NewMovie(title, YEAR))[0] for title in TITLES]
    assignments.insert_all(
        tx,
        [
            NewAssignment(metainfo.info_hash, file.index, file.path, file.size, Quality(), movie_id=movie.id)
            for movie in added
        ],
    )


async def _list_movies(site: Site) -> float:
    """Seconds for the whole answer, which must name every film."""
    seconds, body = await site.list_folder("/Movies/")
    if (entries := body.count(b"href>") // 2) != len(TITLES) + 1:
        raise RuntimeError(f"{site.address} lists {entries} entries")
    return seconds


def _show(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
