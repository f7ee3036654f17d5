from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from momoshtrem.errors import Conflict, MomoshtremError, NoMatch, NotFound, StorageFailed, Unavailable
from momoshtrem.library import jobs
from momoshtrem.library.database import Tx
from momoshtrem.model.job import Job, JobState
from momoshtrem.services import jobs as service
from momoshtrem.services.jobs import Jobs, Tell, next_try
from tests.services.rig import Rig, open_rig

KIND = "count"


class Counting:
    """A work that notes the names it was given, waits at `gate`, and raises the errors it is told to."""

    def __init__(self, *errors: Exception) -> None:
        self.names: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._errors = list(errors)

    async def __call__(self, job: Job, tell: Tell) -> str:
        self.names.append(job.subject["name"])
        await self.gate.wait()
        if self._errors:
            raise self._errors.pop(0)
        return f"Counted {job.subject['name']}."


async def add(rig: Rig, name: str = "one") -> Job:
    return await rig.jobs.add(KIND, {"name": name}, "Waiting.")


def is_running(job: Job) -> bool:
    return job.state is JobState.RUNNING


def was_tried(job: Job) -> bool:
    return job.attempts == 1 and not is_running(job)


class TestWork:
    async def test_a_job_is_done_at_once(self, rig: Rig) -> None:
        work = Counting()
        rig.jobs.register(KIND, work)
        job = await add(rig)
        assert (job.state, job.message) == (JobState.QUEUED, "Waiting.")
        done = await rig.finish(job.id)
        assert (done.state, done.message, done.attempts) == (JobState.DONE, "Counted one.", 1)
        assert work.names == ["one"]

    async def test_many_jobs_at_once(self, rig: Rig) -> None:
        work = Counting()
        rig.jobs.register(KIND, work)
        names = [str(number) for number in range(50)]
        added = await asyncio.gather(*(add(rig, name) for name in names))
        assert {(await rig.finish(job.id)).state for job in added} == {JobState.DONE}
        assert sorted(work.names) == sorted(names)
        page = await rig.jobs.list_page(limit=10, offset=0)
        assert (len(page.items), page.total) == (10, 50)

    async def test_the_same_job_again_is_the_one_that_runs(self, rig: Rig) -> None:
        work = Counting()
        work.gate.clear()
        rig.jobs.register(KIND, work)
        first = await add(rig)
        await rig.follow(first.id, is_running)
        assert (await add(rig)).id == first.id
        work.gate.set()
        await rig.finish(first.id)
        assert (await add(rig)).id != first.id

    async def test_a_kind_with_one_place_runs_one_after_the_other(self, rig: Rig) -> None:
        work = Counting()
        work.gate.clear()
        rig.jobs.register(KIND, work, places=1)
        first, second = await add(rig, "one"), await add(rig, "two")
        waiting = await rig.follow(second.id, lambda job: "places are taken" in job.message)
        assert (waiting.state, waiting.attempts, work.names) == (JobState.QUEUED, 0, ["one"])
        work.gate.set()
        assert [(await rig.finish(job.id)).state for job in (first, second)] == [JobState.DONE] * 2

    async def test_what_it_waits_for_is_told(self, rig: Rig) -> None:
        gate = asyncio.Event()

        async def work(_job: Job, tell: Tell) -> str:
            await tell("One peer is connected.")
            await gate.wait()
            return "Done."

        rig.jobs.register(KIND, work)
        job = await add(rig)
        await rig.follow(job.id, lambda job: job.message == "One peer is connected.")
        gate.set()
        assert (await rig.finish(job.id)).message == "Done."

    async def test_a_job_that_is_unknown(self, rig: Rig) -> None:
        with pytest.raises(NotFound):
            await rig.jobs.get(9)


class TestFailure:
    @pytest.mark.parametrize("error", [Unavailable("Nobody is there."), StorageFailed("The disk is full.")])
    async def test_what_may_work_later_is_tried_again(self, rig: Rig, error: MomoshtremError) -> None:
        rig.jobs.register(KIND, Counting(error))
        job = await add(rig)
        waiting = await rig.follow(job.id, was_tried)
        assert (waiting.state, waiting.message) == (JobState.QUEUED, str(error))
        assert waiting.next_try_at > job.next_try_at + timedelta(seconds=29)

    async def test_what_never_works_ends_it(self, rig: Rig) -> None:
        rig.jobs.register(KIND, Counting(NoMatch("There is no such file.")))
        failed = await rig.finish((await add(rig)).id)
        assert (failed.state, failed.message) == (JobState.FAILED, "There is no such file.")

    async def test_a_fault_of_ours_is_logged_and_touches_no_other(
        self, rig: Rig, caplog: pytest.LogCaptureFixture
    ) -> None:
        rig.jobs.register(KIND, Counting(RuntimeError("a secret")))
        failed = await rig.finish((await add(rig)).id)
        assert failed.state is JobState.FAILED
        assert "a secret" not in failed.message
        assert "a secret" in caplog.text
        assert (await rig.finish((await add(rig)).id)).state is JobState.DONE

    async def test_a_kind_that_this_version_does_not_know_fails(self, url: str) -> None:
        work = Counting()
        work.gate.clear()
        async with open_rig(url, lambda jobs: jobs.register(KIND, work)) as newer:
            job = await add(newer)
        async with open_rig(url) as older:
            assert (await older.finish(job.id)).state is JobState.FAILED
            assert (await older.jobs.list_page(10, 0)).total == 1

    async def test_a_database_that_fails_ends_no_other_work(
        self, rig: Rig, caplog: pytest.LogCaptureFixture
    ) -> None:
        work = Counting()
        work.gate.clear()
        rig.jobs.register(KIND, work)
        job = await add(rig)
        await rig.follow(job.id, is_running)

        await rig.db.run(rename_table, "jobs", "lost")
        work.gate.set()
        async with asyncio.timeout(10):
            while "has to wait" not in caplog.text:
                await asyncio.sleep(0.002)
        await rig.db.run(rename_table, "lost", "jobs")

        assert is_running(await rig.jobs.get(job.id))
        assert (await rig.finish((await add(rig, "two")).id)).state is JobState.DONE
        assert (await rig.jobs.cancel(job.id)).state is JobState.CANCELLED


def rename_table(tx: Tx, old: str, new: str) -> None:
    tx.conn.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")


class TestCancel:
    async def test_while_it_runs(self, rig: Rig) -> None:
        work = Counting()
        work.gate.clear()
        rig.jobs.register(KIND, work)
        job = await add(rig)
        await rig.follow(job.id, is_running)
        assert (await rig.jobs.cancel(job.id)).state is JobState.CANCELLED
        work.gate.set()
        assert (await rig.finish(job.id)).message == "Cancelled."

    async def test_while_it_waits_for_its_next_try(self, rig: Rig) -> None:
        work = Counting(Unavailable("Nobody is there."))
        rig.jobs.register(KIND, work)
        job = await add(rig)
        await rig.follow(job.id, was_tried)
        assert (await rig.jobs.cancel(job.id)).state is JobState.CANCELLED
        assert work.names == ["one"]

    async def test_before_it_begins(self, rig: Rig) -> None:
        rig.jobs.register(KIND, Counting())
        job = await add(rig)
        await rig.jobs.cancel(job.id)
        assert (await rig.finish(job.id)).state is JobState.CANCELLED

    @pytest.mark.parametrize(
        "error", [None, NoMatch("There is no such file.")], ids=["after it was done", "after it failed"]
    )
    async def test_too_late(self, rig: Rig, error: MomoshtremError | None) -> None:
        rig.jobs.register(KIND, Counting(*([error] if error else [])))
        ended = await rig.finish((await add(rig)).id)
        with pytest.raises(Conflict, match=ended.state):
            await rig.jobs.cancel(ended.id)
        assert await rig.jobs.get(ended.id) == ended

    async def test_twice(self, rig: Rig) -> None:
        rig.jobs.register(KIND, Counting())
        job = await add(rig)
        await rig.jobs.cancel(job.id)
        with pytest.raises(Conflict, match="cancelled"):
            await rig.jobs.cancel(job.id)

    async def test_what_is_not_there(self, rig: Rig) -> None:
        with pytest.raises(NotFound):
            await rig.jobs.cancel(9)


class TestRetry:
    async def test_one_that_failed(self, rig: Rig) -> None:
        rig.jobs.register(KIND, Counting(NoMatch("There is no such file.")))
        failed = await rig.finish((await add(rig)).id)
        await rig.jobs.retry(failed.id)
        assert (await rig.finish(failed.id)).state is JobState.DONE

    async def test_one_that_waits_for_its_next_try(self, rig: Rig) -> None:
        rig.jobs.register(KIND, Counting(Unavailable("Nobody is there.")))
        job = await add(rig)
        await rig.follow(job.id, was_tried)
        await rig.jobs.retry(job.id)
        assert (await rig.finish(job.id)).state is JobState.DONE

    async def test_one_that_is_done(self, rig: Rig) -> None:
        rig.jobs.register(KIND, Counting())
        done = await rig.finish((await add(rig)).id)
        with pytest.raises(Conflict, match="done"):
            await rig.jobs.retry(done.id)


class TestPlaces:
    async def test_eight_of_fifty_run_and_the_others_say_that_they_wait(self, rig: Rig) -> None:
        work = Counting()
        work.gate.clear()
        rig.jobs.register(KIND, work, places=8)
        ids = [(await add(rig, str(number))).id for number in range(50)]
        await rig.follow(ids[-1], lambda job: "waits for its turn" in job.message)
        states = [(await rig.jobs.get(each)).state for each in ids]
        assert states == [JobState.RUNNING] * 8 + [JobState.QUEUED] * 42
        assert len(work.names) == 8

        await rig.jobs.cancel(ids[0])
        await rig.jobs.cancel(ids[49])
        await rig.follow(ids[8], is_running)
        assert (await rig.jobs.get(ids[9])).state is JobState.QUEUED

        work.gate.set()
        ended = [(await rig.finish(each)).state for each in ids]
        assert ended.count(JobState.CANCELLED) == 2
        assert ended.count(JobState.DONE) == 48

    async def test_a_retry_does_not_jump_the_queue(self, rig: Rig) -> None:
        work = Counting()
        work.gate.clear()
        rig.jobs.register(KIND, work, places=1)
        first, second, third = [await add(rig, name) for name in ("one", "two", "three")]
        waiting = await rig.follow(second.id, lambda job: "turn" in job.message)
        assert await rig.jobs.retry(second.id) == waiting
        with pytest.raises(Conflict, match="running"):
            await rig.jobs.retry(first.id)
        work.gate.set()
        await rig.finish(third.id)
        assert work.names == ["one", "two", "three"]


class TestEnding:
    async def test_whoever_cares_is_told_in_the_same_transaction(self, rig: Rig) -> None:
        told: list[tuple[JobState, str]] = []

        def note(_tx: Tx, job: Job) -> None:
            told.append((job.state, job.message))

        rig.jobs.register(KIND, Counting(NoMatch("Nothing fits.")), on_failure=note)
        await rig.finish((await add(rig)).id)
        await rig.finish((await add(rig)).id)
        await rig.jobs.cancel((await add(rig)).id)
        assert told == [(JobState.FAILED, "Nothing fits."), (JobState.CANCELLED, "Cancelled.")]


class TestClock:
    async def test_a_clock_that_is_set_back_holds_no_job_up(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with open_rig(url, lambda jobs: jobs.register(KIND, Counting(Unavailable("Later.")))) as first:
            left = await first.follow((await add(first)).id, was_tried)
            ahead = left.next_try_at + timedelta(days=900)
            await first.db.run(jobs.update_state, left.id, JobState.QUEUED, "Later.", ahead)
        monkeypatch.setattr(service, "LAST_DELAY", 0.05)
        async with open_rig(url, lambda jobs: jobs.register(KIND, Counting())) as second:
            assert (await second.finish(left.id)).state is JobState.DONE


class TestRepeat:
    @pytest.mark.parametrize("errors", [(), (NoMatch("Nothing."),), (RuntimeError("broken"),)])
    async def test_one_job_that_is_due_again_however_it_ended(
        self, url: str, errors: tuple[Exception, ...]
    ) -> None:
        async def work(job: Job, tell: Tell) -> str:
            for error in errors:
                raise error
            return "Refreshed."

        def prepare(jobs: Jobs) -> None:
            jobs.register(KIND, work)
            jobs.repeat(KIND, timedelta(days=1))

        for _ in range(2):
            async with open_rig(url, prepare) as rig:
                (job,) = (await rig.jobs.list_page(10, 0)).items
                job = await rig.follow(job.id, was_tried)
                assert job.state is JobState.QUEUED
                assert job.next_try_at > job.created_at + timedelta(hours=23)


class TestRestart:
    async def test_what_ran_runs_again_and_what_ended_does_not(self, url: str) -> None:
        async with open_rig(url) as first:
            work = Counting()
            first.jobs.register(KIND, work)
            ended = await first.finish((await add(first, "ended")).id)
            work.gate.clear()
            left = await add(first, "left")
            await first.follow(left.id, is_running)
        again = Counting()
        async with open_rig(url, lambda jobs: jobs.register(KIND, again)) as second:
            done = await second.finish(left.id)
            assert (done.state, done.attempts) == (JobState.DONE, 2)
            assert await second.jobs.get(ended.id) == ended
        assert again.names == ["left"]


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 30), (1, 60), (6, 1920), (7, 3600), (100, 3600), (5000, 3600)]
)
def test_the_delay_doubles_up_to_an_hour(attempts: int, seconds: int) -> None:
    now = datetime.now(UTC)
    job = Job(1, KIND, {}, JobState.RUNNING, attempts, now, "", now, now)
    delay = timedelta(seconds=seconds)
    assert now + delay <= next_try(job) <= datetime.now(UTC) + delay
