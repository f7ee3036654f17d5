from __future__ import annotations

import asyncio
import math
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import libtorrent as lt
import pytest

from momoshtrem.errors import NoData, StorageFailed, Unavailable
from momoshtrem.model.torrent import FileRef
from momoshtrem.torrents import loaded
from momoshtrem.torrents.metainfo import parse_metainfo
from momoshtrem.torrents.readers import audience
from momoshtrem.torrents.seeding import make_torrent
from tests.fakes.swarm import KIB, MIB, Line
from tests.torrents.contract import read_all, until
from tests.torrents.loopback import LOOPBACK, Loopback, open_loopback, write_folder

FILM = {"film.mkv": 400_001}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Loopback]:
    folder = write_folder(tmp_path / "Film", FILM)
    async with open_loopback(folder, tmp_path / "cache") as rig:
        rig.learn(*rig.peers)
        yield rig


async def test_a_cached_file_is_read_without_the_session(rig: Loopback) -> None:
    await rig.fetch()
    await rig.restart()
    await rig.fetch()
    assert rig.find_handle() is None


async def test_an_opened_file_that_nobody_reads_stays_out_of_the_session(rig: Loopback) -> None:
    reader = await rig.engine.open(rig.ref())
    await asyncio.sleep(1.2)
    assert rig.find_handle() is None
    reader.close()


@pytest.mark.parametrize("length", [0, 100_000])
async def test_a_cache_that_was_cut_is_fetched_again(rig: Loopback, length: int) -> None:
    await rig.fetch()
    await rig.engine.close()
    os.truncate(rig.cache / rig.info_hash / "0", length)
    await rig.start()
    await rig.fetch()
    assert rig.find_handle() is not None


async def test_a_cache_that_was_deleted_is_fetched_again(rig: Loopback) -> None:
    await rig.fetch()
    await rig.engine.close()
    (rig.cache / rig.info_hash / "0").unlink()
    await rig.start()
    await rig.fetch()


async def test_what_is_on_disk_is_not_asked_for_again(rig: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience, "OPENING", 0)
    reader = await rig.engine.open(rig.ref())
    await reader.read(0, 10)
    reader.close()
    await rig.restart()
    stored = rig.list_stored()
    assert stored
    again = await rig.engine.open(rig.ref())
    await again.read(again.size // 2, 10)
    handle = rig.find_handle()
    assert handle is not None
    here = handle.status(lt.torrent_handle.query_pieces).pieces
    assert {piece for piece in stored if not here[piece]} == set()
    again.close()


async def test_a_store_that_fails_holds_nothing_up(rig: Loopback) -> None:
    reader = await rig.engine.open(rig.ref())
    await read_all(reader)
    rig.store.failure = StorageFailed("The database is locked.")
    reader.close()
    await rig.engine.close()
    rig.store.failure = None
    await rig.start()
    await rig.fetch()


async def test_a_disk_that_works_again_is_used_although_a_player_held_on(rig: Loopback) -> None:
    rig.cache.write_bytes(b"a file where the folder should be")
    paused = await rig.engine.open(rig.ref())
    with pytest.raises(StorageFailed):
        await paused.read(0, 10)
    rig.cache.unlink()
    await rig.fetch()
    paused.close()


async def test_a_peer_that_was_stored_meanwhile_is_kept(rig: Loopback) -> None:
    await rig.fetch()
    await rig.store.save_peers(rig.info_hash, (*rig.peers, "127.0.0.1:9"))
    await rig.engine.close()
    assert set(rig.store.torrents[rig.info_hash].peers) == {*rig.peers, "127.0.0.1:9"}


class TestSwap:
    """Of a torrent with large pieces, whose readers are given blocks."""

    @pytest.fixture
    async def early(self, tmp_path: Path) -> AsyncIterator[Loopback]:
        folder = write_folder(tmp_path / "Large", {"film.mkv": 4 * MIB})
        line = Line(rate=1.5e6)
        async with open_loopback(folder, tmp_path / "large", lines=[line], piece_length=MIB) as rig:
            rig.learn(*rig.peers)
            yield rig

    async def swap(self, rig: Loopback) -> None:
        runtime = rig.engine._loaded.find(rig.info_hash)
        assert runtime
        async with rig.engine._loaded.lock(rig.info_hash):
            await rig.engine._loaded.swap(runtime, set)

    async def test_what_was_given_of_a_piece_is_checked_before_it_leaves(self, early: Loopback) -> None:
        reader = await early.engine.open(early.ref())
        assert await reader.read(0, 10) == early.contents[0][:10]
        assert early.list_stored() == set()
        await self.swap(early)
        assert 0 in early.list_stored()
        assert await read_all(reader) == early.contents[0]
        await reader.check()
        reader.close()

    async def test_what_cannot_be_checked_any_more_is_cut_off(
        self, early: Loopback, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The same piece may come from others when it is fetched anew."""
        monkeypatch.setattr(loaded, "CHECK_LIMIT", 0.0)
        reader = await early.engine.open(early.ref())
        await reader.read(0, 10)
        await self.swap(early)
        with pytest.raises(NoData, match="false"):
            await read_all(reader)
        reader.close()
        await early.fetch()


class TestMaxLoaded:
    @pytest.fixture
    async def refs(self, rig: Loopback, tmp_path: Path) -> list[FileRef]:
        """Files of other torrents than the one that is shared."""
        rig.settings = LOOPBACK.model_copy(update={"max_loaded": 3})
        await rig.restart()
        found = []
        for number in range(12):
            folder = write_folder(tmp_path / f"Film {number}", {"film.mkv": 100_000 + number})
            torrent = parse_metainfo(make_torrent(folder, 16 * KIB))
            rig.store.add(torrent)
            found.append(FileRef(torrent.info_hash, 0, 100_000 + number))
        return found

    async def test_a_scan_of_many_loads_few(self, rig: Loopback, refs: list[FileRef]) -> None:
        for ref in refs:
            reader = await rig.engine.open(ref)
            reader.close()
            assert len(rig.engine.health().loaded) <= 3
        assert {each.info_hash for each in rig.engine.health().loaded} == {ref.info_hash for ref in refs[-3:]}

    async def test_many_at_once_load_few(self, rig: Loopback, refs: list[FileRef]) -> None:
        async def scan(ref: FileRef) -> None:
            with suppress(Unavailable):
                (await rig.engine.open(ref)).close()
            assert len(rig.engine.health().loaded) <= 3

        await asyncio.gather(*(scan(ref) for ref in refs))

    async def test_what_is_in_use_stays_and_others_are_refused(
        self, rig: Loopback, refs: list[FileRef]
    ) -> None:
        first, second, third = [await rig.engine.open(ref) for ref in refs[:3]]
        with pytest.raises(Unavailable, match=r"3 torrents are in use.*torrent\.max_loaded"):
            await rig.engine.open(refs[3])
        again = await rig.engine.open(refs[0])
        second.close()
        fourth = await rig.engine.open(refs[3])
        assert rig.engine.find_status(refs[1].info_hash) is None
        for reader in (first, third, fourth, again):
            reader.close()

    async def test_who_stops_waiting_for_a_place_leaves_nothing_half_done(
        self, rig: Loopback, refs: list[FileRef]
    ) -> None:
        await rig.fetch()
        for ref in refs[:2]:
            (await rig.engine.open(ref)).close()
        runtime = rig.engine._loaded.find(rig.info_hash)
        assert runtime
        runtime.idle_since = -math.inf
        async with asyncio.TaskGroup() as tasks:
            opening = tasks.create_task(rig.engine.open(refs[2]))
            while runtime.handle:
                await asyncio.sleep(0)
            opening.cancel()
        await until(lambda: not runtime.is_in_session)
        await rig.fetch()

    async def test_what_nobody_opens_costs_nothing(self, rig: Loopback, refs: list[FileRef]) -> None:
        assert len(rig.store.torrents) == len(refs) + 1
        assert rig.engine.health().loaded == ()
        assert rig.engine._session
        assert rig.engine._session._session.get_torrents() == []
