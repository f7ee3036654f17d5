"""Warming: what players read first of a file is fetched before anybody opens it.

After an assignment for all files of the torrent that are shown; and near the end of an episode for the next
one. Nothing else fetches anything by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from momoshtrem.errors import NotFound, StorageFailed, Unavailable
from momoshtrem.library import assignments
from momoshtrem.library.database import Database, Tx
from momoshtrem.library.successors import find_next_file
from momoshtrem.model.job import Job
from momoshtrem.model.torrent import FileRef
from momoshtrem.model.words import counted
from momoshtrem.services.jobs import Jobs, Tell
from momoshtrem.settings import Streaming
from momoshtrem.torrents.engine import Engine

log = logging.getLogger(__name__)

ASSIGNED, NEXT = "warm", "warm_next"
"""The kinds of jobs. One for a next episode does not wait behind those of a large import."""
PLACES = 2
"""Torrents that are warmed at once, of either kind."""
MAX_BYTES = 2**30
"""What one torrent may take; the episodes that are left out come up when the one before them ends."""
MAX_TRIES = 10
"""With the delays between tries, a dead swarm is given up after some three hours."""
LOOK = 1.0
"""Seconds between two looks at whether a player has to wait."""


@dataclass(slots=True)
class Warmed:
    """Files warmed since the start: `fetched` in so many `bytes`, `present` before, or `failed`."""

    fetched: int = 0
    present: int = 0
    failed: int = 0
    bytes: int = 0

    def count(self, size: int) -> None:
        """A file, for which `size` bytes were fetched."""
        self.bytes += size
        if size:
            self.fetched += 1
        else:
            self.present += 1


class Warm:
    """Has jobs warm files, unless the user wants none of it."""

    def __init__(
        self, db: Database, engine: Engine, jobs: Jobs, tasks: asyncio.TaskGroup, settings: Streaming
    ) -> None:
        self._db = db
        self._engine = engine
        self._jobs = jobs
        self._tasks = tasks
        self._rate = settings.warm_rate
        self._is_on = settings.warm == "on_assign"
        self._followed: set[FileRef] = set()
        self.warmed = Warmed()
        jobs.register(ASSIGNED, self._work, places=PLACES)
        jobs.register(NEXT, self._work, places=PLACES)

    async def torrent(self, info_hash: str) -> None:
        """Warm what is shown of a torrent, by and by. That it cannot be asked for is no error."""
        if self._is_on:
            await self._add(ASSIGNED, {"info_hash": info_hash})

    def next_soon(self, ref: FileRef) -> None:
        """Warm what follows this episode, if that has a file; asked again it does nothing."""
        if self._is_on and ref not in self._followed:
            self._followed.add(ref)
            self._tasks.create_task(self._next(ref))

    async def _next(self, ref: FileRef) -> None:
        try:
            if following := await self._db.run(find_next_file, ref):
                subject = {"info_hash": following.info_hash, "file_index": str(following.file_index)}
                await self._add(NEXT, subject)
        except Exception:
            log.exception("what follows an episode is not warmed")

    async def _add(self, kind: str, subject: Mapping[str, str]) -> None:
        try:
            await self._jobs.add(kind, subject, "Waiting for its turn.")
        except StorageFailed as error:
            log.warning("nothing is warmed: %s", error)

    async def _work(self, job: Job, tell: Tell) -> str:
        """No file is begun while a player waits for the swarm; what is assigned meanwhile is warmed too."""
        if not self._is_on:
            return "Nothing was fetched: streaming.warm is off."
        done: set[FileRef] = set()
        fetched = 0
        while left := [ref for ref in (await self._find(job)) if ref not in done]:
            total = len(done) + len(left)
            if fetched >= MAX_BYTES:
                return f"Head and index of {len(done)} of {total} files are on disk, which is enough."
            if any(torrent.waits for torrent in self._engine.health().loaded):
                await asyncio.sleep(LOOK)
                continue
            await tell(f"Fetching head and index of file {len(done) + 1} of {total}.")
            fetched += await self._warm(left[0], job.attempts)
            done.add(left[0])
        return f"Head and index of {counted(len(await self._find(job)), 'file')} are on disk."

    async def _find(self, job: Job) -> list[FileRef]:
        return await self._db.run(find_files, job.subject)

    async def _warm(self, ref: FileRef, attempts: int) -> int:
        """A file that is gone by now is no error. Raises NotFound for a swarm that was tried often enough."""
        try:
            size = await self._engine.warm(ref, self._rate)
        except NotFound:
            return 0
        except Unavailable as error:
            self.warmed.failed += 1
            if attempts < MAX_TRIES:
                raise
            raise NotFound(f"Given up after {MAX_TRIES} tries. {error}") from error
        self.warmed.count(size)
        return size


def find_files(tx: Tx, subject: Mapping[str, str]) -> list[FileRef]:
    """The files of the torrent that are shown, or the one that is meant, each once."""
    index = subject.get("file_index")
    shown = (one for one in assignments.find_for_torrent(tx, subject["info_hash"]) if one.rank == 0)
    refs = (FileRef(one.info_hash, one.file_index, one.size) for one in shown)
    return list(dict.fromkeys(ref for ref in refs if index in (None, str(ref.file_index))))
