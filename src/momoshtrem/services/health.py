"""What is wrong with the server, if anything."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass

from momoshtrem import __version__
from momoshtrem.folder import DataFolder
from momoshtrem.library import movies, shows, torrents
from momoshtrem.library.database import Database
from momoshtrem.settings import Settings


@dataclass(frozen=True, slots=True)
class Status:
    """Counts, bytes free on the disk of the cache, seconds since the start, and problems as sentences."""

    version: str
    uptime: float
    movies: int
    shows: int
    torrents: int
    disk_free: int
    problems: tuple[str, ...]


class Health:
    """Looks at what the server needs."""

    def __init__(self, settings: Settings, data: DataFolder, db: Database) -> None:
        self._settings = settings
        self._data = data
        self._db = db
        self._started = time.monotonic()

    async def check(self) -> Status:
        free = shutil.disk_usage(self._data.path).free
        return Status(
            version=__version__,
            uptime=time.monotonic() - self._started,
            movies=(await self._db.run(movies.list_page, 0, 0)).total,
            shows=(await self._db.run(shows.list_page, 0, 0)).total,
            torrents=(await self._db.run(torrents.list_page, 0, 0)).total,
            disk_free=free,
            problems=tuple(self._problems(free)),
        )

    def _problems(self, free: int) -> list[str]:
        problems = []
        if not self._settings.tmdb.api_key.get_secret_value():
            problems.append("No TMDB key is set (tmdb.api_key): titles can only be added by hand.")
        if free < self._settings.cache.min_free:
            problems.append(f"Only {free >> 20} MiB are free on the disk of the cache.")
        return problems
