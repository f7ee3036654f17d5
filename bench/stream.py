"""One peer at the end of a real line: what of it reaches a player, and how soon."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.films import add_film, film_name, site_of
from bench.report import Goal, Row, ratio_row
from momoshtrem.spawn import SpawnedServer
from tests.fakes.swarm import MIB, Line, make_source, open_swarm

LINE = Line(rate=8e6, delay=0.015)
PIECE = MIB
SIZE = 96 * MIB
WATCHED = 48 * MIB
SEEKS = (0.9, 0.6, 0.75)
ROUNDS = 3

ROUND_TRIP = 2 * LINE.delay
PIECE_TIME = PIECE / LINE.rate
COLD_LIMIT = 4 * ROUND_TRIP + PIECE_TIME
"""TCP and BitTorrent handshake, unchoke, request, and a piece that is checked before it is served."""
SEEK_LIMIT = ROUND_TRIP + PIECE_TIME

SHARE_GOAL = Goal(0.9, at_least=True)
COLD_GOAL = Goal(1.5, at_least=False, unit=" s")
SEEK_GOAL = Goal(0.6, at_least=False, unit=" s")


@dataclass(frozen=True, slots=True)
class Watched:
    """What a player saw of one film: seconds to a first byte, and bytes per second."""

    cold: float
    rate: float
    seeks: tuple[float, ...]


async def run(work: Path) -> list[Row]:
    async with SpawnedServer(work / "server") as server:
        films = [await _watch(server, work, number) for number in range(1, ROUNDS + 1)]
    rate = median(film.rate for film in films)
    cold = median(film.cold for film in films)
    seek = median(seconds for film in films for seconds in film.seeks)
    return [
        ratio_row("film read as it comes", rate, LINE.rate, _show_rate, SHARE_GOAL),
        _time_row("first byte of a new film", cold, COLD_LIMIT, COLD_GOAL),
        _time_row("first byte after a seek", seek, SEEK_LIMIT, SEEK_GOAL),
    ]


async def _watch(server: SpawnedServer, work: Path, number: int) -> Watched:
    """Watch one film that was never opened before; every byte is checked."""
    title = f"Bench Stream {number}"
    source = make_source(work / f"{film_name(title)}.mkv", SIZE, seed=number)
    site = site_of(server)
    async with open_swarm(source, lines=[LINE], piece_length=PIECE) as swarm:
        path = await add_film(server, title, swarm)
        start = await site.read(path, limit=WATCHED, source=source)
        jumps = [await site.read(path, int(SIZE * share), limit=PIECE, source=source) for share in SEEKS]
    # The first byte comes with its whole piece, so what follows is all but that piece.
    rate = (start.size - PIECE) / (start.last - start.first)
    return Watched(start.first, rate, tuple(jump.first for jump in jumps))


def _time_row(what: str, seconds: float, limit: float, goal: Goal) -> Row:
    return Row(what, f"{seconds:.2f} s", f"{limit:.2f} s", f"{seconds / limit:.1f}", goal.judge(seconds))


def _show_rate(rate: float) -> str:
    return f"{rate / 1e6:.2f} MB/s"
