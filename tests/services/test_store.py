from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.errors import NotFound, Unavailable
from momoshtrem.library import pins, torrents
from momoshtrem.model.stored import CachedRecord, KeptFile, Traffic
from momoshtrem.services.store import HEAD, TAIL, LibraryStore, find_ends, find_pinned, join, make_cached
from momoshtrem.torrents.containers.outline import Outline
from momoshtrem.torrents.engine import CachedTorrent, StoredTorrent
from momoshtrem.torrents.metainfo import parse_magnet
from tests.library.samples import HASH_A, assign, assignment, fill
from tests.services.rig import Rig, magnet_of, make_torrent

SIZE = 10**9
SIZES = st.integers(0, 100)
RANGES = st.builds(range, SIZES, SIZES)
TORRENT = make_torrent("Heat.mkv", trackers=("udp://one.test:1",))


@pytest.fixture
def store(rig: Rig) -> LibraryStore:
    return LibraryStore(rig.db)


async def test_what_is_saved_is_loaded(rig: Rig, store: LibraryStore) -> None:
    await rig.db.run(torrents.insert, TORRENT)
    await store.save_readable(TORRENT.info_hash, b"\xf0")
    await store.save_stamps(TORRENT.info_hash, b"\1\0\0\0")
    await store.save_traffic(TORRENT.info_hash, Traffic(1, 2, 3.5))
    await store.save_peers(TORRENT.info_hash, ("127.0.0.1:7",))
    assert (await rig.db.run(torrents.get, TORRENT.info_hash)).used_at is None
    outline = Outline(TORRENT.files[0].size, range(512), (range(5_000, 6_000),), 5_400.5)
    await store.save_outline(TORRENT.info_hash, 0, outline)
    loaded = await store.load(TORRENT.info_hash)
    assert (await rig.db.run(torrents.get, TORRENT.info_hash)).used_at is not None
    assert loaded == StoredTorrent(
        TORRENT, b"\xf0", ("127.0.0.1:7",), {0: outline}, b"\1\0\0\0", Traffic(1, 2, 3.5)
    )
    assert loaded.metainfo.trackers == ("udp://one.test:1",)


async def test_a_torrent_that_is_gone_is_not_saved(rig: Rig, store: LibraryStore) -> None:
    await store.save_outline(TORRENT.info_hash, 0, Outline(1))
    await store.save_readable(TORRENT.info_hash, b"\xf0")
    await store.save_stamps(TORRENT.info_hash, b"\1\0\0\0")
    await store.save_traffic(TORRENT.info_hash, Traffic(1, 2, 3.5))
    await store.save_peers(TORRENT.info_hash, ("127.0.0.1:7",))
    assert await store.load_files(TORRENT.info_hash) == ()
    with pytest.raises(NotFound):
        await store.load(TORRENT.info_hash)


async def test_a_torrent_without_metadata_cannot_be_loaded_yet(rig: Rig, store: LibraryStore) -> None:
    await rig.db.run(torrents.insert_magnet, parse_magnet(magnet_of(TORRENT)))
    with pytest.raises(Unavailable, match="not known yet"):
        await store.load(TORRENT.info_hash)


async def test_files_are_loaded_without_a_use(rig: Rig, store: LibraryStore) -> None:
    await rig.db.run(torrents.insert, TORRENT)
    assert await store.load_files(TORRENT.info_hash) == TORRENT.files
    assert (await rig.db.run(torrents.get, TORRENT.info_hash)).used_at is None


async def test_the_cache_is_listed_with_what_stays(rig: Rig, store: LibraryStore) -> None:
    await rig.db.run(fill)
    await rig.db.run(assign, assignment(HASH_A, 1, movie_id=1))
    assert await store.list_cached() == []
    await store.save_readable(HASH_A, b"\x80")
    await store.save_stamps(HASH_A, b"\1\0\0\0")
    ends = (range(SIZE, SIZE + HEAD), range(2 * SIZE - TAIL, 2 * SIZE))
    cached = CachedTorrent(HASH_A, 2**20, 3 * SIZE, b"\x80", b"\1\0\0\0", ends)
    assert await store.list_cached() == [cached]
    assert await store.find_cached(HASH_A) == cached
    assert await store.find_cached("f" * 40) is None
    await rig.db.run(pins.put, "movie", 1, pinned=True)
    assert (await store.list_cached())[0].pinned == (range(SIZE, 2 * SIZE),)


async def test_what_no_item_has_is_listed_too(rig: Rig, store: LibraryStore) -> None:
    await rig.db.run(fill)
    await store.save_readable(HASH_A, b"\x80")
    assert await store.list_cached() == [CachedTorrent(HASH_A, 2**20, 3 * SIZE, b"\x80")]


def test_ends_are_head_tail_and_the_known_index() -> None:
    file = KeptFile(100, SIZE, pinned=False, known=((0, 512), (SIZE // 2, SIZE // 2 + 10)))
    middle = 100 + SIZE // 2
    ends = (range(100, 100 + HEAD), range(middle, middle + 10), range(100 + SIZE - TAIL, 100 + SIZE))
    assert find_ends([file]) == ends
    record = CachedRecord(HASH_A, 2**20, SIZE, b"\x80", b"")
    assert make_cached(record, [file]) == CachedTorrent(HASH_A, 2**20, SIZE, b"\x80", b"", ends)


@pytest.mark.parametrize("size", [0, 1, TAIL, HEAD, HEAD + TAIL])
def test_a_small_file_is_all_ends(size: int) -> None:
    file = KeptFile(7, size, pinned=True, known=((0, 2**40),))
    assert find_ends([file]) == find_pinned([file]) == join([range(7, 7 + size)])


@given(st.lists(RANGES))
def test_joined_ranges_are_the_same_bytes_in_order_and_apart(ranges: list[range]) -> None:
    joined = join(ranges)
    assert {at for one in joined for at in one} == {at for one in ranges for at in one}
    assert all(joined)
    assert all(left.stop < right.start for left, right in pairwise(joined))
