"""What is wrong with the server, if anything. Nothing outside is asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from momoshtrem import __version__
from momoshtrem.errors import StorageFailed
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.library import pins, torrents
from momoshtrem.library.counts import count_all
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.network import BlocklistStatus
from momoshtrem.model.stored import Counts
from momoshtrem.model.words import counted
from momoshtrem.services.live import Live
from momoshtrem.services.pins import explain_limit, pinnable
from momoshtrem.services.transfer import Transfers
from momoshtrem.services.warm import ASSIGNED, NEXT
from momoshtrem.settings import Settings, Transfer
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.counters import CacheStatus
from momoshtrem.torrents.engine import Engine, EngineHealth

Level = Literal["warning", "error"]

HARMLESS = (ASSIGNED, NEXT)
"""Kinds of jobs that may fail without harm: what was not warmed is fetched when it is played."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence that says what to do. With an error something does not work, with a warning it may soon."""

    level: Level
    message: str


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes free on the disk of the cache, and what the cache takes at most and may take."""

    free: int
    cache: int
    max_size: int


@dataclass(frozen=True, slots=True)
class TmdbHealth:
    """`problem` is what was wrong with TMDB when it was asked last."""

    configured: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class Parts:
    """What is looked at; `addresses` are where each face listens."""

    db: Database
    engine: Engine
    tmdb: Tmdb
    live: Live
    transfers: Transfers
    addresses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Status:
    """Uptime is in seconds. `counts` or `disk` is None where it cannot be read.

    `addresses` are where each face listens, `listeners` counts those who listen to events.
    """

    version: str
    uptime: float
    counts: Counts | None
    disk: Disk | None
    engine: EngineHealth
    tmdb: TmdbHealth
    addresses: Mapping[str, str]
    listeners: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether everything works."""
        return all(problem.level != "error" for problem in self.problems)


class Health:
    """Looks at what the server needs."""

    def __init__(self, settings: Settings, cache: CacheFolder, parts: Parts) -> None:
        self._settings = settings
        self._cache = cache
        self._parts = parts
        self._started = time.monotonic()

    async def check(self) -> Status:
        problems: list[Problem] = []
        engine = self._parts.engine.health()
        disk = await self._measure(engine.cache, problems)
        counts = await self._count(problems)
        tmdb = TmdbHealth(self._parts.tmdb.is_configured, self._parts.tmdb.problem)
        problems += find_engine_problems(engine, self._settings.torrent.listen_port)
        problems += find_tmdb_problems(tmdb)
        return Status(
            version=__version__,
            uptime=time.monotonic() - self._started,
            counts=counts,
            disk=disk,
            engine=engine,
            tmdb=tmdb,
            addresses=self._parts.addresses,
            listeners=self._parts.live.listeners,
            problems=tuple(sorted(problems, key=lambda problem: problem.level)),
        )

    async def _count(self, problems: list[Problem]) -> Counts | None:
        try:
            counts, pinned = await self._parts.db.run(look)
            private = await self._parts.db.run(torrents.count_private)
        except StorageFailed as error:
            problems.append(Problem("error", str(error)))
            return None
        problems += find_library_problems(counts)
        problems += find_upload_problems(self._parts.transfers.chosen, private)
        problems += find_pin_problems(pinned, self._settings.cache.max_size)
        return counts

    async def _measure(self, cache: CacheStatus, problems: list[Problem]) -> Disk | None:
        if cache.problem:
            problems.append(Problem("error", cache.problem))
        try:
            disk = Disk(await asyncio.to_thread(self._cache.free), cache.used, cache.max_size)
        except OSError as error:
            problems.append(Problem("error", f"The disk of the cache cannot be read: {error.strerror}."))
            return None
        problems += find_disk_problems(disk, self._settings.cache.min_free)
        return disk


def look(tx: Tx) -> tuple[Counts, int]:
    """How much there is, and the bytes of pinned files."""
    return count_all(tx, HARMLESS), pins.measure(tx)


def find_library_problems(counts: Counts) -> Iterator[Problem]:
    if counts.jobs_failed:
        yield Problem(
            "warning", f"{counted(counts.jobs_failed, 'job')} failed in the last week: /api/jobs says why."
        )
    if counts.proposed:
        message = f"Only proposed: {counted(counts.proposed, 'file')}; see `momoshtrem proposals`."
        yield Problem("warning", message)


def find_pin_problems(pinned: int, max_size: int) -> Iterator[Problem]:
    """Pins were within the limit when they were set; what was assigned since may be larger."""
    if pinned > (limit := pinnable(max_size)):
        yield Problem("warning", f"Pinned files have {explain_limit(pinned, limit)}")


def find_upload_problems(transfer: Transfer, private: int) -> Iterator[Problem]:
    """Private trackers count what is taken and not given back as hit and run."""
    if transfer.upload == "none" and private:
        message = (
            f"Nothing is uploaded, though the library has {counted(private, 'private torrent')}: their "
            "trackers may shut you out for that (hit and run). See transfer.upload."
        )
        yield Problem("warning", message)


def find_disk_problems(disk: Disk, min_free: int) -> Iterator[Problem]:
    if disk.free < min_free:
        message = (
            f"Only {disk.free >> 20} MiB are free on the disk of the cache; cache.min_free asks for more."
        )
        yield Problem("warning" if disk.free else "error", message)


def find_engine_problems(engine: EngineHealth, wanted_port: int) -> Iterator[Problem]:
    if not engine.running:
        yield Problem("error", "The engine is not running: nothing can be fetched.")
    elif engine.network.problem:
        yield Problem("error", engine.network.problem)
    elif engine.listen_problem and not engine.can_fetch:
        reason = engine.listen_problem
        message = f"Peers cannot connect ({reason}): check torrent.interface and torrent.listen_port."
        yield Problem("error", message)
    elif engine.listen_port and wanted_port not in (0, engine.listen_port):
        message = (
            f"Port {wanted_port} is taken, so peers are awaited on {engine.listen_port}: choose another "
            "torrent.listen_port."
        )
        yield Problem("warning", message)
    if engine.network.blocklist:
        yield from find_blocklist_problems(engine.network.blocklist)
    for torrent in engine.loaded:
        if torrent.reason:
            yield Problem("error", f"Torrent {torrent.info_hash} cannot be read: {torrent.reason}")


def find_blocklist_problems(found: BlocklistStatus) -> Iterator[Problem]:
    if found.problem:
        holds = (
            f"{counted(found.ranges, 'range')} of before are blocked" if found.ranges else "nobody is blocked"
        )
        yield Problem("error", f"{found.problem} Until it is mended {holds}.")
    elif found.read_at and not found.ranges:
        lines = counted(found.wrong, "line")
        yield Problem("warning", f"The block list blocks nobody; {lines} of it cannot be understood.")


def find_tmdb_problems(tmdb: TmdbHealth) -> Iterator[Problem]:
    if not tmdb.configured:
        yield Problem("warning", "No TMDB key is set (tmdb.api_key): titles can only be added by hand.")
    elif tmdb.problem:
        yield Problem("warning", tmdb.problem)
