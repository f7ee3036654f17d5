from __future__ import annotations

from sqlalchemy import Table, func, select

from momoshtrem.library import movies, schema, shows, torrents
from momoshtrem.library.copies import copied
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import NewMovie
from tests.library.samples import FARGO, HASH_A, HEAT, Recorder, metainfo


def stock(tx: Tx) -> None:
    movies.insert(tx, HEAT)
    shows.insert(tx, FARGO)
    torrents.insert(tx, metainfo(HASH_A))


def count(tx: Tx, table: Table) -> int:
    found: int = tx.execute(select(func.count()).select_from(table)).scalar_one()
    return found


async def test_a_copy_has_all_but_the_torrent_files(db: Database) -> None:
    await db.run(stock)
    async with copied(db) as copy:
        for table in schema.metadata.sorted_tables:
            there = await db.run(count, table)
            assert await copy.run(count, table) == (0 if table is schema.metainfos else there)
        assert await copy.run(torrents.find, HASH_A) == await db.run(torrents.find, HASH_A)
        assert await copy.run(shows.get, 1) == await db.run(shows.get, 1)


async def test_what_is_tried_on_it_is_lost(db: Database, recorder: Recorder) -> None:
    await db.run(stock)
    recorder.take()
    async with copied(db) as copy:
        await copy.run(movies.insert, NewMovie("Tried"))
        await copy.run(torrents.delete, HASH_A)
    assert recorder.take() == []
    assert (await db.run(movies.list_page, 9, 0)).total == 1
    assert await db.run(torrents.find_hashes) == {HASH_A}


async def test_others_write_while_it_is_there(db: Database) -> None:
    async with copied(db) as copy:
        await db.run(movies.insert, HEAT)
        assert (await copy.run(movies.list_page, 9, 0)).total == 0
