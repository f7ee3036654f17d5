"""What the tree shows, each in one query; the columns are in the order of the dataclass."""

from __future__ import annotations

from sqlalchemy import select

from momoshtrem.library.database import Tx
from momoshtrem.library.schema import IS_SHOWN, assignments, episodes, movies, seasons, shows
from momoshtrem.model.listing import ListedEpisode, ListedMovie

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
    return [ListedMovie(*row) for row in tx.execute(statement).all()]


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
        .order_by(shows.c.id, seasons.c.number, episodes.c.number, assignments.c.version)
    )
    if show_id is not None:
        statement = statement.where(shows.c.id == show_id)
    return [ListedEpisode(*row) for row in tx.execute(statement).all()]
