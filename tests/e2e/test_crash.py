"""The server is killed at random moments while films are played, titles assigned and pieces evicted."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import httpx2
import pytest

from momoshtrem.folder import DataFolder
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.seeding import make_torrent
from tests.e2e.conftest import StartServer
from tests.e2e.films import (
    PIECE,
    BrokenOff,
    Film,
    Refused,
    check_disk,
    find_pieces,
    measure_cache,
    open_films,
    ranges_of,
    watch,
)
from tests.e2e.user import User
from tests.fakes.swarm import MIB, make_source

ROUNDS = int(os.environ.get("MOMOSHTREM_KILLS", "3"))
SIZE, QUOTA = 24 * MIB, 40 * MIB
SETTINGS = {
    "cache__max_size": str(QUOTA),
    "cache__min_free": "0",
    "torrent__idle_timeout": "0.3",
    "streaming__timeout": "5",
}
PLAYERS, OPENING = 3, MIB
LOOK = 0.02


@dataclass(slots=True)
class Librarian:
    """Adds movies, assigns them and takes their files off again; remembers what the server agreed to.

    `kept` is the info-hash that each movie has; what was asked for last may hold or not.
    """

    torrents: Sequence[bytes]
    random: Random
    kept: dict[int, str | None] = field(default_factory=dict)
    asked: int | None = None
    titles: Iterator[int] = field(default_factory=lambda: count(1))

    async def work(self, user: User) -> None:
        movie = await user.add_movie(f"Title {next(self.titles)}")
        self.kept[movie] = None
        while True:
            self.asked = self.random.choice([movie, *self.kept])
            await self._change(user, self.asked)

    async def _change(self, user: User, movie: int) -> None:
        if self.kept[movie] is None:
            answer = await user.assign(f"movies/{movie}", self.random.choice(self.torrents))
            assert answer.status_code == 200, answer.text
            self.kept[movie] = answer.json()["info_hash"]
        else:
            await user.ask("DELETE", f"/movies/{movie}/assign")
            self.kept[movie] = None

    async def check(self, user: User) -> None:
        for movie, info_hash in self.kept.items():
            found = [each["info_hash"] for each in (await user.ask("GET", f"/movies/{movie}"))["assignments"]]
            if movie == self.asked:
                self.kept[movie] = found[0] if found else None
            else:
                assert found == ([info_hash] if info_hash else []), f"movie {movie}"


@pytest.mark.timeout(60 + 15 * ROUNDS)
async def test_nothing_is_lost_by_being_killed(tmp_path: Path, start_server: StartServer) -> None:
    random = Random()
    small = [make_source(tmp_path / f"Title.{number}.2020.mkv", MIB, number) for number in range(20, 24)]
    librarian = Librarian([make_torrent(each, 2**18) for each in small], random)
    async with open_films(tmp_path, 3, SIZE) as films:
        user = await start_server(**SETTINGS)
        for film in films:
            await film.add_to(user)
        for _ in range(ROUNDS):
            await live(user, films, librarian, random)
            check_disk(DataFolder(user.server.data_dir), films)
            user = await start_server(**SETTINGS)
            await check(user, films, librarian)
        for film in films:
            await watch(user, film)
            assert measure_cache(user) <= QUOTA


async def live(user: User, films: Sequence[Film], librarian: Librarian, random: Random) -> None:
    """Everything at once, until the server is killed at some moment."""
    works = [*(play(user, films, random) for _ in range(PLAYERS)), librarian.work(user), keep_quota(user)]
    killed = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(until(killed, work)) for work in works]
        await asyncio.sleep(random.uniform(0.2, 2.5))
        killed.set()
        await user.server.kill()
        for each in running:
            each.cancel()
    assert measure_cache(user) <= QUOTA


async def until(killed: asyncio.Event, work: Coroutine[None, None, None]) -> None:
    """Work with a server that may break off only once it was killed."""
    try:
        await work
    except httpx2.TransportError:
        assert killed.is_set()


async def play(user: User, films: Sequence[Film], random: Random) -> None:
    """Open films anywhere, and leave some early. What cannot be checked any more is cut, and opened anew."""
    while True:
        start = random.randrange(SIZE)
        with suppress(BrokenOff):
            await watch(user, random.choice(films), start, random.choice([None, min(SIZE, start + OPENING)]))


async def keep_quota(user: User) -> None:
    while True:
        assert await asyncio.to_thread(measure_cache, user) <= QUOTA
        await asyncio.sleep(LOOK)


async def check(user: User, films: Sequence[Film], librarian: Librarian) -> None:
    """After the restart; `check_disk` is what was there before."""
    assert measure_cache(user) <= QUOTA
    with closing(sqlite3.connect(DataFolder(user.server.data_dir).database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        await librarian.check(user)
        for film in films:
            await check_promises(user, film, database)


async def check_promises(user: User, film: Film, database: sqlite3.Connection) -> None:
    """What is promised needs no peer to be played, unless it is evicted at that moment."""
    for peer in film.swarm.peers:
        peer.leave()
    for start, stop in ranges_of(film, Pieces(film.piece_count, range(film.piece_count))):
        if start // PIECE in find_pieces(database, film):
            try:
                await watch(user, film, start, stop)
            except Refused:
                assert start // PIECE not in find_pieces(database, film)
    for peer in film.swarm.peers:
        peer.come_back()
    await film.introduce(user)
