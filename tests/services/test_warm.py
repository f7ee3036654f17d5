from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from momoshtrem.library import movies, shows
from momoshtrem.library.database import Tx
from momoshtrem.library.schema import jobs as jobs_table
from momoshtrem.model.job import Job, JobState
from momoshtrem.model.torrent import FileRef, Metainfo
from momoshtrem.services import warm
from momoshtrem.services.acquire import Source
from momoshtrem.services.assignments import Assignments
from momoshtrem.services.matching import Options, Target
from momoshtrem.services.warm import ASSIGNED, NEXT, Warmed
from momoshtrem.settings import Streaming
from momoshtrem.torrents.engine import Reader
from tests.library.samples import FARGO, HEAT
from tests.services.rig import NOT_WARMED, Rig, files_of, make_torrent, open_rig, ref_of

PEER = "127.0.0.2:6881"
FILM = make_torrent("Heat.1995.1080p.BluRay.x264-GRP.mkv")
PACK = make_torrent("Fargo.S01", "Fargo.S01E01.mkv", "Fargo.S01E02.mkv", "readme.txt")
LATER = make_torrent("Fargo.S02", "Fargo.S02E01.mkv")
MOVIE, SHOW = Target("movie", 1), Target("show", 1)
RATE = 500_000
ON = Streaming(warm="on_assign", warm_rate=RATE)


def add_titles(tx: Tx) -> None:
    movies.insert(tx, HEAT)
    shows.insert(tx, FARGO)


def share(rig: Rig, metainfo: Metainfo, *, live: bool = True) -> None:
    rig.engine.share(metainfo, bytes(metainfo.total_size), live=live)


async def assign(rig: Rig, target: Target, metainfo: Metainfo) -> None:
    await rig.acquire.assign(target, Source(blob=metainfo.blob), Options())


async def list_jobs(rig: Rig) -> list[Job]:
    return list((await rig.jobs.list_page(10, 0)).items)


async def wait_for_jobs(rig: Rig, count: int) -> list[Job]:
    """These many jobs, once there are so many and all have ended."""
    async with asyncio.timeout(10):
        while len(await list_jobs(rig)) < count:
            await asyncio.sleep(0.002)
    return [await rig.finish(job.id) for job in await list_jobs(rig)]


async def play(reader: Reader) -> None:
    position = 0
    while found := await reader.read(position, 100_000):
        position += len(found)
    reader.close()


@pytest.fixture
async def rig(url: str) -> AsyncIterator[Rig]:
    async with open_rig(url, streaming=ON) as opened:
        await opened.db.run(add_titles)
        yield opened


class TestAssigned:
    async def test_what_is_assigned_is_warmed(self, rig: Rig) -> None:
        share(rig, FILM)
        await assign(rig, MOVIE, FILM)
        (job,) = await wait_for_jobs(rig, 1)
        assert (job.kind, job.state) == (ASSIGNED, JobState.DONE)
        assert job.message == "Head and index of 1 file are on disk."
        assert rig.engine.warmed == [(ref_of(FILM), RATE)]
        assert (rig.warm.warmed.fetched, rig.warm.warmed.present) == (1, 0)
        assert 0 < rig.warm.warmed.bytes <= FILM.total_size

    async def test_what_is_on_disk_counts_as_such(self, rig: Rig) -> None:
        share(rig, FILM)
        rig.engine.deliver(FILM.info_hash, *range(FILM.piece_count))
        await assign(rig, MOVIE, FILM)
        await wait_for_jobs(rig, 1)
        assert rig.warm.warmed == Warmed(present=1)

    async def test_a_pack_is_warmed_one_episode_after_the_other(self, rig: Rig) -> None:
        share(rig, PACK)
        await assign(rig, SHOW, PACK)
        (job,) = await wait_for_jobs(rig, 1)
        assert job.message == "Head and index of 2 files are on disk."
        assert [ref for ref, _ in rig.engine.warmed] == [ref_of(PACK, 0), ref_of(PACK, 1)]

    async def test_a_standby_is_not_warmed(self, rig: Rig) -> None:
        other = make_torrent("Heat.1995.720p.mkv")
        share(rig, FILM)
        share(rig, other)
        await assign(rig, MOVIE, other)
        await wait_for_jobs(rig, 1)
        await assign(rig, MOVIE, FILM)
        await wait_for_jobs(rig, 2)
        rig.engine.warmed.clear()
        await rig.warm.torrent(other.info_hash)
        latest, *_ = await wait_for_jobs(rig, 3)
        assert (rig.engine.warmed, latest.message) == ([], "Head and index of 0 files are on disk.")

    async def test_a_trial_warms_nothing(self, rig: Rig) -> None:
        await rig.acquire.assign(MOVIE, Source(blob=FILM.blob), Options(dry_run=True))
        assert await list_jobs(rig) == []

    async def test_confirming_and_correcting_warm(self, rig: Rig) -> None:
        service = Assignments(rig.db, rig.warm)
        share(rig, PACK)
        await assign(rig, SHOW, PACK)
        await wait_for_jobs(rig, 1)
        await service.correct(PACK.info_hash, 0, [2])
        await wait_for_jobs(rig, 2)
        (shown,) = [one.assignment for one in (await service.list_page(9, 0, proposed=None)).items][:1]
        await service.confirm(shown.id)
        assert {job.kind for job in await wait_for_jobs(rig, 3)} == {ASSIGNED}

    async def test_nothing_is_warmed_against_the_users_will(self, url: str) -> None:
        async with open_rig(url, streaming=NOT_WARMED) as rig:
            await rig.db.run(add_titles)
            share(rig, FILM)
            await assign(rig, MOVIE, FILM)
            rig.warm.next_soon(ref_of(FILM))
            assert await list_jobs(rig) == []
            left = await rig.jobs.add(ASSIGNED, {"info_hash": FILM.info_hash}, "")
            assert "off" in (await rig.finish(left.id)).message
            assert rig.engine.warmed == []

    async def test_too_much_is_left_out(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(warm, "MAX_BYTES", 1)
        share(rig, PACK)
        await assign(rig, SHOW, PACK)
        (job,) = await wait_for_jobs(rig, 1)
        assert job.message == "Head and index of 1 of 2 files are on disk, which is enough."


class TestDeadSwarm:
    async def test_it_is_tried_again_later(self, rig: Rig) -> None:
        share(rig, FILM, live=False)
        await assign(rig, MOVIE, FILM)
        (job,) = await list_jobs(rig)
        waiting = await rig.follow(job.id, lambda job: job.next_try_at > datetime.now(UTC))
        assert rig.warm.warmed == Warmed(failed=1)
        assert waiting.state is JobState.QUEUED
        assert "Nothing came from the swarm" in waiting.message

    async def test_it_is_given_up_in_the_end(self, url: str) -> None:
        def make_due(tx: Tx) -> None:
            tx.execute(jobs_table.update().values(attempts=warm.MAX_TRIES - 1, next_try_at=tx.now))

        async with open_rig(url, streaming=ON) as rig:
            await rig.db.run(add_titles)
            await assign(rig, MOVIE, FILM)
            (job,) = await list_jobs(rig)
            await rig.follow(job.id, lambda job: job.next_try_at > datetime.now(UTC))
            await rig.db.run(make_due)
        async with open_rig(url, streaming=ON) as rig:
            ended = await rig.finish(job.id)
            assert ended.state is JobState.FAILED
            assert ended.message.startswith("Given up after 10 tries. Nothing came from the swarm")


async def test_it_goes_on_after_a_restart(url: str) -> None:
    async with open_rig(url, streaming=ON) as rig:
        await rig.db.run(add_titles)
        rig.engine.read_timeout = 60
        await assign(rig, MOVIE, FILM)
        (job,) = await list_jobs(rig)
        await rig.follow(job.id, lambda job: "file 1 of 1" in job.message)
    async with open_rig(url, streaming=ON) as rig:
        share(rig, FILM)
        await rig.engine.add_peers(FILM.info_hash, (PEER,))
        assert (await rig.finish(job.id)).state is JobState.DONE


async def test_what_is_assigned_meanwhile_is_warmed_too(rig: Rig) -> None:
    rig.engine.read_timeout = 60
    await rig.acquire.assign(Target("episode", 2), Source(blob=PACK.blob), Options())
    (job,) = await list_jobs(rig)
    await rig.follow(job.id, lambda job: "file 1 of 1" in job.message)
    await rig.acquire.assign(Target("episode", 1), Source(blob=PACK.blob), Options())
    share(rig, PACK)
    (job,) = await wait_for_jobs(rig, 1)
    assert job.message == "Head and index of 2 files are on disk."
    assert {ref for ref, _ in rig.engine.warmed} == {ref_of(PACK, 0), ref_of(PACK, 1)}


async def test_a_torrent_that_is_removed_meanwhile_is_no_failure(rig: Rig) -> None:
    rig.engine.read_timeout = 60
    await assign(rig, MOVIE, FILM)
    (job,) = await list_jobs(rig)
    await rig.follow(job.id, lambda job: "file 1 of 1" in job.message)
    await rig.torrents.remove(FILM.info_hash, delete_files=True)
    (job,) = await wait_for_jobs(rig, 1)
    assert (job.state, job.message) == (JobState.DONE, "Head and index of 0 files are on disk.")


async def test_a_player_that_waits_goes_first(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "LOOK", 0.001)
    share(rig, PACK, live=False)
    share(rig, FILM)
    rig.engine.read_timeout = 60
    async with asyncio.TaskGroup() as tasks:
        await assign(rig, SHOW, PACK)
        (first,) = await list_jobs(rig)
        await rig.jobs.cancel(first.id)
        reader = await rig.engine.open(ref_of(PACK))
        reading = tasks.create_task(reader.read(0, 10))
        while not rig.engine.list_wishes(PACK.info_hash):
            await asyncio.sleep(0)
        rig.engine.warmed.clear()
        await assign(rig, MOVIE, FILM)
        second = (await list_jobs(rig))[0]
        await rig.follow(second.id, lambda job: job.state is JobState.RUNNING)
        assert rig.engine.warmed == []
        reading.cancel()
        await rig.finish(second.id)
        reader.close()
    assert [ref for ref, _ in rig.engine.warmed] == [ref_of(FILM)]


class TestNext:
    async def test_the_end_of_an_episode_warms_the_next_one_once(self, rig: Rig) -> None:
        share(rig, PACK)
        share(rig, LATER)
        await assign(rig, SHOW, PACK)
        await assign(rig, SHOW, LATER)
        await wait_for_jobs(rig, 2)
        rig.engine.warmed.clear()
        second = files_of(rig.tree)["/TV Shows/Fargo (2014)/Season 01/S01E02 - The Rooster Prince.mkv"]
        for _ in range(2):
            await play(await rig.streams.open(second))
        latest, *_ = await wait_for_jobs(rig, 3)
        assert latest.kind == NEXT
        assert rig.engine.warmed == [(ref_of(LATER), RATE)]

    async def test_only_the_next_file_of_a_pack_is_warmed(self, rig: Rig) -> None:
        share(rig, PACK)
        await assign(rig, SHOW, PACK)
        await wait_for_jobs(rig, 1)
        rig.engine.warmed.clear()
        rig.warm.next_soon(ref_of(PACK, 0))
        await wait_for_jobs(rig, 2)
        assert [ref for ref, _ in rig.engine.warmed] == [ref_of(PACK, 1)]

    @pytest.mark.parametrize("ref", [ref_of(LATER), FileRef("c" * 40, 0, 1)], ids=["last", "unknown"])
    async def test_nothing_may_follow(self, rig: Rig, ref: FileRef) -> None:
        share(rig, LATER)
        await assign(rig, SHOW, LATER)
        await wait_for_jobs(rig, 1)
        await rig.warm._next(ref)
        assert len(await list_jobs(rig)) == 1
