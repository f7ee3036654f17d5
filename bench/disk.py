"""A film that is wholly on disk: how fast its bytes leave, against nginx with sendfile."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench.client import Site
from bench.films import add_film, film_name, site_of
from bench.nginx import run_nginx
from bench.report import Goal, Row, compare, ratio_row
from momoshtrem.spawn import SpawnedServer
from tests.fakes.swarm import MIB, make_source, open_swarm

SIZE = 512 * MIB
ROUNDS = 15
TITLE = "Bench On Disk"
OFFSETS = {"film on disk": 0, "film on disk, from its middle": SIZE // 2 + 1}
GOAL = Goal(0.9, at_least=True)


async def run(work: Path) -> list[Row]:
    shared = work / "shared"
    shared.mkdir()
    source = make_source(shared / f"{film_name(TITLE)}.mkv", SIZE)
    async with SpawnedServer(work / "server") as server, run_nginx(shared, work) as nginx:
        path = await _fill_cache(server, source)
        rows = []
        for what, offset in OFFSETS.items():
            ours = partial(_rate, site_of(server), path, offset)
            theirs = partial(_rate, nginx, f"/{source.name}", offset) if nginx else None
            found = await compare(ours, theirs, ROUNDS)
            rows.append(ratio_row(what, *found, _show, GOAL))
        return rows


async def _fill_cache(server: SpawnedServer, source: Path) -> str:
    """Play the whole film once, checking each byte; gives its path."""
    async with open_swarm(source, piece_length=4 * MIB) as swarm:
        path = await add_film(server, TITLE, swarm)
        await site_of(server).read(path, source=source)
    return path


async def _rate(site: Site, path: str, offset: int) -> float:
    """Bytes per second from the request to the last byte."""
    fetched = await site.read(path, offset)
    return fetched.size / fetched.last


def _show(rate: float) -> str:
    return f"{rate / 1e9:.2f} GB/s"
