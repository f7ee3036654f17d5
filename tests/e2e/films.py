"""Films of the library with a swarm each, and players that compare every byte."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import httpx2

from momoshtrem.folder import DataFolder
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.pieces import Pieces
from tests.e2e.user import User
from tests.fakes.swarm import KIB, Line, Swarm, make_source, open_swarm

PIECE = 256 * KIB


@dataclass(frozen=True, slots=True)
class Film:
    title: str
    content: bytes
    swarm: Swarm

    @property
    def path(self) -> str:
        return f"/Movies/{self.title} (2020)/{self.title} (2020).mkv"

    @property
    def piece_count(self) -> int:
        return -(-len(self.content) // PIECE)

    async def add_to(self, user: User) -> None:
        """Put it into the library, unopened."""
        answer = await user.assign(f"movies/{await user.add_movie(self.title)}", self.swarm.torrent)
        assert answer.status_code == 200, answer.text
        await self.introduce(user)

    async def introduce(self, user: User) -> None:
        """Name its peers."""
        await user.tell_peers(self.swarm.info_hash, [peer.address for peer in self.swarm.peers])


class Refused(Exception):
    """The server answered with an error: its status, and what it said."""


class BrokenOff(Exception):
    """The answer ended before this byte of the film."""


@asynccontextmanager
async def open_films(
    folder: Path, count: int, size: int, line: Line | None = None
) -> AsyncIterator[list[Film]]:
    """Films of so many bytes, each from one peer."""
    async with AsyncExitStack() as stack:
        films = []
        for number in range(1, count + 1):
            source = make_source(folder / f"Film.{number}.2020.1080p.mkv", size, seed=number)
            swarm = await stack.enter_async_context(
                open_swarm(source, lines=[line or Line()], piece_length=PIECE)
            )
            films.append(Film(f"Film {number}", source.read_bytes(), swarm))
        yield films


async def watch(user: User, film: Film, start: int = 0, stop: int | None = None) -> None:
    """Play from byte `start` to before `stop`: all of it comes, and every byte is right.

    Raises Refused without any, and BrokenOff when not all came.
    """
    at, stop = start, stop or len(film.content)
    headers = {"Range": f"bytes={start}-{stop - 1}"}
    try:
        async with user.http.stream("GET", user.url(film.path), headers=headers) as answer:
            if answer.status_code != 206:
                raise Refused(answer.status_code, (await answer.aread()).decode())
            async for chunk in answer.aiter_raw():
                check_bytes(film, at, chunk)
                at += len(chunk)
    except httpx2.TransportError as error:
        raise BrokenOff(at) from error
    assert at == stop


def check_bytes(film: Film, at: int, chunk: bytes) -> None:
    expected = film.content[at : at + len(chunk)]
    if chunk != expected:
        wrong = [at + n for n, (one, other) in enumerate(zip(chunk, expected, strict=True)) if one != other]
        zeros = sum(not chunk[each - at] for each in wrong)
        raise AssertionError(f"{film.title}: {len(wrong)} wrong bytes from {wrong[0]} on, {zeros} of them 0")


def measure_cache(user: User) -> int:
    """Bytes that the cache takes on the disk."""
    cache = CacheFolder(DataFolder(user.server.data_dir).cache)
    return sum(map(cache.size, cache.find_folders()))


def check_disk(folder: DataFolder, films: Sequence[Film]) -> None:
    """Every piece that is promised is on disk, whole and right. A copy is looked at, to change nothing."""
    with tempfile.TemporaryDirectory() as work:
        for each in folder.path.glob(f"{folder.database.name}*"):
            shutil.copy(each, work)
        with closing(sqlite3.connect(Path(work, folder.database.name))) as database:
            promised = {film.swarm.info_hash: find_pieces(database, film) for film in films}
    for film in films:
        path = CacheFolder(folder.cache).path(film.swarm.info_hash, 0)
        on_disk = path.read_bytes() if path.exists() else b""
        for start, stop in ranges_of(film, promised[film.swarm.info_hash]):
            assert on_disk[start:stop] == film.content[start:stop], f"{film.title}: {start} to {stop}"


def find_pieces(database: sqlite3.Connection, film: Film) -> Pieces:
    """Those that the database promises."""
    found = database.execute("SELECT readable FROM torrents WHERE info_hash = ?", [film.swarm.info_hash])
    return Pieces.unpack(found.fetchone()[0], film.piece_count)


def ranges_of(film: Film, pieces: Pieces) -> Iterator[tuple[int, int]]:
    for piece in range(film.piece_count):
        if piece in pieces:
            yield piece * PIECE, min((piece + 1) * PIECE, len(film.content))
