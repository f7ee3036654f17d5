"""What the tree shows, each in one query.

A start waits for all of it, 100,000 episodes perhaps, so what Python does for each row is kept small: the
episodes of a show come from the database packed as one JSON text, to be unpacked when somebody looks at it.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Text, cast, func, select

from momoshtrem.library.database import Tx
from momoshtrem.library.schema import IS_SHOWN, assignments, episodes, in_utc, movies, seasons, shows
from momoshtrem.model.listing import ListedEpisode, ListedMovie, ListedShow

MOVIES_IN_ORDER = itemgetter(*map(ListedMovie._fields.index, ("movie_id", "version")))
FILE = assignments.c["path", "info_hash", "file_index", "size", "assigned_at"]
EPISODE = (seasons.c.number, episodes.c.number, assignments.c.version, episodes.c.path_name, *FILE)
"""In the order of the fields of `ListedEpisode`, as those of a movie's file are in that of `ListedMovie`."""

PACKED: dict[str, ColumnElement[str]] = {
    "sqlite": func.json_group_array(func.json_array(*EPISODE)),
    "postgresql": cast(func.json_agg(func.json_build_array(*EPISODE)), Text),
}


def find_listed_movies(tx: Tx, movie_id: int | None = None) -> list[ListedMovie]:
    """The files shown of all movies, or of one."""
    statement = (
        select(movies.c.id, movies.c.path_name, movies.c.tmdb_id, assignments.c.version, *FILE)
        .join_from(movies, assignments)
        .where(IS_SHOWN)
    )
    if movie_id is not None:
        statement = statement.where(movies.c.id == movie_id)
    return sorted(map(ListedMovie._make, tx.execute(statement)), key=MOVIES_IN_ORDER)


def find_listed_shows(tx: Tx, show_id: int | None = None) -> list[ListedShow]:
    """All shows with the files shown of their episodes, or one such show."""
    newest, packed = map(_of_show, (func.max(assignments.c.assigned_at), PACKED[tx.conn.dialect.name]))
    statement = select(shows.c.id, shows.c.path_name, shows.c.tmdb_id, newest, packed)
    if show_id is not None:
        statement = statement.where(shows.c.id == show_id)
    listed = (row for row in tx.execute(statement) if row[-2])
    return [ListedShow._make((*row[:-1], partial(_unpack, row[-1]))) for row in listed]


def _of_show(value: ColumnElement[Any]) -> ScalarSelect[Any]:
    """An aggregate of a show's files. To group all files by their show takes SQLite twice as long."""
    files = seasons.join(episodes).join(assignments)
    return select(value).select_from(files).where(IS_SHOWN, seasons.c.show_id == shows.c.id).scalar_subquery()


def _unpack(text: str) -> list[ListedEpisode]:
    rows = sorted(json.loads(text))
    return [ListedEpisode._make((*row[:-1], _moment(row[-1]))) for row in rows]


@lru_cache(maxsize=16)
def _moment(text: str) -> datetime:
    """Kept for a while, since the files of a pack have one in common."""
    return in_utc(datetime.fromisoformat(text))
