from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.library import outlines, torrents
from momoshtrem.library.database import Database
from momoshtrem.model.stored import OutlineRecord
from tests.library.samples import HASH_A, HASH_B, metainfo, transaction

SIZES = st.integers(0, 2**40)
RECORDS = st.builds(
    OutlineRecord,
    file_index=st.integers(0, 9),
    head=st.integers(0, 2**21),
    parts=st.lists(st.tuples(SIZES, SIZES), max_size=3).map(tuple),
    duration=st.none() | st.floats(0.1, 1e6),
)
RECORD = OutlineRecord(1, 512, ((5_000_000_000, 6_000_000_000),), 5_400.5)


@given(st.lists(RECORDS, unique_by=lambda record: record.file_index, max_size=4))
def test_what_was_put_is_found(records: list[OutlineRecord]) -> None:
    with transaction() as tx:
        torrents.insert(tx, metainfo())
        for record in records:
            outlines.put(tx, HASH_A, record)
        assert outlines.find_for_torrent(tx, HASH_A) == sorted(records, key=lambda one: one.file_index)
        assert outlines.find_for_torrent(tx, HASH_B) == []


async def test_the_latest_counts(db: Database) -> None:
    await db.run(torrents.insert, metainfo())
    for duration in (None, 60.0):
        await db.run(outlines.put, HASH_A, replace(RECORD, duration=duration))
    assert await db.run(outlines.find_for_torrent, HASH_A) == [replace(RECORD, duration=60.0)]


async def test_it_goes_with_its_torrent(db: Database) -> None:
    await db.run(torrents.insert, metainfo())
    await db.run(outlines.put, HASH_A, RECORD)
    await db.run(torrents.delete, HASH_A)
    await db.run(outlines.put, HASH_A, RECORD)
    assert await db.run(outlines.find_for_torrent, HASH_A) == []
