"""The daily look at TMDB: new seasons, episodes and air dates of all shows that go on."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta

from momoshtrem.errors import MomoshtremError, NotConfigured, ServiceDown, ServiceRefused, StorageFailed
from momoshtrem.library import refreshes
from momoshtrem.library.database import Database
from momoshtrem.model.job import Job
from momoshtrem.model.words import counted
from momoshtrem.services.catalog import Catalog
from momoshtrem.services.jobs import Jobs, Tell

log = logging.getLogger(__name__)

KIND = "refresh_shows"
EVERY = timedelta(days=1)
AGE = timedelta(hours=20)
"""Shows that were refreshed later than this are left for the next day."""
MAX_SHOWS = 1000
MAX_DOWN = 3
"""Shows in a row that TMDB may fail to answer for until the rest has to wait."""
TOLD = 3
"""Failures that the message names."""


@dataclass(slots=True)
class Tally:
    """What a run has done so far; `down` counts the latest shows without an answer."""

    refreshed: int = 0
    added: int = 0
    failures: list[str] = field(default_factory=list)
    down: int = 0

    def fail(self, show_id: int, error: MomoshtremError) -> None:
        log.warning("Show %d was not refreshed: %s", show_id, error)
        self.failures.append(str(error))

    def sentence(self) -> str:
        done = f"{counted(self.refreshed, 'show')} refreshed, {counted(self.added, 'new episode')}"
        if not self.failures:
            return f"{done}."
        return f"{done}, {len(self.failures)} failed: {' '.join(self.failures[:TOLD])}"


class Refresh:
    """Refreshes shows one by one; a job calls it each day."""

    def __init__(self, db: Database, catalog: Catalog) -> None:
        self._db = db
        self._catalog = catalog

    def join(self, jobs: Jobs, *, daily: bool) -> None:
        """Be the work of a job, which comes up each day unless `daily` is off."""
        jobs.register(KIND, self.run)
        if daily:
            jobs.repeat(KIND, EVERY)

    async def run(self, _job: Job, tell: Tell) -> str:
        """Refresh what is due, the longest waiting first, and tell what came of it.

        Raises ServiceDown when TMDB does not answer; shows without an answer are due again the next time.
        """
        tally = Tally()
        due = await self._db.run(refreshes.find_due, AGE, MAX_SHOWS)
        for number, show_id in enumerate(due, 1):
            await tell(f"Asks TMDB for show {number} of {len(due)}.")
            await self._refresh(show_id, tally)
        return tally.sentence()

    async def _refresh(self, show_id: int, tally: Tally) -> None:
        try:
            _, added = await self._catalog.refresh_show(show_id)
        except (NotConfigured, ServiceRefused, StorageFailed):
            raise
        except ServiceDown as error:
            tally.fail(show_id, error)
            tally.down += 1
            if tally.down == MAX_DOWN:
                raise ServiceDown(tally.sentence()) from error
        except MomoshtremError as error:
            tally.fail(show_id, error)
            tally.down = 0
            await self._db.run(refreshes.set_asked, show_id)
        else:
            tally.refreshed += 1
            tally.added += added
            tally.down = 0
