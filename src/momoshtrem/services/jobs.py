"""Long work that outlasts a request and a restart: a row in the database, tried until it is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from momoshtrem.errors import Conflict, MomoshtremError, StorageFailed, Unavailable
from momoshtrem.library import jobs
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.job import Job, JobState
from momoshtrem.model.media import Page

log = logging.getLogger(__name__)

FIRST_DELAY, LAST_DELAY = 30.0, 3600.0
"""Seconds after the first try that failed, and at the most."""
MANY = 1000
IN_TURN = "All places are taken by other jobs of this kind; this one waits for its turn."
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)

Tell = Callable[[str], Awaitable[None]]
"""Says in a sentence what a running job waits for."""

Work = Callable[[Job, Tell], Awaitable[str]]
"""Does a job and gives a sentence on what was done.

Unavailable and StorageFailed mean that another try may do it, other errors that none will.
"""

Ending = Callable[[Tx, Job], None]
"""Told of a job that failed or was cancelled, in the transaction that ends it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How jobs of a kind are done, and how many at a time."""

    work: Work
    places: asyncio.Semaphore
    on_failure: Ending


class Jobs:
    """Runs each unfinished job as a task; a failed try is repeated with growing delays."""

    def __init__(self, db: Database, tasks: asyncio.TaskGroup) -> None:
        self._db = db
        self._tasks = tasks
        self._kinds: dict[str, Kind] = {}
        self._every: dict[str, timedelta] = {}
        self._running: dict[int, asyncio.Task[None]] = {}

    def register(
        self, kind: str, work: Work, *, places: int = MANY, on_failure: Ending = lambda _tx, _job: None
    ) -> None:
        """Say what does the work of a kind, and in how many places at once; before `start`."""
        self._kinds[kind] = Kind(work, asyncio.Semaphore(places), on_failure)

    def repeat(self, kind: str, every: timedelta) -> None:
        """Have one job of a kind, done again `every` so long, however it ended; before `start`."""
        self._every[kind] = every

    async def start(self) -> None:
        """Go on with everything a former process left."""
        for job in await self._db.run(take_up, self._every):
            self._run_soon(job)

    async def close(self) -> None:
        """Stop working; what is unfinished goes on at the next start."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def add(self, kind: str, subject: Mapping[str, str], message: str) -> Job:
        """A new job, or the unfinished one that is to do the same."""
        job = await self._db.run(add, kind, subject, message)
        self.take_on([job])
        return job

    def take_on(self, added: Iterable[Job]) -> None:
        """Work on jobs that another transaction has added, or found there."""
        for job in added:
            if job.id not in self._running:
                self._run_soon(job)

    async def get(self, job_id: int) -> Job:
        return await self._db.run(jobs.get, job_id)

    async def list_page(self, limit: int, offset: int) -> Page[Job]:
        return await self._db.run(jobs.list_page, limit, offset)

    async def cancel(self, job_id: int) -> Job:
        """End a job for good. Raises Conflict when it has ended already."""
        if task := self._running.get(job_id):
            task.cancel()
        return await self._db.run(self._cancel, job_id)

    async def retry(self, job_id: int) -> Job:
        """Start over with a job that failed, was cancelled, or waits for its next try.

        Raises Conflict for one that runs or is done; one that only waits for a place stays in its turn.
        """
        job = await self.get(job_id)
        if job.state is JobState.QUEUED and job.next_try_at <= datetime.now(UTC):
            return job
        job = await self._db.run(start_over, job_id)
        self._run_soon(job)
        return job

    def _run_soon(self, job: Job) -> None:
        """Run a job in a task of its own, which takes the place of an earlier one."""
        if earlier := self._running.get(job.id):
            earlier.cancel()
        task = self._tasks.create_task(self._run(job))
        self._running[job.id] = task
        task.add_done_callback(lambda ended: self._forget(job.id, ended))

    def _forget(self, job_id: int, task: asyncio.Task[None]) -> None:
        if self._running.get(job_id) is task:
            del self._running[job_id]

    async def _run(self, job: Job) -> None:
        """Try until it has ended. Whatever goes wrong here ends nothing but this task."""
        try:
            while job.state in UNFINISHED:
                await asyncio.sleep(self._find_delay(job))
                try:
                    job = await self._try_in_turn(job)
                except StorageFailed as error:
                    log.error("job %d (%s) has to wait: %s", job.id, job.kind, error)  # noqa: TRY400
                    job = replace(job, next_try_at=next_try(job))
        except Exception:
            log.exception("job %d (%s) has to wait for the next start", job.id, job.kind)

    def _find_delay(self, job: Job) -> float:
        """Seconds until the next try: not more than there can be, as the clock may have been set back."""
        longest = max(LAST_DELAY, self._every.get(job.kind, timedelta()).total_seconds())
        return min((job.next_try_at - datetime.now(UTC)).total_seconds(), longest)

    async def _try_in_turn(self, job: Job) -> Job:
        """Wait for a place, then try; gives the job as it stands then."""
        kind = self._kinds.get(job.kind)
        if kind is None:
            reason = f"This version of the server has no work of the kind {job.kind!r}; update it and retry."
            return await self._db.run(self._end, job.id, JobState.FAILED, reason)
        if kind.places.locked() and job.message != IN_TURN:
            await self._db.run(jobs.update_message, job.id, IN_TURN)
        async with kind.places:
            return await self._try(job, kind)

    async def _try(self, job: Job, kind: Kind) -> Job:
        begun = await self._db.run(jobs.update_state, job.id, JobState.RUNNING, job.message)
        try:
            state, message = JobState.DONE, await kind.work(begun, self._teller(begun))
        except (Unavailable, StorageFailed) as error:
            return await self._db.run(jobs.update_state, job.id, JobState.QUEUED, str(error), next_try(job))
        except MomoshtremError as error:
            state, message = JobState.FAILED, str(error)
        except Exception:
            log.exception("job %d (%s) failed", job.id, job.kind)
            state, message = JobState.FAILED, "It failed inside the server; its log says why."
        if every := self._every.get(job.kind):
            again = datetime.now(UTC) + every
            return await self._db.run(jobs.update_state, job.id, JobState.QUEUED, message, again)
        return await self._db.run(self._end, job.id, state, message)

    def _teller(self, job: Job) -> Tell:
        """What is new in the message goes to the database."""
        told = job.message

        async def tell(message: str) -> None:
            nonlocal told
            if message != told:
                told = message
                await self._db.run(jobs.update_message, job.id, message)

        return tell

    def _cancel(self, tx: Tx, job_id: int) -> Job:
        job = jobs.get(tx, job_id)
        if job.state not in UNFINISHED:
            raise Conflict(f"The job has ended: it is {job.state}.")
        return self._end(tx, job_id, JobState.CANCELLED, "Cancelled.")

    def _end(self, tx: Tx, job_id: int, state: JobState, message: str) -> Job:
        job = jobs.update_state(tx, job_id, state, message)
        if state is not JobState.DONE and (kind := self._kinds.get(job.kind)):
            kind.on_failure(tx, job)
        return job


def take_up(tx: Tx, repeated: Iterable[str]) -> list[Job]:
    """The unfinished jobs, and a new one of each repeated kind that has none."""
    unfinished = jobs.find_unfinished(tx)
    missing = set(repeated) - {job.kind for job in unfinished}
    return [*unfinished, *(jobs.insert(tx, kind, {}) for kind in sorted(missing))]


def add(tx: Tx, kind: str, subject: Mapping[str, str], message: str) -> Job:
    return add_all(tx, kind, [subject], message)[0]


def add_all(tx: Tx, kind: str, subjects: Iterable[Mapping[str, str]], message: str) -> list[Job]:
    """For each a new job, or the unfinished one that is to do the same; in no order."""
    missing = {frozenset(subject.items()): subject for subject in subjects}
    found = jobs.find_same(tx, kind, missing.values())
    for job in found:
        missing.pop(frozenset(job.subject.items()), None)
    return [*found, *jobs.insert_all(tx, kind, list(missing.values()), message)]


def start_over(tx: Tx, job_id: int) -> Job:
    job = jobs.get(tx, job_id)
    if job.state in (JobState.RUNNING, JobState.DONE):
        raise Conflict(f"The job cannot be tried again: it is {job.state}.")
    return jobs.restart(tx, job_id)


def next_try(job: Job) -> datetime:
    """When to try again after a try that failed; `job` is as it was before it."""
    doublings = min(job.attempts, 16)
    return datetime.now(UTC) + timedelta(seconds=min(LAST_DELAY, FIRST_DELAY * 2**doublings))
