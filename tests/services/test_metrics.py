from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from momoshtrem.errors import StorageFailed
from momoshtrem.events import MovieChanged, StandbyPromoted
from momoshtrem.library import jobs, movies
from momoshtrem.model.job import JobState
from momoshtrem.services.live import Live
from momoshtrem.services.metrics import COUNTED_FOR, Metrics, Snapshot, Sources
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.engine import SwarmTotals
from tests.fakes.clock import FakeTime
from tests.fakes.tmdb import FakeTmdb
from tests.library.samples import HEAT
from tests.services.rig import Rig
from tests.services.tmdb import connected


class Scene:
    """The metrics of a rig, and their clock."""

    def __init__(self, rig: Rig, sources: Sources) -> None:
        self.rig = rig
        self.sources = sources
        self.time = FakeTime()
        self.metrics = Metrics(sources, rig.bus, now=self.time.clock().now)

    async def take(self) -> Snapshot:
        return await self.metrics.take()

    async def count_movies(self) -> int:
        library = (await self.take()).library
        assert library
        return library.counts.movies


@pytest.fixture
async def scene(rig: Rig, tmp_path: Path) -> AsyncIterator[Scene]:
    async with connected(FakeTmdb()) as tmdb:
        live, cache = Live(rig.bus, rig.engine), CacheFolder(tmp_path)
        yield Scene(rig, Sources(rig.db, rig.engine, tmdb, rig.warm, live, cache))


async def test_an_empty_server(scene: Scene) -> None:
    found = await scene.take()
    assert found.library
    assert (found.library.counts.movies, found.library.jobs) == (0, Counter())
    assert found.disk_free
    assert (found.totals, found.promoted, found.tmdb) == (SwarmTotals(), 0, Counter())
    assert found.tasks >= 1


async def test_the_library_is_counted_again_after_a_while(scene: Scene) -> None:
    assert await scene.count_movies() == 0
    await scene.rig.db.run(movies.insert, HEAT)
    assert await scene.count_movies() == 0
    await scene.time.sleep(COUNTED_FOR)
    assert await scene.count_movies() == 1


async def test_jobs_count_by_their_state(scene: Scene) -> None:
    await scene.rig.db.run(jobs.insert, "assign", {})
    library = (await scene.take()).library
    assert library
    assert library.jobs == {JobState.QUEUED: 1}


async def test_a_library_that_fails_is_told_as_it_was(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise StorageFailed("The disk is full.")

    await scene.rig.db.run(movies.insert, HEAT)
    assert await scene.count_movies() == 1
    monkeypatch.setattr(scene.rig.db, "run", fail)
    await scene.time.sleep(COUNTED_FOR)
    assert await scene.count_movies() == 1
    assert "The disk is full." in caplog.text


async def test_a_disk_that_cannot_be_read_is_left_out(scene: Scene, tmp_path: Path) -> None:
    gone = CacheFolder(tmp_path / "no" / "folder")
    metrics = Metrics(replace(scene.sources, cache=gone), scene.rig.bus)
    assert (await metrics.take()).disk_free is None


async def test_standbys_are_counted_among_other_events(scene: Scene) -> None:
    for event in (StandbyPromoted(1, 2), MovieChanged(1), StandbyPromoted(2, 1)):
        await scene.rig.bus.publish(event)
    assert (await scene.take()).promoted == 2


async def test_what_the_engine_and_others_counted(scene: Scene) -> None:
    scene.rig.engine.totals = SwarmTotals(received=5)
    scene.rig.engine.counters.read("swarm", 5)
    scene.rig.warm.warmed.count(7)
    with scene.sources.live.listen():
        found = await scene.take()
    scene.sources.live.close()
    assert (found.totals.received, found.counters.bytes) == (5, {"swarm": 5})
    assert (found.warmed.bytes, found.listeners) == (7, 1)


async def test_requests_to_tmdb(scene: Scene) -> None:
    await scene.sources.tmdb.search("movie", "heat")
    assert (await scene.take()).tmdb == {"ok": 1}
