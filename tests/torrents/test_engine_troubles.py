"""What the engine on libtorrent does when the disk, the session or the swarm is slow or refuses."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from momoshtrem.errors import StorageFailed
from momoshtrem.torrents import loaded
from momoshtrem.torrents.cache.folder import CacheFolder
from tests.fakes.swarm import KIB, Line
from tests.torrents.contract import PATIENCE, until
from tests.torrents.loopback import Loopback, open_loopback, write_folder

FILM = {"film.mkv": 400_001}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Loopback]:
    folder = write_folder(tmp_path / "Film", FILM)
    async with open_loopback(folder, tmp_path / "cache") as rig:
        rig.learn(*rig.peers)
        yield rig


async def test_a_piece_may_take_longer_than_the_patience_while_it_comes(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "Film", FILM)
    lines, length = [Line(rate=1.2e5)], 256 * KIB
    async with open_loopback(folder, tmp_path / "cache", lines=lines, piece_length=length) as rig:
        rig.verify_first = True
        await rig.restart(read_timeout=1.2)
        rig.learn(*rig.peers)
        reader = await rig.engine.open(rig.ref())
        assert await reader.read(0, 10) == rig.contents[0][:10]
        reader.close()


async def test_a_torrent_that_cannot_be_started_ends_its_reads(
    rig: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(loaded, "make_params", refuse)
    reader = await rig.engine.open(rig.ref())
    with pytest.raises(StorageFailed, match="cannot be started: no"):
        await reader.read(0, 10)
    reader.close()


async def test_what_was_removed_meanwhile_is_not_stored(
    rig: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(*_: object) -> None:
        syncing.set()
        removed.wait(PATIENCE)

    syncing, removed = threading.Event(), threading.Event()
    reader = await rig.engine.open(rig.ref())
    monkeypatch.setattr(CacheFolder, "sync", sync)
    await reader.read(0, 10)
    await until(syncing.is_set)
    await rig.engine.remove(rig.info_hash, delete_files=True)
    removed.set()
    reader.close()
    await asyncio.sleep(0.1)
    assert ("readable", rig.info_hash) not in rig.store.saved
