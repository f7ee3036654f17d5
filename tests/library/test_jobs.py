from __future__ import annotations

from datetime import timedelta

import pytest

from momoshtrem.errors import NotFound
from momoshtrem.library import jobs
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.job import Job, JobState

SUBJECT = {"info_hash": "a" * 40}


async def unfinished(db: Database) -> list[int]:
    return [job.id for job in await db.run(jobs.find_unfinished)]


async def test_insert_then_get(db: Database) -> None:
    job = await db.run(jobs.insert, "metadata", SUBJECT)
    assert (job.kind, job.subject, job.state) == ("metadata", SUBJECT, JobState.QUEUED)
    assert (job.attempts, job.message) == (0, "")
    assert job.created_at == job.updated_at == job.next_try_at
    assert await db.run(jobs.get, job.id) == job


async def test_no_such_job(db: Database) -> None:
    with pytest.raises(NotFound, match="no job 5"):
        await db.run(jobs.get, 5)
    with pytest.raises(NotFound, match="no job 5"):
        await db.run(jobs.update_state, 5, JobState.DONE)


async def test_the_way_of_a_job(db: Database) -> None:
    job = await db.run(jobs.insert, "metadata", SUBJECT)
    running = await db.run(jobs.update_state, job.id, JobState.RUNNING)
    assert (running.state, running.attempts) == (JobState.RUNNING, 1)
    assert await unfinished(db) == [job.id]
    done = await db.run(jobs.update_state, job.id, JobState.DONE, "found")
    assert await unfinished(db) == []
    assert (done.state, done.message, done.attempts) == (JobState.DONE, "found", 1)
    assert done.updated_at >= running.updated_at >= job.updated_at


async def test_unfinished_jobs_come_in_order_of_their_next_try(db: Database) -> None:
    def delay(tx: Tx, job_id: int, seconds: float) -> Job:
        when = tx.now + timedelta(seconds=seconds)
        return jobs.update_state(tx, job_id, JobState.QUEUED, "no peers", when)

    first, second, third = [(await db.run(jobs.insert, "x", {})).id for _ in range(3)]
    assert await unfinished(db) == [first, second, third]
    await db.run(delay, first, 3600)
    await db.run(delay, third, -3600)
    assert await unfinished(db) == [third, second, first]


async def test_what_ran_at_the_end_of_the_process_is_unfinished(db: Database) -> None:
    first, second, third = [(await db.run(jobs.insert, "x", {})).id for _ in range(3)]
    await db.run(jobs.update_state, first, JobState.RUNNING)
    await db.run(jobs.update_state, second, JobState.CANCELLED)
    assert await unfinished(db) == [first, third]


async def test_pages_have_the_latest_first(db: Database) -> None:
    ids = [(await db.run(jobs.insert, "x", {})).id for _ in range(3)]
    page = await db.run(jobs.list_page, 2, 0)
    assert [job.id for job in page.items] == ids[:0:-1]
    assert page.total == 3
