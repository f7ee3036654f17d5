from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from momoshtrem.errors import NotFound
from momoshtrem.events import JobChanged
from momoshtrem.library import jobs, schema
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.job import Job, JobState
from tests.library.samples import Recorder

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


async def test_unfinished_jobs_of_one_kind(db: Database) -> None:
    for kind in ("x", "y", "x"):
        await db.run(jobs.insert, kind, {})
    assert [job.id for job in await db.run(jobs.find_unfinished, "x")] == [1, 3]


async def test_the_same_is_an_unfinished_job_of_the_kind_on_the_subject(db: Database) -> None:
    subject = {"name": "Amélie “x”", "file_index": "1"}
    for kind, each in (("x", {"name": "y"}), ("y", subject), ("x", subject)):
        await db.run(jobs.insert, kind, each)
    (found,) = await db.run(jobs.find_same, "x", [{"name": "z"}, subject])
    assert (found.id, found.subject) == (3, subject)
    await db.run(jobs.update_state, 3, JobState.DONE)
    assert await db.run(jobs.find_same, "x", [subject]) == []


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


async def test_a_message_changes_nothing_else_and_nothing_that_has_ended(db: Database) -> None:
    job = await db.run(jobs.insert, "x", {})
    running = await db.run(jobs.update_state, job.id, JobState.RUNNING)
    told = await db.run(jobs.update_message, job.id, "no peers")
    assert told == replace(running, message="no peers", updated_at=told.updated_at)
    await db.run(jobs.update_state, job.id, JobState.CANCELLED, "Cancelled.")
    assert (await db.run(jobs.update_message, job.id, "no peers")).message == "Cancelled."


async def test_a_job_starts_over(db: Database) -> None:
    job = await db.run(jobs.insert, "x", {})
    await db.run(jobs.update_state, job.id, JobState.RUNNING)
    failed = await db.run(jobs.update_state, job.id, JobState.FAILED, "no peers")
    again = await db.run(jobs.restart, job.id)
    assert (again.state, again.attempts) == (JobState.QUEUED, 0)
    assert again.created_at == again.next_try_at >= failed.updated_at


async def test_each_change_is_told(db: Database, recorder: Recorder) -> None:
    job = await db.run(jobs.insert, "x", {})
    await db.run(jobs.update_state, job.id, JobState.RUNNING)
    await db.run(jobs.update_message, job.id, "no peers")
    await db.run(jobs.restart, job.id)
    assert recorder.events == [JobChanged(job.id)] * 4


async def test_jobs_that_ended_long_ago_go(db: Database) -> None:
    old, new, unfinished = [(await db.run(jobs.insert, "x", {})).id for _ in range(3)]
    for each in (old, new):
        await db.run(jobs.update_state, each, JobState.DONE)
    await db.run(age, [old, unfinished])
    added = await db.run(jobs.insert, "x", {})
    page = await db.run(jobs.list_page, 10, 0)
    assert [job.id for job in page.items] == [added.id, unfinished, new]


async def test_only_the_latest_that_ended_stay(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MAX_ENDED", 2)
    ids = [(await db.run(jobs.insert, "x", {})).id for _ in range(5)]
    for each in ids[:4]:
        await db.run(jobs.update_state, each, JobState.FAILED)
    added = await db.run(jobs.insert, "x", {})
    page = await db.run(jobs.list_page, 10, 0)
    assert [job.id for job in page.items] == [added.id, ids[4], ids[3], ids[2]]


async def test_many_jobs_of_one_kind_push_out_none_of_another(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MAX_ENDED", 1)
    for kind in ("assign", "warm", "warm"):
        job = await db.run(jobs.insert, kind, {})
        await db.run(jobs.update_state, job.id, JobState.FAILED)
    added = await db.run(jobs.insert, "warm", {})
    page = await db.run(jobs.list_page, 10, 0)
    assert [job.id for job in page.items] == [added.id, 3, 1]


def age(tx: Tx, ids: list[int]) -> None:
    """As if nothing had happened to these for 31 days."""
    table = schema.jobs
    then = tx.now - timedelta(days=31)
    tx.execute(update(table).where(table.c.id.in_(ids)).values(updated_at=then))
