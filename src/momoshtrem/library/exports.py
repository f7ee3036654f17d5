"""The whole library in an order that does not depend on when what was added."""

from __future__ import annotations

from sqlalchemy import Table, func, select

from momoshtrem.library.database import Tx
from momoshtrem.library.schema import metainfos, movies, shows, torrents


def list_movies(tx: Tx) -> list[int]:
    """The ids of all movies."""
    return _list(tx, movies)


def list_shows(tx: Tx) -> list[int]:
    """The ids of all shows."""
    return _list(tx, shows)


def list_torrents(tx: Tx) -> list[str]:
    """The info-hashes of all torrents."""
    return list(tx.execute(select(torrents.c.info_hash).order_by(torrents.c.info_hash)).scalars())


def find_ended(tx: Tx) -> set[int]:
    """The ids of the shows that get no further episodes."""
    return set(tx.execute(select(shows.c.id).where(shows.c.ended)).scalars())


def find_blob(tx: Tx, info_hash: str) -> bytes | None:
    """The .torrent file of a torrent, None before its metadata is known."""
    return tx.execute(select(metainfos.c.blob).where(metainfos.c.info_hash == info_hash)).scalar()


def _list(tx: Tx, table: Table) -> list[int]:
    order = (table.c.title_key, func.coalesce(table.c.year, 0), func.coalesce(table.c.tmdb_id, 0))
    return list(tx.execute(select(table.c.id).order_by(*order)).scalars())
