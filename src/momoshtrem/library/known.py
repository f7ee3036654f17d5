"""Which titles of TMDB are in the library."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from momoshtrem.library.database import Tx
from momoshtrem.library.schema import movies, shows
from momoshtrem.model.search import Kind

TABLES = {"movie": movies, "show": shows}


def find_known(tx: Tx, kind: Kind, tmdb_ids: Collection[int]) -> dict[int, int]:
    """The ids of the items that are here, by their TMDB ids."""
    table = TABLES[kind]
    statement = select(table.c.tmdb_id, table.c.id).where(table.c.tmdb_id.in_(tmdb_ids))
    return {row.tmdb_id: row.id for row in tx.execute(statement)}
