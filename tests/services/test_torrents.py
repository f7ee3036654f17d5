from __future__ import annotations

from pathlib import Path

import pytest

from momoshtrem.errors import Conflict, InvalidTorrent, NotFound
from momoshtrem.library import torrents
from momoshtrem.model.stored import TorrentState
from momoshtrem.model.torrent import FileRef
from momoshtrem.services.torrents import Torrents
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.counters import CacheStatus
from momoshtrem.torrents.metainfo import parse_magnet
from tests.library.samples import HASH_A, HASH_B, HASH_C, assign, assignment, fill, metainfo
from tests.services.rig import Rig, magnet_of, make_torrent

HEAT_PATH = "/Movies/Heat (1995)/Heat (1995).mkv"
REF = FileRef(HASH_A, 0, 10**9)


@pytest.fixture
async def stocked(rig: Rig) -> Rig:
    """With three torrents; the first is what Heat shows, the second its standby."""
    await rig.db.run(fill)
    await rig.db.run(assign, assignment(HASH_B, movie_id=1), assignment(HASH_A, movie_id=1))
    return rig


class TestList:
    async def test_a_page(self, stocked: Rig) -> None:
        page = await stocked.torrents.list_page(limit=2, offset=1)
        assert [view.record.info_hash for view in page.items] == [HASH_B, HASH_C]
        assert page.total == 3

    async def test_only_what_is_loaded_has_a_status(self, stocked: Rig) -> None:
        await stocked.engine.open(REF)
        page = await stocked.torrents.list_page(limit=10, offset=0)
        loaded = {view.record.info_hash: view.status is not None for view in page.items}
        assert loaded == {HASH_A: True, HASH_B: False, HASH_C: False}

    async def test_what_each_has_of_the_cache(self, stocked: Rig) -> None:
        stocked.engine.cache = CacheStatus(sizes={HASH_A: 4096})
        page = await stocked.torrents.list_page(limit=10, offset=0)
        found = {view.record.info_hash: view.cached for view in page.items}
        assert found == {HASH_A: 4096, HASH_B: 0, HASH_C: 0}
        assert (await stocked.torrents.get(HASH_A))[0].cached == 4096

    async def test_looking_loads_nothing(self, stocked: Rig) -> None:
        await stocked.torrents.list_page(limit=10, offset=0)
        await stocked.torrents.get(HASH_A)
        assert stocked.engine.opened == []
        assert stocked.engine.find_status(HASH_A) is None


class TestGet:
    async def test_one_with_its_files_and_assignments(self, stocked: Rig) -> None:
        view, files, assigned = await stocked.torrents.get(HASH_A)
        assert (view.record.state, view.status) == (TorrentState.READY, None)
        assert files == list(metainfo(HASH_A).files)
        assert [(each.movie_id, each.rank) for each in assigned] == [(1, 0)]

    async def test_one_that_awaits_its_metadata(self, rig: Rig) -> None:
        torrent = make_torrent("Heat.mkv")
        await rig.db.run(torrents.insert_magnet, parse_magnet(magnet_of(torrent)))
        view, files, assigned = await rig.torrents.get(torrent.info_hash)
        assert (view.record.state, files, assigned) == (TorrentState.AWAITING_METADATA, [], [])

    async def test_one_that_is_not_there(self, rig: Rig) -> None:
        with pytest.raises(NotFound):
            await rig.torrents.get(HASH_A)


class TestRemove:
    @pytest.mark.parametrize("delete_files", [True, False])
    async def test_the_standby_takes_over_and_the_engine_lets_go(
        self, stocked: Rig, *, delete_files: bool
    ) -> None:
        reader = await stocked.engine.open(REF)
        await stocked.torrents.remove(HASH_A, delete_files=delete_files)
        assert stocked.engine.removed == [(HASH_A, delete_files)]
        with pytest.raises(NotFound):
            await reader.read(0, 1)
        file = stocked.tree.find(HEAT_PATH)
        assert file is not None
        assert file.ref.info_hash == HASH_B  # type: ignore[union-attr]

    async def test_without_a_standby_the_item_is_hidden(self, stocked: Rig) -> None:
        for info_hash in (HASH_A, HASH_B):
            await stocked.torrents.remove(info_hash, delete_files=False)
        assert stocked.paths() == []

    async def test_one_that_is_not_there_is_not_asked_of_the_engine(self, rig: Rig) -> None:
        with pytest.raises(NotFound):
            await rig.torrents.remove(HASH_A, delete_files=True)
        assert rig.engine.removed == []

    async def test_what_it_left_on_disk_goes_when_it_is_asked_for(self, stocked: Rig, tmp_path: Path) -> None:
        (tmp_path / HASH_A).mkdir()
        kept = Torrents(stocked.db, stocked.engine, CacheFolder(tmp_path))
        await kept.remove(HASH_A, delete_files=False)
        with pytest.raises(NotFound):
            await kept.remove(HASH_A, delete_files=False)
        await kept.remove(HASH_A, delete_files=True)
        assert stocked.engine.removed == [(HASH_A, False), (HASH_A, True)]


class TestEvict:
    async def test_it_leaves_the_cache_and_stays_in_the_library(self, stocked: Rig) -> None:
        await stocked.db.run(torrents.update_readable, HASH_A, b"\x80")
        await stocked.torrents.evict(HASH_A)
        assert (await stocked.db.run(torrents.get, HASH_A)).readable == b""
        assert stocked.tree.find(HEAT_PATH)

    async def test_not_while_somebody_reads(self, stocked: Rig) -> None:
        await stocked.db.run(torrents.update_readable, HASH_A, b"\x80")
        await stocked.engine.open(REF)
        with pytest.raises(Conflict, match="in use"):
            await stocked.torrents.evict(HASH_A)
        assert (await stocked.db.run(torrents.get, HASH_A)).readable == b"\x80"

    async def test_one_that_is_not_there(self, rig: Rig) -> None:
        with pytest.raises(NotFound):
            await rig.torrents.evict(HASH_A)


class TestPeers:
    async def test_they_are_kept_and_told(self, stocked: Rig) -> None:
        await stocked.torrents.add_peers(HASH_A, ("127.0.0.1:7", "[::1]:8"))
        assert (await stocked.db.run(torrents.get, HASH_A)).peers == ("127.0.0.1:7", "[::1]:8")

    @pytest.mark.parametrize("peer", ["localhost:7", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", ""])
    async def test_one_that_is_none_changes_nothing(self, stocked: Rig, peer: str) -> None:
        with pytest.raises(InvalidTorrent, match="address:port"):
            await stocked.torrents.add_peers(HASH_A, ("127.0.0.1:7", peer))
        assert (await stocked.db.run(torrents.get, HASH_A)).peers == ()

    async def test_a_torrent_that_is_not_there(self, rig: Rig) -> None:
        with pytest.raises(NotFound):
            await rig.torrents.add_peers(HASH_A, ("127.0.0.1:7",))
