from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from momoshtrem.errors import ServiceDown, ServiceRefused
from momoshtrem.library import jobs, schema
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.job import Job, JobState
from momoshtrem.services.catalog import Catalog
from momoshtrem.services.jobs import Jobs
from momoshtrem.services.refresh import KIND, MAX_DOWN, Refresh
from tests.fakes.services import JOB
from tests.fakes.tmdb import API_KEY, FakeTmdb
from tests.services.tmdb import connected, running_show, season

LIMIT = 20.0


@dataclass(frozen=True)
class Rig:
    db: Database
    fake: FakeTmdb
    catalog: Catalog
    refresh: Refresh
    told: list[str] = field(default_factory=list)

    async def add(self, *tmdb_ids: int) -> None:
        """Add shows, refreshed last so many days ago in this order, the longest ago first."""
        for age, tmdb_id in enumerate(reversed(tmdb_ids), 2):
            show, _ = await self.catalog.add_show_by_tmdb(tmdb_id, None)
            await self.db.run(set_age, show.id, timedelta(days=age))
        self.fake.requests.clear()

    async def run(self) -> str:
        return await self.refresh.run(JOB, self._tell)

    async def _tell(self, message: str) -> None:
        self.told.append(message)

    def asked(self) -> list[str]:
        return [seen.path.removeprefix("/3/tv/") for seen in self.fake.requests]


def set_age(tx: Tx, show_id: int, age: timedelta) -> None:
    aged = update(schema.shows).where(schema.shows.c.id == show_id)
    tx.execute(aged.values(refreshed_at=tx.now - age))


@asynccontextmanager
async def opened(db: Database, fake: FakeTmdb, key: str = API_KEY) -> AsyncIterator[Rig]:
    async with connected(fake, key) as tmdb:
        catalog = Catalog(db, tmdb)
        yield Rig(db, fake, catalog, Refresh(db, catalog))


@pytest.fixture
async def rig(db: Database) -> AsyncIterator[Rig]:
    async with opened(db, FakeTmdb(shows={each: running_show(each) for each in range(1, 10)})) as made:
        yield made


class TestRuns:
    async def test_the_longest_waiting_are_first_and_news_are_counted(self, rig: Rig) -> None:
        await rig.add(2, 1, 3)
        rig.fake.shows[3] = running_show(3, s1=season(-800, -790, -780), s3=season(7, 14))
        assert await rig.run() == "3 shows refreshed, 3 new episodes."
        assert rig.asked() == ["2", "1", "3"]
        assert rig.told[-1] == "Asks TMDB for show 3 of 3."
        assert await rig.run() == "0 shows refreshed, 0 new episodes."

    async def test_shows_that_ended_are_left_alone(self, rig: Rig) -> None:
        rig.fake.shows[1] = replace(rig.fake.shows[1], status="Ended")
        await rig.add(1, 2)
        rig.fake.shows[2] = replace(rig.fake.shows[2], status="Canceled")
        assert await rig.run() == "1 show refreshed, 0 new episodes."
        assert rig.asked() == ["2"]

    async def test_an_error_stops_nothing(self, rig: Rig) -> None:
        await rig.add(1, 2, 3)
        del rig.fake.shows[2]
        told = await rig.run()
        assert told.startswith("2 shows refreshed, 0 new episodes, 1 failed: TMDB no longer has Show 2")
        assert rig.asked() == ["1", "2", "3"]
        assert await rig.run() == "0 shows refreshed, 0 new episodes."

    async def test_while_tmdb_is_down_all_stay_due(self, rig: Rig) -> None:
        await rig.add(*range(1, 7))
        rig.fake.fail_next(503, times=4 * MAX_DOWN)
        with pytest.raises(ServiceDown, match=f"0 shows refreshed, 0 new episodes, {MAX_DOWN} failed: TMDB"):
            await rig.run()
        assert rig.asked()[-1] == str(MAX_DOWN)
        assert await rig.run() == "6 shows refreshed, 0 new episodes."

    async def test_a_show_without_an_answer_stays_due(self, rig: Rig) -> None:
        await rig.add(1, 2)
        rig.fake.fail_next(503, times=4)
        assert (await rig.run()).startswith("1 show refreshed, 0 new episodes, 1 failed: TMDB")
        assert await rig.run() == "1 show refreshed, 0 new episodes."

    async def test_a_refused_key_ends_the_run(self, rig: Rig) -> None:
        await rig.add(1, 2)
        rig.fake.fail_next(401)
        with pytest.raises(ServiceRefused):
            await rig.run()
        assert rig.asked() == ["1"]


class TestJob:
    """The run as a job that is repeated."""

    @asynccontextmanager
    async def working(self, rig: Rig, *, daily: bool = True) -> AsyncIterator[Jobs]:
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(LIMIT):
            working = Jobs(rig.db, tasks)
            rig.refresh.join(working, daily=daily)
            await working.start()
            yield working
            await working.close()

    async def follow(self, working: Jobs, message: str) -> Job:
        """The only job, once it tells this."""
        while True:
            (job,) = (await working.list_page(9, 0)).items
            if message in job.message:
                return job
            await asyncio.sleep(0.002)

    async def test_it_is_done_again_the_next_day_whatever_restarts(self, rig: Rig) -> None:
        await rig.add(1)
        async with self.working(rig) as working:
            job = await self.follow(working, "1 show refreshed")
        assert (job.kind, job.state) == ("refresh_shows", JobState.QUEUED)
        assert job.next_try_at > datetime.now(UTC) + timedelta(hours=23)
        async with self.working(rig) as working:
            assert await self.follow(working, "1 show refreshed") == job
        assert rig.asked() == ["1"]

    async def test_a_run_that_failed_is_done_again_too(self, rig: Rig) -> None:
        await rig.add(1)
        rig.fake.fail_next(401)
        async with self.working(rig) as working:
            job = await self.follow(working, "refused the key")
        assert job.state is JobState.QUEUED

    async def test_without_a_key_nothing_runs(self, rig: Rig) -> None:
        async with self.working(rig, daily=False) as working:
            assert (await working.list_page(9, 0)).total == 0

    async def test_when_the_key_is_taken_away_it_ends(self, rig: Rig) -> None:
        await rig.add(1)
        job = await rig.db.run(jobs.insert, KIND, {})
        async with (
            opened(rig.db, rig.fake, key="") as keyless,
            self.working(keyless, daily=False) as working,
        ):
            ended = await self.follow(working, "without a key")
        assert (ended.id, ended.state) == (job.id, JobState.FAILED)
