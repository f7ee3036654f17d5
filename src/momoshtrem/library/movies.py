"""Movies of the library."""

from __future__ import annotations

from sqlalchemy import delete as delete_from
from sqlalchemy import select

from momoshtrem.errors import NotFound
from momoshtrem.events import MovieChanged
from momoshtrem.library import titles
from momoshtrem.library.database import Tx
from momoshtrem.library.rows import AnyRow, fetch_page
from momoshtrem.library.schema import movies
from momoshtrem.model.media import Movie, NewMovie, Page
from momoshtrem.model.names import movie_folder


def insert(tx: Tx, new: NewMovie) -> tuple[Movie, bool]:
    """The movie, and whether it is new: one with the same TMDB id, or title and year, is kept."""
    if (found := titles.find_same(tx, movies, new)) is not None:
        if titles.adopt(tx, movies, found, new.tmdb_id):
            tx.emit(MovieChanged(found))
        return get(tx, found), False
    row = titles.insert_row(tx, movies, new, movie_folder(new.title, new.year))
    tx.emit(MovieChanged(row.id))
    return _movie(row), True


def get(tx: Tx, movie_id: int) -> Movie:
    if (row := titles.find_row(tx, movies, movie_id)) is None:
        raise _missing(movie_id)
    return _movie(row)


def find_by_tmdb(tx: Tx, tmdb_id: int) -> Movie | None:
    row = tx.execute(select(movies).where(movies.c.tmdb_id == tmdb_id)).first()
    return _movie(row) if row else None


def list_page(
    tx: Tx, limit: int, offset: int, search: str | None = None, pinned: bool | None = None
) -> Page[Movie]:
    """Movies in order of title, all, only those pinned or only the others.

    `search` is a part of the title in any case.
    """
    statement = titles.select_by_title(movies, search)
    if pinned is not None:
        statement = statement.where(movies.c.pinned == pinned)
    return fetch_page(tx, statement, _movie, limit, offset)


def delete(tx: Tx, movie_id: int) -> None:
    """Delete the movie and its assignments; their torrents stay."""
    if not tx.execute(delete_from(movies).where(movies.c.id == movie_id)).rowcount:
        raise _missing(movie_id)
    tx.emit(MovieChanged(movie_id))


def _missing(movie_id: int) -> NotFound:
    return NotFound(f"There is no movie {movie_id} in the library.")


def _movie(row: AnyRow) -> Movie:
    return Movie(row.id, row.title, row.year, row.tmdb_id, row.path_name, row.added_at, row.pinned)
