"""The contract of an engine, kept by the fake and by the engine on libtorrent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from momoshtrem.torrents.blocks import MIN_PIECE
from momoshtrem.torrents.metainfo import parse_metainfo
from momoshtrem.torrents.seeding import make_torrent
from tests.fakes.early import LIAR, EarlyEngine
from tests.fakes.engine import FakeEngine
from tests.fakes.store import MemoryStore
from tests.fakes.swarm import Line
from tests.torrents.blocks_contract import BlocksContract
from tests.torrents.care_contract import CareContract
from tests.torrents.contract import PATIENCE, EngineContract, Rig
from tests.torrents.fetch_contract import FetchContract
from tests.torrents.loopback import LOOPBACK, Loopback, open_loopback, write_folder
from tests.torrents.sources_contract import SourcesContract
from tests.torrents.status_contract import StatusContract
from tests.torrents.warm_contract import WarmContract

FILES = {"film.mkv": 400_001, "film.nfo": 0, "film.srt": 50_003}
PIECE = 16 * 1024
LARGE_PIECE = MIN_PIECE
SLOW = 300_000.0
PEER = "127.0.0.2:6881"
TRACKER = "http://tracker.invalid/announce"


class FakeRig(Rig):
    engine: FakeEngine

    def __init__(
        self, folder: Path, make_engine: Callable[[MemoryStore, float], FakeEngine] = FakeEngine
    ) -> None:
        self.torrent = parse_metainfo(make_torrent(folder, PIECE))
        self.contents = tuple((folder.parent / file.path).read_bytes() for file in self.torrent.files)
        self.store = MemoryStore()
        self.peers = (PEER,)
        self.engine = make_engine(self.store, PATIENCE)
        self._share(self.engine)

    def _share(self, engine: FakeEngine) -> None:
        engine.share(self.torrent, b"".join(self.contents), peers=self.peers)

    async def restart(self, read_timeout: float = PATIENCE) -> None:
        await self.engine.close()
        self.engine.read_timeout = read_timeout
        await self.engine.start()

    @asynccontextmanager
    async def open_tracker(self) -> AsyncIterator[str]:
        self.engine.share(self.torrent, b"".join(self.contents), peers=(*self.peers, TRACKER))
        yield TRACKER

    async def withdraw(self) -> None:
        self.engine.unshare(self.info_hash)

    def list_wishes(self) -> set[int]:
        return self.engine.list_wishes(self.info_hash)

    def has_bytes(self) -> bool:
        return self.engine.has_bytes(self.info_hash)


class TestFakeEngine(
    EngineContract, StatusContract, FetchContract, CareContract, SourcesContract, WarmContract
):
    @pytest.fixture
    async def rig(self, tmp_path: Path) -> AsyncIterator[Rig]:
        rig = FakeRig(write_folder(tmp_path / "Film", FILES))
        await rig.engine.start()
        yield rig
        await rig.engine.close()


class TestFakeEarly(BlocksContract):
    @pytest.fixture
    async def early(self, tmp_path: Path) -> AsyncIterator[Rig]:
        rig = FakeRig(write_folder(tmp_path / "Film", FILES), EarlyEngine)
        rig.peers = (PEER, LIAR)
        await rig.engine.start()
        yield rig
        await rig.engine.close()


class TestLibtorrentEarly(BlocksContract):
    @pytest.fixture
    async def early(self, tmp_path: Path) -> AsyncIterator[Rig]:
        folder = write_folder(tmp_path / "Film", FILES)
        lines = [Line(rate=SLOW), Line(rate=SLOW, corrupt=True)]
        async with open_loopback(folder, tmp_path / "cache", lines=lines, piece_length=LARGE_PIECE) as rig:
            yield rig


class TestLibtorrentEngine(
    EngineContract, StatusContract, FetchContract, CareContract, SourcesContract, WarmContract
):
    @pytest.fixture
    async def rig(self, tmp_path: Path) -> AsyncIterator[Loopback]:
        folder = write_folder(tmp_path / "Film", FILES)
        async with open_loopback(folder, tmp_path / "cache", piece_length=PIECE) as rig:
            yield rig


class TestPread(EngineContract):
    """The engine on libtorrent where writing lags behind."""

    @pytest.fixture
    async def rig(self, tmp_path: Path) -> AsyncIterator[Loopback]:
        folder = write_folder(tmp_path / "Film", FILES)
        async with open_loopback(folder, tmp_path / "cache", piece_length=PIECE) as rig:
            rig.settings = LOOPBACK.model_copy(update={"disk_backend": "pread"})
            await rig.restart()
            yield rig
