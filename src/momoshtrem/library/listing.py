"""What the tree shows, each in one query; the columns are in the order of the tuple."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any, TypeVar

from sqlalchemy import Select, select

from momoshtrem.library.database import Tx
from momoshtrem.library.schema import IS_SHOWN, assignments, episodes, movies, seasons, shows
from momoshtrem.model.listing import ListedEpisode, ListedMovie

Row = TypeVar("Row", bound=tuple[Any, ...])

_FILE = assignments.c["version", "path", "info_hash", "file_index", "size", "assigned_at"]


def find_listed_movies(tx: Tx, movie_id: int | None = None) -> list[ListedMovie]:
    """The files shown of all movies, or of one."""
    statement = (
        select(movies.c.id, movies.c.path_name, movies.c.tmdb_id, *_FILE)
        .join_from(movies, assignments)
        .where(IS_SHOWN)
        .order_by(movies.c.id, assignments.c.version)
    )
    if movie_id is not None:
        statement = statement.where(movies.c.id == movie_id)
    return _fetch(tx, statement, ListedMovie)


def find_listed_episodes(tx: Tx, show_id: int | None = None) -> list[ListedEpisode]:
    """The files shown of all episodes, or of those of one show."""
    # A condition on shows makes SQLite walk from them on, in the order asked for, instead of sorting.
    wanted = shows.c.id > 0 if show_id is None else shows.c.id == show_id
    statement = (
        select(
            shows.c.id,
            shows.c.path_name,
            shows.c.tmdb_id,
            seasons.c.number,
            episodes.c.number,
            episodes.c.path_name,
            *_FILE,
        )
        .select_from(shows)
        .join(seasons)
        .join(episodes)
        .join(assignments)
        .where(wanted, IS_SHOWN)
        .order_by(shows.c.id, seasons.c.number, episodes.c.number, assignments.c.version)
    )
    return _fetch(tx, statement, ListedEpisode)


def _fetch(tx: Tx, statement: Select[*tuple[Any, ...]], kind: type[Row]) -> list[Row]:
    """Rows of a kind, made of the driver's own, of which only the moment at the end needs a type.

    Column by column, since a start waits for 100,000 of them: SQLAlchemy's rows take three times as long.
    """
    convert = assignments.c.assigned_at.type.dialect_impl(tx.conn.dialect).result_processor(
        tx.conn.dialect, None
    )
    cursor = tx.execute(statement).cursor
    assert convert
    assert cursor is not None
    rows = cursor.fetchall()
    if not rows:
        return []
    *columns, moments = zip(*rows, strict=True)
    times = map(lru_cache(convert), moments)
    return list(map(partial(tuple.__new__, kind), zip(*columns, times, strict=True)))
