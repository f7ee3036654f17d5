from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from momoshtrem.errors import Unavailable
from momoshtrem.events import EventBus, JobChanged, MovieChanged
from momoshtrem.services import live as live_module
from momoshtrem.services.live import MAX_LISTENERS, MAX_UNREAD, Listener, Live, Told, TorrentsSeen
from tests.fakes.engine import FakeEngine
from tests.fakes.store import MemoryStore
from tests.services.rig import make_torrent, ref_of


class Scene:
    """A `Live` with what it follows."""

    def __init__(self) -> None:
        self.bus = EventBus()
        self.store = MemoryStore()
        self.engine = FakeEngine(self.store)
        self.live = Live(self.bus, self.engine)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(live_module, "INTERVAL", 0.001)
    return Scene()


async def read(listener: Listener) -> Told:
    async with asyncio.timeout(10):
        told = await listener.next()
    assert told is not None
    return told


async def test_events_come_in_order_to_everybody(scene: Scene) -> None:
    with scene.live.listen() as one, scene.live.listen() as other:
        await scene.bus.publish(MovieChanged(1))
        await scene.bus.publish(JobChanged(2))
        for listener in (one, other):
            first, second = await read(listener), await read(listener)
            assert (first.happening, second.happening) == (MovieChanged(1), JobChanged(2))
            assert first.number < second.number


async def test_what_happened_before_is_not_told(scene: Scene) -> None:
    await scene.bus.publish(MovieChanged(1))
    with scene.live.listen() as listener:
        await scene.bus.publish(MovieChanged(2))
        assert (await read(listener)).happening == MovieChanged(2)


async def test_loaded_torrents_are_told_whenever_they_change(scene: Scene) -> None:
    metainfo = make_torrent("Heat.mkv")
    scene.store.add(metainfo)
    scene.engine.share(metainfo, bytes(metainfo.total_size), live=False)
    with scene.live.listen() as listener:
        for expected in ((1, 0.0), (2, 0.0)):
            await scene.engine.open(ref_of(metainfo))
            seen = (await read(listener)).happening
            assert isinstance(seen, TorrentsSeen)
            assert [(len(each.readers), each.progress) for each in seen.torrents] == [expected]
        await scene.engine.remove(metainfo.info_hash, delete_files=False)
        assert (await read(listener)).happening == TorrentsSeen(())


async def test_who_comes_later_is_told_how_torrents_are(scene: Scene) -> None:
    metainfo = make_torrent("Heat.mkv")
    scene.store.add(metainfo)
    await scene.engine.open(ref_of(metainfo))
    for _ in range(2):
        with scene.live.listen() as listener:
            assert isinstance((await read(listener)).happening, TorrentsSeen)


async def test_nobody_looks_while_nobody_listens(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    with scene.live.listen():
        pass
    await asyncio.sleep(0.01)
    monkeypatch.setattr(scene.engine, "health", lambda: pytest.fail("the engine was asked"))
    await asyncio.sleep(0.01)
    assert scene.live.listeners == 0


async def test_who_does_not_read_is_let_go_and_others_stay(scene: Scene) -> None:
    with scene.live.listen() as slow, scene.live.listen() as quick:
        for number in range(MAX_UNREAD + 1):
            await scene.bus.publish(MovieChanged(number))
            assert (await read(quick)).happening == MovieChanged(number)
        assert scene.live.listeners == 1
        for number in range(MAX_UNREAD):
            assert (await read(slow)).happening == MovieChanged(number)
        assert await slow.next() is None


async def test_there_is_room_for_so_many(scene: Scene) -> None:
    with ExitStack() as listening:
        for _ in range(MAX_LISTENERS):
            listening.enter_context(scene.live.listen())
        with pytest.raises(Unavailable), scene.live.listen():
            pass
        assert scene.live.listeners == MAX_LISTENERS
    with scene.live.listen():
        assert scene.live.listeners == 1


async def test_the_end_ends_everybody(scene: Scene) -> None:
    with scene.live.listen() as listener:
        scene.live.close()
        assert await listener.next() is None
    with pytest.raises(Unavailable), scene.live.listen():
        pass
