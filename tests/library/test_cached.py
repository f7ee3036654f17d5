from __future__ import annotations

from dataclasses import replace

import pytest

from momoshtrem.library import assignments, cached, outlines, pins, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.stored import CachedRecord, KeptFile, OutlineRecord, Traffic
from momoshtrem.model.torrent import Metainfo
from tests.library.samples import (
    HASH_A,
    HASH_B,
    HASH_C,
    CountingTx,
    assign,
    assignment,
    fill,
    metainfo,
)

SIZE = 10**9
FIRST, SECOND = KeptFile(0, SIZE, pinned=False), KeptFile(SIZE, SIZE, pinned=False)


@pytest.fixture
async def filled(db: Database) -> Database:
    await db.run(fill)
    return db


async def test_a_torrent_without_a_bit_is_not_cached(filled: Database) -> None:
    await filled.run(torrents.update_readable, HASH_B, b"\0\0")
    await filled.run(torrents.update_readable, HASH_C, b"\0\x10")
    await filled.run(torrents.update_stamps, HASH_C, b"\7\0\0\0")
    assert await filled.run(cached.find_cached) == [
        CachedRecord(HASH_C, 2**20, 3 * SIZE, b"\0\x10", b"\7\0\0\0")
    ]


async def test_a_torrent_that_was_never_read_has_no_stamps(filled: Database) -> None:
    await filled.run(torrents.update_readable, HASH_A, b"\x80")
    (found,) = await filled.run(cached.find_cached)
    assert found.stamps == b""


async def test_shown_files_and_standbys_are_kept(filled: Database) -> None:
    await filled.run(assign, assignment(HASH_A, 1, movie_id=1), assignment(HASH_A, 0, movie_id=1))
    assert await filled.run(cached.find_kept, HASH_A) == {HASH_A: [FIRST, SECOND]}
    assert await filled.run(cached.find_kept, HASH_B) == {}


async def test_what_is_only_proposed_is_not_kept(filled: Database) -> None:
    await filled.run(assign, replace(assignment(HASH_A, 0, movie_id=1), proposed=True))
    assert await filled.run(cached.find_kept, HASH_A) == {}


async def test_without_a_name_all_in_the_cache_are_meant(filled: Database) -> None:
    await filled.run(assign, assignment(HASH_A, 0, movie_id=1), assignment(HASH_B, 1, movie_id=1))
    await filled.run(torrents.update_readable, HASH_B, b"\x80")
    assert await filled.run(cached.find_kept) == {HASH_B: [SECOND]}


async def test_what_was_learned_of_a_file_comes_with_it(filled: Database) -> None:
    await filled.run(assign, assignment(HASH_A, 0, movie_id=1), assignment(HASH_A, 1, movie_id=1))
    await filled.run(outlines.put, HASH_A, OutlineRecord(1, 512, ((1_000, 2_000), (5_000, 6_000)), None))
    known = replace(SECOND, known=((0, 512), (1_000, 2_000), (5_000, 6_000)))
    assert await filled.run(cached.find_kept, HASH_A) == {HASH_A: [FIRST, known]}


async def test_a_file_of_two_episodes_is_pinned_by_either(filled: Database) -> None:
    await filled.run(assign, assignment(HASH_A, 0, episode_id=1), assignment(HASH_A, 0, episode_id=2))
    for episode_id in (1, 2):
        await filled.run(pins.put, "episode", episode_id, pinned=True)
        assert await filled.run(cached.find_kept, HASH_A) == {HASH_A: [replace(FIRST, pinned=True)]}
        await filled.run(pins.put, "episode", episode_id, pinned=False)


async def test_what_stands_by_for_a_pinned_item_is_not_pinned(filled: Database) -> None:
    await filled.run(assign, assignment(HASH_A, 1, movie_id=1), assignment(HASH_A, 0, movie_id=1))
    await filled.run(pins.put, "movie", 1, pinned=True)
    assert await filled.run(cached.find_kept, HASH_A) == {HASH_A: [replace(FIRST, pinned=True), SECOND]}
    (shown, _) = await filled.run(assignments.find_for_movie, 1)
    await filled.run(assignments.delete, shown.id)
    assert await filled.run(cached.find_kept, HASH_A) == {HASH_A: [replace(SECOND, pinned=True)]}


async def test_many_torrents_take_as_many_statements_as_few(db: Database) -> None:
    def run(tx: Tx) -> int:
        for number in range(50):
            one = replace(metainfo(f"{number:040x}"), name=str(number))
            store(tx, one)
        counting = CountingTx(tx.conn, tx.now)
        assert len(cached.find_cached(counting)) == len(cached.find_kept(counting)) == 50
        return counting.statements

    await db.run(fill)
    assert await db.run(run) == 2


def store(tx: Tx, one: Metainfo) -> None:
    torrents.insert(tx, one)
    torrents.update_readable(tx, one.info_hash, b"\x80")
    assign(tx, assignment(one.info_hash, 0, movie_id=1))


async def test_traffic_is_told_of_what_is_cached(filled: Database) -> None:
    await filled.run(torrents.update_readable, HASH_A, b"\x80")
    await filled.run(torrents.update_readable, HASH_B, b"\0")
    for info_hash in (HASH_A, HASH_B):
        await filled.run(torrents.update_traffic, info_hash, Traffic(1, 2, 3.5))
    assert await filled.run(cached.find_traffic) == {HASH_A: Traffic(1, 2, 3.5)}
