"""Values and a recorder of events for the tests of the library."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CursorResult, Executable, create_engine

from momoshtrem.events import Event, EventBus
from momoshtrem.library import assignments, movies, schema, shows, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import NewAssignment, NewEpisode, NewMovie, NewSeason, NewShow
from momoshtrem.model.release import Quality
from momoshtrem.model.torrent import Magnet, Metainfo, TorrentFile

NOW = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)

HASH_A = "a" * 40
HASH_B = "b" * 40
HASH_C = "c" * 40

HEAT = NewMovie("Heat", 1995, 949)
FARGO = NewShow(
    "Fargo",
    2014,
    60622,
    (
        NewSeason(1, (NewEpisode(1, "The Crocodile's Dilemma"), NewEpisode(2, "The Rooster Prince"))),
        NewSeason(2, (NewEpisode(1, "Waiting for Dutch"),)),
    ),
)


class Recorder:
    """Keeps what is published on its bus."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.bus = EventBus()
        self.bus.subscribe(self._record)

    async def _record(self, event: Event) -> None:
        self.events.append(event)

    def take(self) -> list[Event]:
        """What was published since the last call."""
        taken, self.events = self.events, []
        return taken


class CountingTx(Tx):
    """Counts its statements."""

    statements = 0

    def execute(
        self,
        statement: Executable,
        params: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[*tuple[Any, ...]]:
        self.statements += 1
        return super().execute(statement, params)


@contextmanager
def transaction() -> Iterator[Tx]:
    """A transaction on an empty library in memory, for tests that need very many."""
    engine = create_engine("sqlite://")
    with engine.begin() as conn:
        conn.exec_driver_sql("PRAGMA foreign_keys = ON")
        schema.metadata.create_all(conn)
        yield Tx(conn, NOW)
    engine.dispose()


@asynccontextmanager
async def running(url: str, bus: EventBus | None = None) -> AsyncIterator[Database]:
    database = Database(url, bus or EventBus())
    try:
        await database.start()
        yield database
    finally:
        await database.close()


def metainfo(info_hash: str = HASH_A, file_count: int = 3) -> Metainfo:
    size = 10**9
    return Metainfo(
        info_hash=info_hash,
        name="Release",
        piece_length=2**20,
        total_size=size * file_count,
        private=False,
        files=tuple(
            TorrentFile(index, f"Release/{index}.mkv", size, size * index, hidden=index == 2)
            for index in range(file_count)
        ),
        trackers=("udp://one.test:1",),
        blob=b"d4:infodee",
    )


def magnet(info_hash: str = HASH_A) -> Magnet:
    return Magnet(
        info_hash,
        "Release",
        trackers=("udp://two.test:2",),
        peers=("127.0.0.1:6881",),
        uri=f"magnet:?xt=urn:btih:{info_hash}",
    )


def assignment(
    info_hash: str = HASH_A,
    file_index: int = 0,
    version: str = "",
    *,
    movie_id: int | None = None,
    episode_id: int | None = None,
) -> NewAssignment:
    return NewAssignment(
        info_hash=info_hash,
        file_index=file_index,
        path=f"Release/{file_index}.mkv",
        size=10**9,
        quality=Quality("1080p", "BluRay", "x264", None, "GRP"),
        version=version,
        movie_id=movie_id,
        episode_id=episode_id,
    )


def fill(tx: Tx) -> None:
    """Heat, Fargo and three torrents, nothing assigned."""
    movies.insert(tx, HEAT)
    shows.insert(tx, FARGO)
    for info_hash in (HASH_A, HASH_B, HASH_C):
        torrents.insert(tx, metainfo(info_hash))


def assign(tx: Tx, *new: NewAssignment) -> None:
    assignments.insert_all(tx, new)
