from __future__ import annotations

import pytest

from momoshtrem.errors import NotFound, Unavailable
from momoshtrem.library import torrents
from momoshtrem.services.store import LibraryStore
from momoshtrem.torrents.containers.outline import Outline
from momoshtrem.torrents.engine import StoredTorrent
from momoshtrem.torrents.metainfo import parse_magnet
from tests.services.rig import Rig, magnet_of, make_torrent

TORRENT = make_torrent("Heat.mkv", trackers=("udp://one.test:1",))


@pytest.fixture
def store(rig: Rig) -> LibraryStore:
    return LibraryStore(rig.db)


async def test_what_is_saved_is_loaded(rig: Rig, store: LibraryStore) -> None:
    await rig.db.run(torrents.insert, TORRENT)
    await store.save_readable(TORRENT.info_hash, b"\xf0")
    await store.save_peers(TORRENT.info_hash, ("127.0.0.1:7",))
    assert (await rig.db.run(torrents.get, TORRENT.info_hash)).used_at is None
    outline = Outline(TORRENT.files[0].size, range(512), (range(5_000, 6_000),), 5_400.5)
    await store.save_outline(TORRENT.info_hash, 0, outline)
    loaded = await store.load(TORRENT.info_hash)
    assert (await rig.db.run(torrents.get, TORRENT.info_hash)).used_at is not None
    assert loaded == StoredTorrent(TORRENT, b"\xf0", ("127.0.0.1:7",), {0: outline})
    assert loaded.metainfo.trackers == ("udp://one.test:1",)


async def test_a_torrent_that_is_gone_is_not_saved(rig: Rig, store: LibraryStore) -> None:
    await store.save_outline(TORRENT.info_hash, 0, Outline(1))
    await store.save_readable(TORRENT.info_hash, b"\xf0")
    await store.save_peers(TORRENT.info_hash, ("127.0.0.1:7",))
    with pytest.raises(NotFound):
        await store.load(TORRENT.info_hash)


async def test_a_torrent_without_metadata_cannot_be_loaded_yet(rig: Rig, store: LibraryStore) -> None:
    await rig.db.run(torrents.insert_magnet, parse_magnet(magnet_of(TORRENT)))
    with pytest.raises(Unavailable, match="not known yet"):
        await store.load(TORRENT.info_hash)
