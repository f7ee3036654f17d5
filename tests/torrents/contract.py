"""What every `Engine` promises; run by the fake and by the engine on libtorrent."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from momoshtrem.errors import Conflict, MomoshtremError, NoData, NotFound, Unavailable
from momoshtrem.model.torrent import FileRef, Magnet, Metainfo
from momoshtrem.torrents.engine import Engine, Reader
from momoshtrem.torrents.metainfo import parse_magnet
from tests.fakes.store import MemoryStore

UNKNOWN = "0" * 40
NOBODY = "127.0.0.1:1"
PATIENCE = 15.0
SHORT = 0.3


class Rig(ABC):
    """An engine under test, its store, and a swarm with `torrent`, found only by who knows one of `peers`."""

    engine: Engine
    store: MemoryStore
    torrent: Metainfo
    contents: tuple[bytes, ...]
    peers: tuple[str, ...]

    @property
    def peer(self) -> str:
        return self.peers[0]

    @property
    def info_hash(self) -> str:
        return self.torrent.info_hash

    def ref(self, file_index: int = 0) -> FileRef:
        return FileRef(self.info_hash, file_index, self.torrent.files[file_index].size)

    def magnet(self, *peers: str) -> Magnet:
        return parse_magnet(f"magnet:?xt=urn:btih:{self.info_hash}" + "".join(f"&x.pe={p}" for p in peers))

    def learn(self, *peers: str) -> None:
        """Put the torrent into the store, with these peers."""
        self.store.add(self.torrent, peers=peers)

    @abstractmethod
    async def restart(self, read_timeout: float = PATIENCE) -> None:
        """Close the engine and go on with a new one on the same store and disk."""

    @abstractmethod
    def open_tracker(self) -> AbstractAsyncContextManager[str]:
        """The URL of a tracker that leads to the swarm."""

    @abstractmethod
    async def withdraw(self) -> None:
        """The swarm is gone, for good."""

    @abstractmethod
    def list_wishes(self) -> set[int]:
        """The missing pieces that the engine wants now."""

    @abstractmethod
    def has_bytes(self) -> bool:
        """Whether anything of the torrent is on disk."""


async def read_all(reader: Reader, offset: int = 0, limit: int = 50_000) -> bytes:
    found = bytearray()
    while got := await reader.read(offset + len(found), limit):
        assert len(got) <= limit
        found += got
    return bytes(found)


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for what the engine does in its own time."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


class EngineContract:
    """Subclasses give a fixture `rig`."""

    async def test_a_file_reads_as_it_is_in_the_swarm(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        for index, content in enumerate(rig.contents):
            reader = await rig.engine.open(rig.ref(index))
            assert reader.size == len(content)
            assert await read_all(reader) == content
            reader.close()

    async def test_a_read_at_or_behind_the_end_is_empty(self, rig: Rig) -> None:
        rig.learn()
        reader = await rig.engine.open(rig.ref())
        assert await reader.read(reader.size, 100) == b""
        assert await reader.read(reader.size + 5, 100) == b""
        reader.close()

    async def test_a_read_waits_for_its_piece(self, rig: Rig) -> None:
        rig.learn()
        reader = await rig.engine.open(rig.ref())
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(reader.read(100, 50))
            await until(lambda: 0 in rig.list_wishes())
            assert not reading.done()
            await rig.engine.add_peers(rig.info_hash, (rig.peer,))
        assert reading.result() == rig.contents[0][100:150]
        reader.close()

    async def test_two_readers_stand_at_two_places(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        first, second = await rig.engine.open(rig.ref()), await rig.engine.open(rig.ref())
        half = first.size // 2
        async with asyncio.TaskGroup() as tasks:
            head = tasks.create_task(read_all(first))
            tail = tasks.create_task(read_all(second, half))
        assert head.result() == rig.contents[0]
        assert tail.result() == rig.contents[0][half:]
        first.close()
        second.close()

    async def test_a_reader_seeks_forth_and_back(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        reader = await rig.engine.open(rig.ref())
        for offset in (reader.size - 10, 5, reader.size // 2, reader.size // 3, 0):
            got = await reader.read(offset, 10)
            assert got == rig.contents[0][offset : offset + len(got)] != b""
        reader.close()

    async def test_a_dead_swarm_ends_the_wait(self, rig: Rig) -> None:
        await rig.restart(read_timeout=SHORT)
        rig.learn()
        reader = await rig.engine.open(rig.ref())
        with pytest.raises(NoData, match="swarm"):
            await reader.read(0, 10)
        await rig.restart()
        rig.learn(rig.peer)
        again = await rig.engine.open(rig.ref())
        assert await again.read(0, 10) == rig.contents[0][:10]
        again.close()

    async def test_opening_never_waits_for_the_swarm(self, rig: Rig) -> None:
        rig.learn(NOBODY)
        async with asyncio.timeout(PATIENCE / 2):
            reader = await rig.engine.open(rig.ref())
        assert rig.list_wishes() == set()
        reader.close()

    async def test_closing_drops_the_wishes_and_may_be_repeated(self, rig: Rig) -> None:
        rig.learn()
        reader = await rig.engine.open(rig.ref())
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(reader.read(0, 10))
            await until(lambda: bool(rig.list_wishes()))
            reading.cancel()
        reader.close()
        reader.close()
        await until(lambda: not rig.list_wishes())
        status = rig.engine.find_status(rig.info_hash)
        assert status is not None
        assert status.readers == ()

    async def test_many_opens_and_closes_leave_no_wish(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        for turn in range(20):
            reader = await rig.engine.open(rig.ref())
            await reader.read(turn * reader.size // 20, 10)
            reader.close()
        await until(lambda: not rig.list_wishes())
        status = rig.engine.find_status(rig.info_hash)
        assert status is not None
        assert status.readers == ()

    async def test_an_unknown_torrent_is_not_found(self, rig: Rig) -> None:
        with pytest.raises(NotFound):
            await rig.engine.open(FileRef(UNKNOWN, 0, 10))
        with pytest.raises(NotFound):
            await rig.engine.add_peers(UNKNOWN, (rig.peer,))
        assert rig.engine.find_status(UNKNOWN) is None
        await rig.engine.remove(UNKNOWN, delete_files=True)

    async def test_a_reference_that_does_not_fit_is_not_found(self, rig: Rig) -> None:
        rig.learn()
        ref = rig.ref()
        for wrong in (
            replace(ref, file_index=-1),
            replace(ref, file_index=len(rig.contents)),
            replace(ref, size=1),
        ):
            with pytest.raises(NotFound):
                await rig.engine.open(wrong)

    async def test_removing_ends_a_reader_that_waits(self, rig: Rig) -> None:
        rig.learn()
        reader = await rig.engine.open(rig.ref())

        async def read() -> None:
            with pytest.raises(NotFound, match="removed"):
                await reader.read(0, 10)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(read())
            await until(lambda: bool(rig.list_wishes()))
            await rig.engine.remove(rig.info_hash, delete_files=False)
        reader.close()

    async def test_removing_without_the_files_keeps_them(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        reader = await rig.engine.open(rig.ref())
        await reader.read(0, 10)
        await rig.engine.remove(rig.info_hash, delete_files=False)
        with pytest.raises(NotFound, match="removed"):
            await reader.read(0, 10)
        reader.close()
        assert rig.has_bytes()
        assert rig.engine.find_status(rig.info_hash) is None

    async def test_removing_with_the_files_ends_every_reader(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        reader = await rig.engine.open(rig.ref())
        await read_all(reader)
        await rig.engine.remove(rig.info_hash, delete_files=True)
        with pytest.raises(MomoshtremError):
            await reader.read(0, 10)
        reader.close()
        assert not rig.has_bytes()
        assert rig.engine.find_status(rig.info_hash) is None

    async def test_a_torrent_that_left_the_store_is_removed(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        reader = await rig.engine.open(rig.ref())
        await reader.read(0, 10)
        rig.store.torrents.clear()
        await rig.engine.remove(rig.info_hash, delete_files=True)
        reader.close()
        assert not rig.has_bytes()
        with pytest.raises(NotFound):
            await rig.engine.open(rig.ref())

    async def test_a_removed_torrent_can_be_opened_anew(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        reader = await rig.engine.open(rig.ref())
        await reader.read(0, 10)
        reader.close()
        await rig.engine.remove(rig.info_hash, delete_files=True)
        rig.learn(rig.peer)
        again = await rig.engine.open(rig.ref())
        assert await read_all(again) == rig.contents[0]
        again.close()

    async def test_what_was_evicted_is_fetched_again(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        reader = await rig.engine.open(rig.ref())
        await reader.read(0, 10)
        with pytest.raises(Conflict, match="in use"):
            await rig.engine.evict(rig.info_hash)
        assert await read_all(reader) == rig.contents[0]
        reader.close()
        await rig.engine.evict(rig.info_hash)
        assert not rig.has_bytes()
        assert not any((await rig.store.load(rig.info_hash)).readable)
        again = await rig.engine.open(rig.ref())
        assert await read_all(again) == rig.contents[0]
        again.close()

    async def test_nothing_is_evicted_of_an_unknown_torrent(self, rig: Rig) -> None:
        await rig.engine.evict(UNKNOWN)
        assert rig.engine.find_status(UNKNOWN) is None

    async def test_what_was_fetched_outlasts_the_swarm(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        reader = await rig.engine.open(rig.ref())
        assert await read_all(reader) == rig.contents[0]
        reader.close()
        await rig.withdraw()
        await rig.restart(read_timeout=SHORT)
        again = await rig.engine.open(rig.ref())
        assert await read_all(again) == rig.contents[0]
        again.close()

    async def test_closing_the_engine_ends_a_reader_that_waits(self, rig: Rig) -> None:
        rig.learn()
        reader = await rig.engine.open(rig.ref())

        async def read() -> None:
            with pytest.raises(Unavailable, match="stopping"):
                await reader.read(0, 10)

        async with asyncio.timeout(PATIENCE / 2), asyncio.TaskGroup() as tasks:
            tasks.create_task(read())
            await until(lambda: bool(rig.list_wishes()))
            await rig.engine.close()
        reader.close()
