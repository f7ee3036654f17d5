from __future__ import annotations

from dataclasses import replace

import pytest

from momoshtrem.errors import NotFound, Unavailable
from momoshtrem.events import MovieChanged, ShowChanged, TorrentRemoved
from momoshtrem.library import torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.stored import TorrentState, Traffic
from tests.library.samples import (
    HASH_A,
    HASH_B,
    CountingTx,
    Recorder,
    assign,
    assignment,
    fill,
    magnet,
    metainfo,
)


async def test_insert_then_get(db: Database) -> None:
    whole = replace(metainfo(), trackers=("udp://one.test:1", "udp://two.test:2"))
    record = await db.run(torrents.insert, whole, ("127.0.0.1:1",))
    assert record.state is TorrentState.READY
    assert (record.name, record.piece_length, record.total_size) == ("Release", 2**20, 3 * 10**9)
    assert record.trackers == ("udp://one.test:1", "udp://two.test:2")
    assert record.peers == ("127.0.0.1:1",)
    assert (record.readable, record.used_at) == (b"", None)
    assert (record.stamps, record.traffic) == (b"", Traffic())
    assert await db.run(torrents.get, HASH_A) == record
    assert await db.run(torrents.find_files, HASH_A) == list(metainfo().files)
    assert await db.run(torrents.get_metainfo, HASH_A) == whole


async def test_insert_again_adds_peers_and_trackers_only(db: Database) -> None:
    await db.run(torrents.insert, metainfo(), ("127.0.0.1:1",))
    await db.run(torrents.update_readable, HASH_A, b"\xf0")
    record = await db.run(torrents.insert, metainfo(), ("127.0.0.1:2", "127.0.0.1:1"))
    assert record.peers == ("127.0.0.1:1", "127.0.0.1:2")
    assert record.trackers == ("udp://one.test:1",)
    assert record.readable == b"\xf0"
    assert len(await db.run(torrents.find_files, HASH_A)) == 3


async def test_a_magnet_waits_until_its_metadata_comes(db: Database) -> None:
    waiting = await db.run(torrents.insert_magnet, magnet())
    assert waiting.state is TorrentState.AWAITING_METADATA
    assert (waiting.magnet_uri, waiting.peers) == (magnet().uri, ("127.0.0.1:6881",))
    assert await db.run(torrents.find_files, HASH_A) == []
    with pytest.raises(Unavailable, match="not known yet"):
        await db.run(torrents.get_metainfo, HASH_A)

    ready = await db.run(torrents.insert, metainfo())
    assert ready.state is TorrentState.READY
    assert ready.magnet_uri == magnet().uri
    assert ready.trackers == ("udp://two.test:2", "udp://one.test:1")
    assert ready.added_at == waiting.added_at


async def test_a_failed_torrent_tells_why_and_may_be_tried_again(db: Database) -> None:
    await db.run(torrents.insert_magnet, magnet())
    await db.run(torrents.set_failed, HASH_A, "no peers")
    failed = await db.run(torrents.get, HASH_A)
    assert (failed.state, failed.reason) == (TorrentState.FAILED, "no peers")
    with pytest.raises(Unavailable, match="no peers"):
        await db.run(torrents.get_metainfo, HASH_A)
    again = await db.run(torrents.insert_magnet, magnet())
    assert (again.state, again.reason) == (TorrentState.AWAITING_METADATA, None)


async def test_a_ready_torrent_neither_fails_nor_waits_again(db: Database) -> None:
    await db.run(torrents.insert, metainfo())
    await db.run(torrents.set_failed, HASH_A, "too late")
    record = await db.run(torrents.insert_magnet, magnet())
    assert (record.state, record.reason) == (TorrentState.READY, None)
    assert record.peers == ("127.0.0.1:6881",)


async def test_updates_of_one_torrent_leave_the_others(db: Database) -> None:
    await db.run(torrents.insert, metainfo(), ("127.0.0.1:1",))
    other = await db.run(torrents.insert, metainfo(HASH_B))
    await db.run(torrents.update_peers, HASH_A, ("127.0.0.1:3", "127.0.0.1:2"))
    await db.run(torrents.update_readable, HASH_A, b"\x80")
    await db.run(torrents.update_stamps, HASH_A, b"\1\0\0\0")
    await db.run(torrents.update_traffic, HASH_A, Traffic(2**40, 2**41, 0.5))
    await db.run(torrents.update_used, HASH_A)
    record = await db.run(torrents.get, HASH_A)
    assert record.peers == ("127.0.0.1:3", "127.0.0.1:2")
    assert record.readable == b"\x80"
    assert (record.stamps, record.traffic) == (b"\1\0\0\0", Traffic(2**40, 2**41, 0.5))
    assert record.used_at is not None
    assert record.used_at >= record.added_at
    assert await db.run(torrents.get, HASH_B) == other


async def test_updates_of_a_torrent_that_is_gone_do_nothing(db: Database) -> None:
    await db.run(torrents.update_readable, HASH_A, b"\x80")
    await db.run(torrents.update_stamps, HASH_A, b"\1\0\0\0")
    await db.run(torrents.update_traffic, HASH_A, Traffic(1, 1, 1.0))
    await db.run(torrents.update_peers, HASH_A, ())
    assert await db.run(torrents.find, HASH_A) is None


async def test_pages_have_the_latest_first(db: Database) -> None:
    await db.run(torrents.insert, metainfo(HASH_B))
    await db.run(torrents.insert_magnet, magnet(HASH_A))
    page = await db.run(torrents.list_page, 9, 0)
    assert [record.info_hash for record in page.items] == [HASH_A, HASH_B]
    assert (await db.run(torrents.list_page, 1, 1)).items == page.items[1:]


async def test_many_files_take_as_many_statements_as_few(db: Database) -> None:
    def count(tx: Tx, info_hash: str, file_count: int) -> int:
        counting = CountingTx(tx.conn, tx.now)
        torrents.insert(counting, metainfo(info_hash, file_count))
        assert len(torrents.find_files(tx, info_hash)) == file_count
        return counting.statements

    assert await db.run(count, HASH_A, 5000) == await db.run(count, HASH_B, 1)


async def test_delete_tells_every_item_that_lost_a_file(db: Database, recorder: Recorder) -> None:
    def prepare(tx: Tx) -> None:
        fill(tx)
        assign(tx, assignment(HASH_B, movie_id=1))
        assign(tx, assignment(HASH_A, movie_id=1), assignment(HASH_A, 1, episode_id=2))

    await db.run(prepare)
    recorder.take()
    await db.run(torrents.delete, HASH_A)
    assert recorder.events == [MovieChanged(1), ShowChanged(1), TorrentRemoved(HASH_A)]
    assert await db.run(torrents.find_files, HASH_A) == []


@pytest.mark.parametrize("fn", [torrents.get, torrents.get_metainfo, torrents.delete])
async def test_no_such_torrent(db: Database, fn: object) -> None:
    with pytest.raises(NotFound, match=HASH_A):
        await db.run(fn, HASH_A)  # type: ignore[arg-type]


class TestHybrid:
    """One torrent with two hashes, of which a link may name either or both."""

    V2 = "c" * 64
    WHOLE = replace(metainfo(), info_hash_v2=V2)

    async def test_it_is_found_by_either(self, db: Database) -> None:
        record = await db.run(torrents.insert, self.WHOLE)
        assert (record.info_hash, record.info_hash_v2) == (HASH_A, self.V2)
        assert await db.run(torrents.get, self.V2) == record
        assert (await db.run(torrents.get_metainfo, self.V2)).info_hash == HASH_A
        assert (await db.run(torrents.get_metainfo, HASH_A)).info_hash_v2 == self.V2
        assert (await db.run(torrents.delete, self.V2)).info_hash == HASH_A
        assert await db.run(torrents.find, HASH_A) is None

    async def test_both_are_listed(self, db: Database) -> None:
        await db.run(torrents.insert, self.WHOLE)
        await db.run(torrents.insert, metainfo(HASH_B))
        assert await db.run(torrents.find_hashes) == {HASH_A, self.V2, HASH_B}

    async def test_a_link_by_the_second_hash_finds_the_stored_one(self, db: Database) -> None:
        await db.run(torrents.insert, self.WHOLE)
        record = await db.run(torrents.insert_magnet, magnet(self.V2))
        assert (record.info_hash, record.state) == (HASH_A, TorrentState.READY)
        assert record.peers == ("127.0.0.1:6881",)
        assert (await db.run(torrents.list_page, 9, 0)).total == 1

    async def test_links_that_wait_apart_become_one(self, db: Database) -> None:
        first = await db.run(torrents.insert_magnet, replace(magnet(self.V2), peers=("127.0.0.1:1",)))
        await db.run(torrents.insert_magnet, replace(magnet(HASH_A), peers=("127.0.0.1:2",)))
        record = await db.run(torrents.insert, self.WHOLE, ("127.0.0.1:3",))
        assert (record.info_hash, record.info_hash_v2) == (HASH_A, self.V2)
        assert (record.state, record.added_at) == (TorrentState.READY, first.added_at)
        assert record.peers == ("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3")
        assert await db.run(torrents.find_files, HASH_A) == list(self.WHOLE.files)
        assert (await db.run(torrents.list_page, 9, 0)).total == 1

    async def test_a_link_with_both_joins_those_that_wait(self, db: Database) -> None:
        await db.run(torrents.insert_magnet, magnet(self.V2))
        both = await db.run(torrents.insert_magnet, replace(magnet(HASH_A), info_hash_v2=self.V2))
        assert (both.info_hash, both.info_hash_v2) == (HASH_A, self.V2)
        assert await db.run(torrents.insert_magnet, magnet(self.V2)) == replace(
            both, magnet_uri=magnet(self.V2).uri
        )

    async def test_a_torrent_of_old_learns_its_second_hash(self, db: Database) -> None:
        await db.run(torrents.insert, metainfo())
        await db.run(torrents.insert_magnet, magnet(self.V2))
        record = await db.run(torrents.insert, self.WHOLE)
        assert record.info_hash_v2 == self.V2
        assert (await db.run(torrents.list_page, 9, 0)).total == 1

    async def test_a_search_by_the_second_hash_may_fail(self, db: Database) -> None:
        await db.run(torrents.insert_magnet, replace(magnet(HASH_A), info_hash_v2=self.V2))
        await db.run(torrents.set_failed, self.V2, "no peers")
        assert (await db.run(torrents.get, HASH_A)).state is TorrentState.FAILED


async def test_traffic_is_summed_up(db: Database) -> None:
    assert await db.run(torrents.sum_traffic, ()) == Traffic()
    for number, info_hash in enumerate((HASH_A, HASH_B), 1):
        await db.run(torrents.insert, metainfo(info_hash))
        await db.run(torrents.update_traffic, info_hash, Traffic(number, 10 * number, 0.5))
    assert await db.run(torrents.sum_traffic, ()) == Traffic(3, 30, 1.0)
    assert await db.run(torrents.sum_traffic, (HASH_B,)) == Traffic(1, 10, 0.5)


async def test_private_torrents_are_counted(db: Database) -> None:
    await db.run(torrents.insert, metainfo())
    await db.run(torrents.insert, replace(metainfo(HASH_B), private=True))
    assert await db.run(torrents.count_private) == 1
