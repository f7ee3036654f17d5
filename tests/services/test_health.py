from __future__ import annotations

import errno
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from momoshtrem import __version__
from momoshtrem.errors import StorageFailed
from momoshtrem.integrations.http import Limits
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.library import jobs, pins, torrents
from momoshtrem.library.database import Tx
from momoshtrem.model.job import JobState
from momoshtrem.model.network import BlocklistStatus, NetworkStatus
from momoshtrem.services.health import Health, Parts, Problem, Status
from momoshtrem.services.live import Live
from momoshtrem.services.warm import ASSIGNED, NEXT
from momoshtrem.settings import Cache, Settings, Transfer
from momoshtrem.settings import Tmdb as TmdbSettings
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.counters import CacheStatus
from tests.fakes.transfer import FakeTransfers
from tests.library.samples import HASH_A, assign, assignment, fill, metainfo
from tests.services.rig import Rig, make_torrent, ref_of

SETTINGS = Settings(tmdb=TmdbSettings(api_key=SecretStr("key")), cache=Cache(min_free=0))
NOW = datetime(2026, 1, 2, tzinfo=UTC)
ADDRESSES = {"api": "127.0.0.1:4444"}


class Scene:
    """A server whose parts can be broken."""

    def __init__(self, rig: Rig, cache: Path) -> None:
        self.rig = rig
        self.cache = cache
        self.settings = SETTINGS
        self.tmdb_status = 500
        self.transfers = FakeTransfers()
        transport = httpx2.MockTransport(self._answer)
        self.tmdb = Tmdb(SETTINGS.tmdb, transport=transport, limits=Limits(tries=1))

    def _answer(self, _: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(self.tmdb_status, json={"id": 603, "title": "The Matrix"})

    async def check(self) -> Status:
        live = Live(self.rig.bus, self.rig.engine)
        parts = Parts(self.rig.db, self.rig.engine, self.tmdb, live, self.transfers, ADDRESSES)
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
    scene.rig.engine.cache = CacheStatus(used=100_000, max_size=2**20)
    status = await scene.check()
    assert status.disk is not None
    assert (status.disk.free > 0, status.disk.cache, status.disk.max_size) == (True, 100_000, 2**20)
    assert status.problems == ()


async def test_a_cache_that_is_full(scene: Scene) -> None:
    scene.rig.engine.cache = CacheStatus(problem="The cache is full.")
    problem = await scene.find_problem()
    assert (problem.level, problem.message) == ("error", "The cache is full.")


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


async def test_a_disk_that_cannot_be_read(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: CacheFolder) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(CacheFolder, "free", fail)
    status = await scene.check()
    assert (status.disk, status.ok) == (None, False)


async def test_peers_cannot_connect(scene: Scene) -> None:
    scene.rig.engine.listen_problem = "Cannot assign requested address"
    problem = await scene.find_problem()
    assert problem.level == "error"
    assert "Cannot assign requested address" in problem.message


async def test_the_interface_is_gone(scene: Scene) -> None:
    scene.rig.engine.network = NetworkStatus("tun0", problem="The interface tun0 is gone.")
    scene.rig.engine.listen_problem = "Cannot assign requested address"
    assert await scene.find_problem() == Problem("error", "The interface tun0 is gone.")


async def test_behind_a_proxy_no_port_is_needed(scene: Scene) -> None:
    scene.rig.engine.network = NetworkStatus(proxy="socks5://192.0.2.1:1080")
    scene.rig.engine.listen_problem = "Cannot assign requested address"
    assert (await scene.check()).problems == ()


@pytest.mark.parametrize(
    ("blocklist", "level", "said"),
    [
        (BlocklistStatus(5, 0, NOW, "It cannot be read."), "error", "5 ranges of before are blocked"),
        (BlocklistStatus(problem="It cannot be read."), "error", "nobody is blocked"),
        (BlocklistStatus(0, 7, NOW), "warning", "7 lines of it cannot be understood"),
    ],
)
async def test_a_block_list_that_does_not_hold(
    scene: Scene, blocklist: BlocklistStatus, level: str, said: str
) -> None:
    scene.rig.engine.network = NetworkStatus(blocklist=blocklist)
    problem = await scene.find_problem()
    assert problem.level == level
    assert said in problem.message


async def test_a_block_list_that_holds_is_no_problem(scene: Scene) -> None:
    scene.rig.engine.network = NetworkStatus(blocklist=BlocklistStatus(5, 7, NOW))
    assert (await scene.check()).problems == ()


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


async def test_pins_whose_files_grew_are_a_warning(scene: Scene) -> None:
    await scene.rig.db.run(fill)
    await scene.rig.db.run(pins.put, "movie", 1, pinned=True)
    scene.settings = SETTINGS.model_copy(update={"cache": Cache(max_size=10**9, min_free=0)})
    assert (await scene.check()).problems == ()
    await scene.rig.db.run(assign, assignment(HASH_A, movie_id=1))
    problem = await scene.find_problem()
    assert problem.level == "warning"
    assert "Pinned files have 953 MiB, and 858 MiB (90 % of cache.max_size)" in problem.message


async def test_a_private_torrent_of_which_nothing_is_uploaded_is_a_warning(scene: Scene) -> None:
    private = replace(metainfo(HASH_A), private=True)
    await scene.rig.db.run(torrents.insert, private)
    assert (await scene.check()).problems == ()
    scene.transfers.chosen = Transfer(upload="none")
    problem = await scene.find_problem()
    assert (problem.level, "1 private torrent" in problem.message) == ("warning", True)
