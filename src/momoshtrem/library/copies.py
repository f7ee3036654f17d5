"""A copy of the library to try things on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import MappingResult, Table, insert, select

from momoshtrem.events import EventBus
from momoshtrem.library import schema
from momoshtrem.library.database import Database, Snapshot, Tx

TEMPORARY = "sqlite:///file:?uri=true"
"""What SQLite keeps in memory as long as it is small, and else in a file that has no name."""
ROWS = 1000
"""That are copied at a time."""
COPIED = [table for table in schema.metadata.sorted_tables if table is not schema.metainfos]


@asynccontextmanager
async def copied(db: Database) -> AsyncIterator[Database]:
    """The library as it is at this moment but for the .torrent files, in a database that is gone afterwards.

    Others read and write meanwhile; what is emitted there nobody hears.
    """
    copy = Database(TEMPORARY, EventBus())
    try:
        await copy.run(_create)
        with db.snapshot() as snapshot:
            for table in COPIED:
                await _copy(snapshot, copy, table)
        yield copy
    finally:
        await copy.close()


async def _copy(snapshot: Snapshot, copy: Database, table: Table) -> None:
    rows = await snapshot.run(_select, table)
    while some := await snapshot.run(_fetch, rows):
        await copy.run(_insert, table, some)


def _create(tx: Tx) -> None:
    schema.metadata.create_all(tx.conn)


def _select(tx: Tx, table: Table) -> MappingResult:
    return tx.execute(select(table)).mappings()


def _fetch(_: Tx, rows: MappingResult) -> list[dict[str, Any]]:
    return [dict(row) for row in rows.fetchmany(ROWS)]


def _insert(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    tx.execute(insert(table), rows)
