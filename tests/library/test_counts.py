from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from momoshtrem.library import jobs
from momoshtrem.library.counts import RECENT, count_all, count_jobs
from momoshtrem.library.database import Database, Tx
from momoshtrem.library.schema import jobs as jobs_table
from momoshtrem.model.job import JobState
from momoshtrem.model.stored import Counts
from tests.library.samples import HASH_B, assign, assignment, fill


def fail_job(tx: Tx, age: timedelta, kind: str = "assign") -> None:
    job = jobs.insert(tx, kind, {})
    jobs.update_state(tx, job.id, JobState.FAILED)
    old = update(jobs_table).where(jobs_table.c.id == job.id)
    tx.execute(old.values(updated_at=tx.now - age))


async def test_an_empty_library(db: Database) -> None:
    assert await db.run(count_all) == Counts(0, 0, 0, 0, 0, 0, 0)


async def test_each_kind_by_itself(db: Database) -> None:
    await db.run(fill)
    await db.run(assign, assignment(movie_id=1), replace(assignment(HASH_B, movie_id=1), proposed=True))
    for state in (JobState.QUEUED, JobState.RUNNING, JobState.DONE):
        job = await db.run(jobs.insert, "assign", {})
        await db.run(jobs.update_state, job.id, state)
    await db.run(fail_job, timedelta())
    await db.run(fail_job, RECENT + timedelta(minutes=1))
    counts = Counts(movies=1, shows=1, episodes=3, torrents=3, proposed=1, jobs_waiting=2, jobs_failed=1)
    assert await db.run(count_all) == counts


async def test_jobs_that_fail_without_harm(db: Database) -> None:
    for kind in ("warm", "assign"):
        await db.run(fail_job, timedelta(), kind)
    assert (await db.run(count_all)).jobs_failed == 2
    assert (await db.run(count_all, ("warm",))).jobs_failed == 1


async def test_jobs_by_their_state(db: Database) -> None:
    for state in (JobState.DONE, JobState.DONE, JobState.CANCELLED):
        job = await db.run(jobs.insert, "assign", {})
        await db.run(jobs.update_state, job.id, state)
    assert await db.run(count_jobs) == {JobState.DONE: 2, JobState.CANCELLED: 1}
