"""How much there is, for the health of the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Select, func, select

from momoshtrem.library.database import Tx
from momoshtrem.library.schema import assignments, episodes, jobs, movies, shows, torrents
from momoshtrem.model.job import JobState
from momoshtrem.model.stored import Counts

RECENT = timedelta(days=7)


def count_all(tx: Tx, harmless: Collection[str] = ()) -> Counts:
    """In one statement; failed jobs are those of the last week, but of `harmless` kinds."""
    waiting = jobs.c.state.in_([JobState.QUEUED, JobState.RUNNING])
    alarming = jobs.c.state == JobState.FAILED, jobs.c.kind.not_in(harmless)
    counted: tuple[Select[int], ...] = (
        *(select(func.count()).select_from(table) for table in (movies, shows, episodes, torrents)),
        select(func.count()).select_from(assignments).where(assignments.c.proposed),
        select(func.count()).select_from(jobs).where(waiting),
        select(func.count()).select_from(jobs).where(*alarming, jobs.c.updated_at > tx.now - RECENT),
    )
    return Counts(*tx.execute(select(*(each.scalar_subquery() for each in counted))).one())


def count_jobs(tx: Tx) -> Counter[JobState]:
    """By state, those that have ended included."""
    found = tx.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state))
    return Counter({JobState(state): count for state, count in found})
