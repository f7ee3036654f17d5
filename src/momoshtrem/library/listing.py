"""What the tree shows, each in one query; the columns are in the order of the tuple.

Rows are sorted here and not by the database, which takes longer for it: a start waits for 100,000 of them.
"""

from __future__ import annotations

from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Select, select

from momoshtrem.library.database import Tx
from momoshtrem.library.schema import IS_SHOWN, assignments, episodes, movies, seasons, shows
from momoshtrem.model.listing import ListedEpisode, ListedMovie

Row = TypeVar("Row", bound=tuple[Any, ...])

MOVIES_IN_ORDER = itemgetter(*map(ListedMovie._fields.index, ("movie_id", "version")))
EPISODES_IN_ORDER = itemgetter(
    *map(ListedEpisode._fields.index, ("show_id", "season_number", "number", "version"))
)
_FILE = assignments.c["version", "path", "info_hash", "file_index", "size", "assigned_at"]


def find_listed_movies(tx: Tx, movie_id: int | None = None) -> list[ListedMovie]:
    """The files shown of all movies, or of one."""
    statement = (
        select(movies.c.id, movies.c.path_name, movies.c.tmdb_id, *_FILE)
        .join_from(movies, assignments)
        .where(IS_SHOWN)
    )
    if movie_id is not None:
        statement = statement.where(movies.c.id == movie_id)
    return sorted(_fetch(tx, statement, ListedMovie), key=MOVIES_IN_ORDER)


def find_listed_episodes(tx: Tx, show_id: int | None = None) -> list[ListedEpisode]:
    """The files shown of all episodes, or of those of one show."""
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
        .where(IS_SHOWN)
    )
    if show_id is not None:
        statement = statement.where(shows.c.id == show_id)
    return sorted(_fetch(tx, statement, ListedEpisode), key=EPISODES_IN_ORDER)


def _fetch(tx: Tx, statement: Select[*tuple[Any, ...]], kind: type[Row]) -> list[Row]:
    """Rows of a kind, made of the driver's own, of which only the moment at the end needs a type.

    Column by column, in calls that run in C: SQLAlchemy's rows take longer.
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
