from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from momoshtrem.errors import StorageFailed
from momoshtrem.torrents.readers import reader as reader_module
from tests.fakes.swarm import Line
from tests.torrents.contract import until
from tests.torrents.loopback import LOOPBACK, Loopback, open_loopback, write_folder

FILM = {"film.mkv": 400_001}
NOW_IDLE = LOOPBACK.model_copy(update={"idle_timeout": 0.01})


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Loopback]:
    folder = write_folder(tmp_path / "Film", FILM)
    async with open_loopback(folder, tmp_path / "cache") as rig:
        rig.learn(*rig.peers)
        yield rig


async def test_an_idle_torrent_goes_and_leaves_what_it_learned(rig: Loopback) -> None:
    rig.settings = NOW_IDLE
    await rig.restart()
    await rig.fetch()
    await until(lambda: rig.engine.find_status(rig.info_hash) is None)
    assert rig.list_stored() == set(range(rig.torrent.piece_count))
    await until(lambda: ("peers", rig.info_hash) in rig.store.saved)
    assert rig.store.torrents[rig.info_hash].peers == rig.peers


async def test_a_torrent_with_a_reader_is_never_idle(rig: Loopback) -> None:
    rig.settings = NOW_IDLE
    await rig.restart()
    reader = await rig.engine.open(rig.ref())
    await reader.read(0, 10)
    await asyncio.sleep(1.2)
    assert rig.engine.find_status(rig.info_hash) is not None
    reader.close()


async def test_new_pieces_are_stored_while_the_reader_is_open(rig: Loopback) -> None:
    reader = await rig.engine.open(rig.ref())
    await reader.read(0, 10)
    await until(lambda: 0 in rig.list_stored())
    reader.close()


async def test_pieces_are_stored_once_the_store_works_again(rig: Loopback) -> None:
    rig.store.failure = StorageFailed("The database is locked.")
    reader = await rig.engine.open(rig.ref())
    await reader.read(0, 10)
    await asyncio.sleep(1.2)
    rig.store.failure = None
    await until(lambda: 0 in rig.list_stored())
    reader.close()


async def test_a_player_that_pauses_lets_the_swarm_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "PAUSED_AFTER", 0.2)
    folder = write_folder(tmp_path / "Film", {"film.mkv": 4_000_000})
    async with open_loopback(folder, tmp_path / "cache", lines=[Line(rate=3e5)]) as rig:
        rig.learn(*rig.peers)
        reader = await rig.engine.open(rig.ref())
        await reader.read(0, 10)
        assert rig.list_wishes()
        await until(lambda: not rig.list_wishes())
        status = rig.engine.find_status(rig.info_hash)
        assert status
        assert (len(status.readers), status.progress < 0.9) == (1, True)
        assert await reader.read(3_000_000, 10) == rig.contents[0][3_000_000:3_000_010]
        reader.close()
