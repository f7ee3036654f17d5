"""Which item a path is about, also one that is not listed now."""

from __future__ import annotations

from sqlalchemy import Table, or_, select

from momoshtrem.library.database import Tx
from momoshtrem.library.schema import episodes, movies, seasons, shows
from momoshtrem.model.names import fold


def find_movie_by_folder(tx: Tx, name: str, tmdb_id: int | None = None) -> int | None:
    """The id of the movie whose folder has that name, or would have it; `tmdb_id` is that of its tag."""
    return _find_by_folder(tx, movies, name, tmdb_id)


def find_show_by_folder(tx: Tx, name: str, tmdb_id: int | None = None) -> int | None:
    """As `find_movie_by_folder`, for shows."""
    return _find_by_folder(tx, shows, name, tmdb_id)


def find_episode(tx: Tx, show_id: int, season: int, number: int) -> int | None:
    """The id of an episode by its numbers."""
    statement = (
        select(episodes.c.id)
        .join(seasons)
        .where(seasons.c.show_id == show_id, seasons.c.number == season, episodes.c.number == number)
    )
    return tx.execute(statement).scalar()


def _find_by_folder(tx: Tx, titles: Table, name: str, tmdb_id: int | None) -> int | None:
    """A name that was given for good counts most, one that is only asked for least."""
    key, columns = fold(name), titles.c
    statement = (
        select(columns.id)
        .where(or_(columns.path_key == key, columns.tmdb_id == tmdb_id, columns.folder_key == key))
        .order_by(
            columns.path_key.is_distinct_from(key), columns.tmdb_id.is_distinct_from(tmdb_id), columns.id
        )
        .limit(1)
    )
    return tx.execute(statement).scalar()
