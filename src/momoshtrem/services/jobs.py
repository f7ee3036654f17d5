"""Long work that outlasts a request and a restart: a row in the database, tried until it is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from momoshtrem.errors import Conflict, MomoshtremError, StorageFailed, Unavailable
from momoshtrem.library import jobs
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.job import Job, JobState
from momoshtrem.model.media import Page

log = logging.getLogger(__name__)

FIRST_DELAY, LAST_DELAY = 30.0, 3600.0
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)

Work = Callable[[Mapping[str, str]], Awaitable[str]]
"""Does the work on a subject and gives a sentence on what was done; Unavailable and StorageFailed mean: try again."""


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
        if task := self._running.get(job_id):
            task.cancel()
        return await self._db.run(cancel, job_id)

    def _run_soon(self, job: Job) -> None:
        task = self._tasks.create_task(self._run(job))
        self._running[job.id] = task
        task.add_done_callback(lambda _: self._running.pop(job.id, None))

    async def _run(self, job: Job) -> None:
        while job.state in UNFINISHED:
            await asyncio.sleep((job.next_try_at - datetime.now(UTC)).total_seconds())
            try:
                job = await self._try(job)
            except StorageFailed as error:
                log.error("job %d (%s) has to wait: %s", job.id, job.kind, error)  # noqa: TRY400
                job = replace(job, next_try_at=next_try(job))

    async def _try(self, job: Job) -> Job:
        """One attempt; gives the job as it stands then."""
        await self._db.run(jobs.update_state, job.id, JobState.RUNNING, job.message)
        try:
            state, message = JobState.DONE, await self._works[job.kind](job.subject)
        except (Unavailable, StorageFailed) as error:
            return await self._db.run(jobs.update_state, job.id, JobState.QUEUED, str(error), next_try(job))
        except MomoshtremError as error:
            state, message = JobState.FAILED, str(error)
        except Exception:
            log.exception("job %d (%s) failed", job.id, job.kind)
            state, message = JobState.FAILED, "It failed inside the server; its log says why."
        return await self._db.run(jobs.update_state, job.id, state, message)


def cancel(tx: Tx, job_id: int) -> Job:
    job = jobs.get(tx, job_id)
    if job.state not in UNFINISHED:
        raise Conflict(f"The job has ended: it is {job.state}.")
    return jobs.update_state(tx, job_id, JobState.CANCELLED, "Cancelled.")


def next_try(job: Job) -> datetime:
    """When to try again after a try that failed; `job` is as it was before it."""
    doublings = min(job.attempts, 16)
    return datetime.now(UTC) + timedelta(seconds=min(LAST_DELAY, FIRST_DELAY * 2**doublings))
