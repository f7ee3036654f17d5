"""Long work that survives a restart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, and_, cast, or_, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy import insert as insert_into

from momoshtrem.errors import NotFound
from momoshtrem.events import JobChanged
from momoshtrem.library.database import Tx
from momoshtrem.library.rows import AnyRow, fetch_page
from momoshtrem.library.schema import jobs
from momoshtrem.model.job import Job, JobState
from momoshtrem.model.media import Page

KEPT_FOR = timedelta(days=30)
MAX_ENDED = 1000
UNFINISHED = jobs.c.state.in_([JobState.QUEUED, JobState.RUNNING])


def insert(tx: Tx, kind: str, subject: Mapping[str, str], message: str = "") -> Job:
    """A new job, due at once. Of those that have ended, the old ones go."""
    (job,) = insert_all(tx, kind, [subject], message)
    return job


def insert_all(tx: Tx, kind: str, subjects: Sequence[Mapping[str, str]], message: str) -> list[Job]:
    """A new job for each, in no order."""
    if not subjects:
        return []
    _delete_old(tx, kind)
    rows = [
        {
            "kind": kind,
            "subject": dict(subject),
            "state": JobState.QUEUED,
            "attempts": 0,
            "next_try_at": tx.now,
            "message": message,
            "created_at": tx.now,
            "updated_at": tx.now,
        }
        for subject in subjects
    ]
    added = [_job(row) for row in tx.execute(insert_into(jobs).returning(jobs), rows)]
    for job in added:
        tx.emit(JobChanged(job.id))
    return added


def get(tx: Tx, job_id: int) -> Job:
    row = tx.execute(select(jobs).where(jobs.c.id == job_id)).first()
    if row is None:
        raise NotFound(f"There is no job {job_id}.")
    return _job(row)


def list_page(tx: Tx, limit: int, offset: int) -> Page[Job]:
    """Jobs, the latest first."""
    return fetch_page(tx, select(jobs).order_by(jobs.c.id.desc()), _job, limit, offset)


def find_unfinished(tx: Tx, kind: str | None = None) -> list[Job]:
    """Jobs that are to be done, of one kind or of all, the longest waiting first.

    Running ones too, left by an earlier process.
    """
    statement = select(jobs).where(UNFINISHED).order_by(jobs.c.next_try_at, jobs.c.id)
    if kind is not None:
        statement = statement.where(jobs.c.kind == kind)
    return [_job(row) for row in tx.execute(statement)]


def find_same(tx: Tx, kind: str, subjects: Iterable[Mapping[str, str]]) -> list[Job]:
    """The unfinished jobs that are to do these. Thousands may wait, so the database compares the subjects."""
    texts = {json.dumps(dict(subject)) for subject in subjects}
    same = cast(jobs.c.subject, Text).in_(texts)
    return [_job(row) for row in tx.execute(select(jobs).where(UNFINISHED, jobs.c.kind == kind, same))]


def update_state(
    tx: Tx, job_id: int, state: JobState, message: str = "", next_try_at: datetime | None = None
) -> Job:
    """Move a job on. One that starts running has made an attempt; a queued one waits for `next_try_at`."""
    values: dict[str, Any] = {"state": state, "message": message, "updated_at": tx.now}
    if state is JobState.RUNNING:
        values["attempts"] = jobs.c.attempts + 1
    if next_try_at is not None:
        values["next_try_at"] = next_try_at
    return _update(tx, job_id, values)


def update_message(tx: Tx, job_id: int, message: str) -> Job:
    """Say something else of a job; one that has ended keeps its last word."""
    job = get(tx, job_id)
    if job.state not in (JobState.QUEUED, JobState.RUNNING):
        return job
    return _update(tx, job_id, {"message": message, "updated_at": tx.now})


def restart(tx: Tx, job_id: int) -> Job:
    """A job as if it were new: due at once, without an attempt, asked for now."""
    values = {
        "state": JobState.QUEUED,
        "attempts": 0,
        "next_try_at": tx.now,
        "message": "Asked for again.",
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    return _update(tx, job_id, values)


def _update(tx: Tx, job_id: int, values: Mapping[str, Any]) -> Job:
    tx.execute(update(jobs).where(jobs.c.id == job_id).values(values))
    tx.emit(JobChanged(job_id))
    return get(tx, job_id)


def _delete_old(tx: Tx, kind: str) -> None:
    """Of jobs that have ended keep the latest of each kind, for a while."""
    of_kind = select(jobs.c.id).where(~UNFINISHED, jobs.c.kind == kind)
    latest = of_kind.order_by(jobs.c.updated_at.desc()).limit(MAX_ENDED)
    too_many = and_(jobs.c.kind == kind, jobs.c.id.not_in(latest))
    tx.execute(delete_from(jobs).where(~UNFINISHED, or_(jobs.c.updated_at < tx.now - KEPT_FOR, too_many)))


def _job(row: AnyRow) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        state=JobState(row.state),
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        message=row.message,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
