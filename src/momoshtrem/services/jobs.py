"""Long work that outlasts a request and a restart: a row in the database, tried until it is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from momoshtrem.errors import Conflict, MomoshtremError, Unavailable
from momoshtrem.library import jobs
from momoshtrem.library.database import Database
from momoshtrem.model.job import Job, JobState
from momoshtrem.model.media import Page

log = logging.getLogger(__name__)

FIRST_DELAY, LAST_DELAY = 30.0, 3600.0

Work = Callable[[Mapping[str, str]], Awaitable[str]]
"""Does the work on a subject and gives a sentence on what was done; Unavailable means: try again later."""


class Jobs:
    """Runs each unfinished job as a task; a failed try is repeated with growing delays."""

    def __init__(self, db: Database, tasks: asyncio.TaskGroup) -> None:
        self._db = db
        self._tasks = tasks
        self._works: dict[str, Work] = {}
        self._running: dict[int, asyncio.Task[None]] = {}

    def register(self, kind: str, work: Work) -> None:
        """Say what does the work of a kind; before `start`."""
        self._works[kind] = work

    async def start(self) -> None:
        """Go on with everything a former process left."""
        for job in await self._db.run(jobs.find_unfinished):
            self._run_soon(job)

    async def close(self) -> None:
        """Stop working; what is unfinished goes on at the next start."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def add(self, kind: str, subject: Mapping[str, str], message: str) -> Job:
        job = await self._db.run(jobs.insert, kind, subject, message)
        self._run_soon(job)
        return job

    async def get(self, job_id: int) -> Job:
        return await self._db.run(jobs.get, job_id)

    async def list_page(self, limit: int, offset: int) -> Page[Job]:
        return await self._db.run(jobs.list_page, limit, offset)

    async def cancel(self, job_id: int) -> Job:
        """End a job for good. Raises Conflict when it has ended already."""
        job = await self.get(job_id)
        if job.state not in (JobState.QUEUED, JobState.RUNNING):
            raise Conflict(f"The job has ended: it is {job.state}.")
        if task := self._running.get(job_id):
            task.cancel()
        return await self._db.run(jobs.update_state, job_id, JobState.CANCELLED, "Cancelled.")

    def _run_soon(self, job: Job) -> None:
        task = self._tasks.create_task(self._run(job))
        self._running[job.id] = task
        task.add_done_callback(lambda _: self._running.pop(job.id, None))

    async def _run(self, job: Job) -> None:
        while job.state in (JobState.QUEUED, JobState.RUNNING):
            await asyncio.sleep((job.next_try_at - datetime.now(UTC)).total_seconds())
            job = await self._try(job)

    async def _try(self, job: Job) -> Job:
        """One attempt; gives the job as it stands then."""
        await self._db.run(jobs.update_state, job.id, JobState.RUNNING, job.message)
        try:
            state, message = JobState.DONE, await self._works[job.kind](job.subject)
        except Unavailable as error:
            return await self._delay(job, str(error))
        except MomoshtremError as error:
            state, message = JobState.FAILED, str(error)
        except Exception:
            log.exception("job %d (%s) failed", job.id, job.kind)
            state, message = JobState.FAILED, "It failed inside the server; its log says why."
        return await self._db.run(jobs.update_state, job.id, state, message)

    async def _delay(self, job: Job, reason: str) -> Job:
        delay = min(LAST_DELAY, FIRST_DELAY * 2**job.attempts)
        again = datetime.now(UTC) + timedelta(seconds=delay)
        return await self._db.run(jobs.update_state, job.id, JobState.QUEUED, reason, again)
