from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from momoshtrem.errors import FalseData, NoData, NotFound, StorageFailed
from momoshtrem.events import Event, MovieChanged, StandbyPromoted
from momoshtrem.library import assignments, movies
from momoshtrem.model.media import Assignment
from momoshtrem.model.network import NetworkStatus
from momoshtrem.model.torrent import Metainfo
from momoshtrem.services.acquire import Source
from momoshtrem.services.matching import Options, Target
from momoshtrem.services.standbys import GIVEN_UP, SOON, Standbys
from momoshtrem.torrents.engine import Reader
from momoshtrem.vfs.tree import File
from tests.library.samples import HEAT
from tests.services.rig import PIECE, Rig, make_torrent, ref_of

PATH = "/Movies/Heat (1995)/Heat (1995).mkv"
SIZE = 10 * PIECE
BEST = make_torrent("Heat.1995.2160p.mkv", size=SIZE)
OTHER = make_torrent("Heat.1995.720p.mkv", size=SIZE + 1)
OTHER_KIND = make_torrent("Heat.1995.480p.avi", size=SIZE)
PEER = "10.0.0.1:6881"
CONTENT = bytes(range(250)) * (SIZE // 250 + 1)


@dataclass(frozen=True, slots=True)
class Scene:
    """Heat, of which `OTHER` stands by while `BEST`, whose head is on disk, is shown; nobody has the rest."""

    rig: Rig
    events: list[Event]

    async def assign(self, metainfo: Metainfo) -> None:
        await self.rig.acquire.assign(Target("movie", 1), Source(blob=metainfo.blob), Options())

    async def files(self) -> list[Assignment]:
        return await self.rig.db.run(assignments.find_for_movie, 1)

    def shown(self) -> File:
        found = self.rig.tree.find(PATH)
        assert isinstance(found, File)
        return found

    async def open_anew(self) -> File:
        """What a player gets that reads from the start."""
        return await self.rig.streams.settle(PATH, self.shown())

    async def fail(self, offset: int = PIECE) -> NoData:
        """The error of a read at which nothing came."""
        return await fail(await self.rig.streams.open(self.shown()), offset)


async def fail(reader: Reader, offset: int = PIECE) -> NoData:
    with pytest.raises(NoData) as caught:
        await reader.read(offset, 10)
    reader.close()
    return caught.value


@pytest.fixture
async def scene(rig: Rig) -> Scene:
    events: list[Event] = []

    async def record(event: Event) -> None:
        events.append(event)

    made = Scene(rig, events)
    await rig.db.run(movies.insert, HEAT)
    for metainfo in (OTHER, BEST):
        rig.engine.share(metainfo, CONTENT, live=False)
        await made.assign(metainfo)
    rig.engine.deliver(BEST.info_hash, 0)
    rig.bus.subscribe(record)
    return made


async def test_the_next_open_from_the_start_gets_the_standby(scene: Scene) -> None:
    before = scene.shown()
    error = await scene.fail()
    assert error.retry_after == SOON
    assert "Opened again" in str(error)
    assert scene.shown().ref == before.ref

    after = await scene.open_anew()

    assert after.ref == ref_of(OTHER)
    assert after is scene.shown()
    assert (after.size, after.etag) != (before.size, before.etag)
    assert after.modified > before.modified
    shown, failed = await scene.files()
    assert (shown.failure, failed.failed_at is None) == ("", False)
    assert "Nothing came" in failed.failure
    assert scene.events == [MovieChanged(1), MovieChanged(1), StandbyPromoted(shown.id, failed.id)]


async def test_without_a_failure_the_file_stays(scene: Scene) -> None:
    reader = await scene.rig.streams.open(scene.shown())
    await reader.read(0, 10)
    reader.close()
    assert (await scene.open_anew()).ref == ref_of(BEST)
    assert scene.events == []


async def test_without_a_standby_the_file_stays(scene: Scene) -> None:
    await scene.rig.torrents.remove(OTHER.info_hash, delete_files=True)
    error = await scene.fail()
    assert error.retry_after > SOON
    assert (await scene.open_anew()).ref == ref_of(BEST)


async def test_a_file_that_somebody_has_open_stays(scene: Scene) -> None:
    """That one may go on reading by ranges, and gets no bytes of another file among them."""
    watching = await scene.rig.streams.open(scene.shown())
    await scene.fail()
    assert (await scene.open_anew()).ref == ref_of(BEST)
    watching.close()
    watching.close()
    assert (await scene.open_anew()).ref == ref_of(OTHER)


async def test_who_has_a_file_open_keeps_it(scene: Scene) -> None:
    await scene.fail()
    reader = await scene.rig.streams.open(scene.shown())
    standby = (await scene.files())[1]
    await scene.rig.db.run(assignments.confirm, standby.id)
    assert await reader.read(0, 10) == CONTENT[:10]
    reader.close()


async def test_many_who_open_at_once_get_one_standby(scene: Scene) -> None:
    await scene.fail()
    listed = scene.shown()
    found = await asyncio.gather(*(scene.rig.streams.settle(PATH, listed) for _ in range(5)))
    assert {file.ref for file in found} == {ref_of(OTHER)}
    assert [type(event) for event in scene.events].count(StandbyPromoted) == 1


async def test_a_standby_of_another_name(scene: Scene) -> None:
    await scene.rig.torrents.remove(OTHER.info_hash, delete_files=True)
    await scene.assign(OTHER_KIND)
    await scene.rig.db.run(assignments.confirm, (await scene.files())[1].id)
    await scene.fail()
    with pytest.raises(NotFound, match="another name"):
        await scene.open_anew()
    assert scene.rig.paths() == [PATH.replace(".mkv", ".avi")]


async def test_of_dead_files_the_first_one_comes_back_and_stays(scene: Scene) -> None:
    """It was the network, most likely: a better file is not to be lost by that."""
    await scene.fail()
    assert (await scene.open_anew()).ref == ref_of(OTHER)
    assert (await scene.fail()).retry_after == SOON
    assert (await scene.open_anew()).ref == ref_of(BEST)
    for _ in range(3):
        error = await scene.fail()
        assert error.retry_after > SOON
        assert (await scene.open_anew()).ref == ref_of(BEST)
    assert [type(event) for event in scene.events].count(StandbyPromoted) == 2


async def test_the_first_one_comes_back_after_all_its_standbys_failed(scene: Scene) -> None:
    third = make_torrent("Heat.1995.1080p.mkv", size=SIZE)
    scene.rig.engine.share(third, CONTENT, live=False)
    await scene.assign(third)
    shown = []
    for _ in range(4):
        await scene.fail()
        shown.append((await scene.open_anew()).ref)
    assert shown == [ref_of(BEST), ref_of(OTHER), ref_of(third), ref_of(third)]


async def test_a_file_that_gives_the_missing_bytes_stays(scene: Scene) -> None:
    await scene.fail()
    scene.rig.engine.deliver(BEST.info_hash, 1)
    reader = await scene.rig.streams.open(scene.shown())
    await reader.read(PIECE - 5, 10)
    await reader.read(PIECE, 10)
    reader.close()
    assert {one.failed_at for one in await scene.files()} == {None}
    assert (await scene.open_anew()).ref == ref_of(BEST)


async def test_a_file_that_finds_its_first_peers_gets_another_chance(scene: Scene) -> None:
    await scene.fail()
    scene.rig.engine.share(BEST, CONTENT, peers=(PEER,))
    await scene.rig.engine.add_peers(BEST.info_hash, (PEER,))
    assert (await scene.open_anew()).ref == ref_of(BEST)


async def test_a_failure_outlasts_a_restart(scene: Scene) -> None:
    await scene.fail()
    async with asyncio.TaskGroup() as tasks:
        after_restart = Standbys(scene.rig.db, scene.rig.engine, tasks)
        await after_restart.replace(ref_of(BEST))
    assert scene.shown().ref == ref_of(OTHER)


async def test_after_a_restart_a_file_that_is_read_has_not_failed_any_more(scene: Scene) -> None:
    """Which byte was missing is forgotten by then."""
    await scene.rig.torrents.remove(OTHER.info_hash, delete_files=True)
    await scene.fail()
    scene.rig.engine.share(BEST, CONTENT)
    async with asyncio.TaskGroup() as tasks:
        after_restart = Standbys(scene.rig.db, scene.rig.engine, tasks)
        await after_restart.replace(ref_of(BEST))
        reader = after_restart.watch(ref_of(BEST), await scene.rig.engine.open(ref_of(BEST)))
        for offset in range(0, SIZE, PIECE):
            assert (await scene.files())[0].failed_at
            await reader.read(offset, PIECE)
        reader.close()
    assert (await scene.files())[0].failed_at is None


async def test_what_is_chosen_by_hand_gets_a_new_chance(scene: Scene) -> None:
    await scene.fail()
    await scene.assign(BEST)
    assert (await scene.open_anew()).ref == ref_of(BEST)


async def test_false_bytes_are_no_failure(scene: Scene) -> None:
    reader = await scene.rig.streams.open(scene.shown())
    scene.rig.engine.fail(BEST.info_hash, FalseData("False bytes."))
    with pytest.raises(FalseData):
        await reader.read(PIECE, 10)
    reader.close()
    assert (await scene.files())[0].failed_at is None


async def test_while_no_peer_can_be_reached_nothing_has_failed(scene: Scene) -> None:
    scene.rig.engine.listen_problem = "Cannot assign requested address"
    error = await scene.fail()
    assert error.retry_after > SOON
    assert (await scene.files())[0].failed_at is None


async def test_no_file_fails_while_the_interface_is_gone(scene: Scene) -> None:
    scene.rig.engine.network = NetworkStatus("tun0", problem="The interface tun0 is gone.")
    await scene.fail()
    assert (await scene.files())[0].failed_at is None


async def test_behind_a_proxy_files_fail_although_no_port_is_open(scene: Scene) -> None:
    scene.rig.engine.listen_problem = "No port is open behind a proxy."
    scene.rig.engine.network = NetworkStatus(proxy="socks5://192.0.2.1:1080")
    await scene.fail()
    assert (await scene.files())[0].failed_at is not None


async def test_the_check_of_the_last_bytes_fails_as_well(scene: Scene) -> None:
    class Unchecked:
        size = SIZE

        async def read(self, offset: int, limit: int) -> bytes:
            return CONTENT[offset : offset + limit]

        async def check(self) -> None:
            raise NoData("Nothing came.")

        def close(self) -> None: ...

    async with asyncio.TaskGroup() as tasks:
        reader = Standbys(scene.rig.db, scene.rig.engine, tasks).watch(ref_of(BEST), Unchecked())
        await reader.read(0, 10)
        with pytest.raises(NoData):
            await reader.check()
    assert (await scene.files())[0].failure == "Nothing came."


@pytest.mark.parametrize(("waited", "failed"), [(GIVEN_UP, True), (GIVEN_UP / 2, False)])
async def test_a_player_that_gives_up_first(scene: Scene, waited: float, failed: bool) -> None:
    scene.rig.engine.read_timeout = 60.0
    times = iter((0.0, waited))
    async with asyncio.TaskGroup() as tasks:
        standbys = Standbys(scene.rig.db, scene.rig.engine, tasks, clock=lambda: next(times))
        reader = standbys.watch(ref_of(BEST), await scene.rig.engine.open(ref_of(BEST)))
        reading = tasks.create_task(reader.read(PIECE, 10))
        while not scene.rig.engine.list_wishes(BEST.info_hash):
            await asyncio.sleep(0)
        reading.cancel()
    reader.close()
    assert bool((await scene.files())[0].failed_at) is failed


async def test_a_library_that_cannot_be_written_ends_no_stream(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await scene.rig.streams.open(scene.shown())

    async def refuse(*_: object) -> None:
        raise StorageFailed("The disk is full.")

    monkeypatch.setattr(scene.rig.db, "run", refuse)
    error = await fail(reader)
    assert "Nothing came" in str(error)
    assert (await scene.open_anew()).ref == ref_of(BEST)
