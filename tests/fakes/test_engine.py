from __future__ import annotations

import asyncio

import pytest

from momoshtrem.errors import NoData, StorageFailed
from momoshtrem.model.torrent import FileRef, Metainfo, TorrentFile
from tests.fakes.engine import FakeEngine
from tests.fakes.store import MemoryStore

HASH = "ab" * 20
CONTENT = bytes(range(100))
METAINFO = Metainfo(HASH, "film", 10, 100, False, (TorrentFile(0, "film.mkv", 100, 0),), (), b"")
REF = FileRef(HASH, 0, 100)


@pytest.fixture
def engine() -> FakeEngine:
    store = MemoryStore()
    store.add(METAINFO)
    return FakeEngine(store)


async def test_a_live_swarm_gives_everything(engine: FakeEngine) -> None:
    engine.share(METAINFO, CONTENT)
    reader = await engine.open(REF)
    assert await reader.read(5, 100) == CONTENT[5:10]
    assert await reader.read(95, 100) == CONTENT[95:]
    assert engine.opened == [REF]
    assert engine.list_readers() == [reader]
    reader.close()
    assert engine.list_readers() == []


async def test_pieces_come_when_the_test_says_so(engine: FakeEngine) -> None:
    engine.share(METAINFO, CONTENT, live=False)
    engine.deliver(HASH, 0)
    reader = await engine.open(REF)
    assert await reader.read(0, 100) == CONTENT[:10]
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.read(15, 100))
        await asyncio.sleep(0)
        assert engine.list_wishes(HASH) == {1}
        engine.deliver(HASH, 1)
    assert reading.result() == CONTENT[15:20]
    assert engine.list_wishes(HASH) == set()


async def test_a_swarm_that_left_gives_nothing_new(engine: FakeEngine) -> None:
    engine.share(METAINFO, CONTENT)
    reader = await engine.open(REF)
    await reader.read(0, 10)
    engine.unshare(HASH)
    assert await reader.read(0, 10) == CONTENT[:10]
    with pytest.raises(NoData):
        await reader.read(10, 10)


async def test_a_swarm_may_come_later(engine: FakeEngine) -> None:
    reader = await engine.open(REF)
    with pytest.raises(NoData):
        await reader.read(0, 10)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.read(0, 10))
        await asyncio.sleep(0)
        engine.share(METAINFO, CONTENT)
    assert reading.result() == CONTENT[:10]


async def test_a_torrent_fails_as_it_is_told_to(engine: FakeEngine) -> None:
    engine.share(METAINFO, CONTENT, live=False)
    reader = await engine.open(REF)
    engine.fail(HASH, StorageFailed("The disk is full."))
    with pytest.raises(StorageFailed, match="full"):
        await reader.read(0, 10)
    status = engine.find_status(HASH)
    assert status is not None
    assert status.state == "failed"


async def test_removals_are_kept(engine: FakeEngine) -> None:
    await engine.remove(HASH, delete_files=True)
    assert engine.removed == [(HASH, True)]
