from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from momoshtrem import __version__
from momoshtrem.errors import StorageFailed
from momoshtrem.integrations.http import Limits
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.library import jobs, torrents
from momoshtrem.library.database import Tx
from momoshtrem.model.job import JobState
from momoshtrem.services.health import Health, Parts, Problem, Status
from momoshtrem.services.live import Live
from momoshtrem.services.warm import ASSIGNED, NEXT
from momoshtrem.settings import Cache, Settings
from momoshtrem.settings import Tmdb as TmdbSettings
from momoshtrem.torrents.cache.folder import CacheFolder
from tests.library.samples import HASH_A, fill
from tests.services.rig import Rig, make_torrent, ref_of

SETTINGS = Settings(tmdb=TmdbSettings(api_key=SecretStr("key")), cache=Cache(min_free=0))
ADDRESSES = {"api": "127.0.0.1:4444"}
ORPHAN, EMPTY = "0f" * 20, "1f" * 20


class Scene:
    """A server whose parts can be broken."""

    def __init__(self, rig: Rig, cache: Path) -> None:
        self.rig = rig
        self.cache = cache
        self.settings = SETTINGS
        self.tmdb_status = 500
        transport = httpx2.MockTransport(self._answer)
        self.tmdb = Tmdb(SETTINGS.tmdb, transport=transport, limits=Limits(tries=1))

    def _answer(self, _: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(self.tmdb_status, json={"id": 603, "title": "The Matrix"})

    async def check(self) -> Status:
        live = Live(self.rig.bus, self.rig.engine)
        parts = Parts(self.rig.db, self.rig.engine, self.tmdb, live, ADDRESSES)
        return await Health(self.settings, CacheFolder(self.cache), parts).check()

    async def find_problem(self) -> Problem:
        problems = (await self.check()).problems
        assert len(problems) == 1
        return problems[0]


@pytest.fixture
def scene(rig: Rig, tmp_path: Path) -> Scene:
    return Scene(rig, tmp_path / "cache")


async def test_a_warming_that_failed_alarms_nobody(scene: Scene) -> None:
    def fail_job(tx: Tx, kind: str) -> None:
        jobs.update_state(tx, jobs.insert(tx, kind, {}).id, JobState.FAILED)

    for kind in (ASSIGNED, NEXT):
        await scene.rig.db.run(fail_job, kind)
    assert (await scene.check()).problems == ()
    await scene.rig.db.run(fail_job, "assign")
    assert "1 job failed" in (await scene.find_problem()).message


async def test_it_counts(scene: Scene) -> None:
    await scene.rig.db.run(fill)
    status = await scene.check()
    assert status.counts is not None
    assert (status.counts.movies, status.counts.episodes, status.counts.torrents) == (1, 3, 3)
    assert (status.version, status.addresses, status.listeners) == (__version__, ADDRESSES, 0)
    assert status.uptime >= 0
    assert status.ok
    assert status.problems == ()


async def test_the_disk(scene: Scene) -> None:
    await scene.rig.db.run(fill)
    empty = await scene.check()
    assert empty.disk is not None
    assert (empty.disk.free > 0, empty.disk.cache) == (True, 0)
    folder = scene.cache / HASH_A
    folder.mkdir(parents=True)
    (folder / "0").write_bytes(bytes(100_000))
    with (folder / "1").open("wb") as sparse:
        sparse.truncate(2**30)
    filled = await scene.check()
    assert filled.disk is not None
    assert 100_000 <= filled.disk.cache < 2**20
    assert filled.problems == ()


async def test_what_removed_torrents_have_left(scene: Scene) -> None:
    await scene.rig.db.run(fill)
    for name in (HASH_A, ORPHAN, EMPTY, "lost+found"):
        (scene.cache / name).mkdir(parents=True)
    for name in (HASH_A, ORPHAN, "lost+found"):
        (scene.cache / name / "0").write_bytes(bytes(2**20))
    problem = await scene.find_problem()
    assert problem.level == "warning"
    assert "1,048,576 bytes" in problem.message
    assert "momoshtrem torrents remove HASH --delete-data" in problem.message
    assert problem.message.endswith(f"each HASH: {ORPHAN}.")
    assert (scene.cache / ORPHAN / "0").exists()


async def test_the_loaded_torrents(scene: Scene) -> None:
    metainfo = make_torrent("Heat.mkv")
    await scene.rig.db.run(torrents.insert, metainfo)
    await scene.rig.engine.open(ref_of(metainfo))
    loaded = (await scene.check()).engine.loaded
    assert [(each.info_hash, len(each.readers)) for each in loaded] == [(metainfo.info_hash, 1)]
    scene.rig.engine.fail(metainfo.info_hash, StorageFailed("The disk is full."))
    problem = await scene.find_problem()
    assert problem.level == "error"
    assert metainfo.info_hash in problem.message
    assert "The disk is full." in problem.message


async def test_too_little_space(scene: Scene) -> None:
    scene.settings = SETTINGS.model_copy(update={"cache": Cache(min_free=2**62)})
    problem = await scene.find_problem()
    assert problem.level == "warning"
    assert "cache.min_free" in problem.message


async def test_a_cache_that_cannot_be_read(scene: Scene) -> None:
    scene.cache.write_text("no folder")
    status = await scene.check()
    assert (status.disk, status.ok) == (None, False)


async def test_peers_cannot_connect(scene: Scene) -> None:
    scene.rig.engine.listen_problem = "Cannot assign requested address"
    problem = await scene.find_problem()
    assert problem.level == "error"
    assert "Cannot assign requested address" in problem.message


async def test_another_port_than_the_one_that_was_asked_for(scene: Scene) -> None:
    torrent = SETTINGS.torrent.model_copy(update={"listen_port": 7000})
    scene.settings = SETTINGS.model_copy(update={"torrent": torrent})
    problem = await scene.find_problem()
    assert problem.level == "warning"
    assert "7000" in problem.message
    assert "6881" in problem.message


async def test_an_engine_that_stopped(scene: Scene) -> None:
    await scene.rig.engine.close()
    assert (await scene.find_problem()).level == "error"


async def test_without_a_key_for_tmdb(scene: Scene) -> None:
    scene.tmdb = Tmdb(TmdbSettings())
    problem = await scene.find_problem()
    assert problem.level == "warning"
    assert "tmdb.api_key" in problem.message
    assert not (await scene.check()).tmdb.configured


async def test_what_tmdb_said_last(scene: Scene) -> None:
    with pytest.raises(Exception, match="500"):
        await scene.tmdb.get_movie(603)
    status = await scene.check()
    assert status.tmdb.problem is not None
    assert status.problems == (Problem("warning", status.tmdb.problem),)
    assert status.ok
    scene.tmdb_status = 200
    await scene.tmdb.get_movie(603)
    assert (await scene.check()).problems == ()


async def test_a_database_that_fails(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise StorageFailed("The database failed.")

    monkeypatch.setattr(scene.rig.db, "run", fail)
    status = await scene.check()
    assert status.counts is None
    assert status.problems == (Problem("error", "The database failed."),)
    assert not status.ok
