"""The database as a file of SQLite: copied while others write to it, and looked into."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from momoshtrem.errors import InvalidInput, NotFound, StorageFailed

PAGES = 256
"""Of the database, that are copied between two looks at how far it is."""

NO_LIBRARY = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR)
"""Codes of errors that the file is at fault for: not SQLite, damaged, without the tables."""

Tell = Callable[[int, int], None]
"""Is told how much is done, and of how much."""


def find_file(url: str) -> Path | None:
    """The file of a database URL; None where there is none, as with PostgreSQL."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def copy(source: Path, target: Path, tell: Tell) -> None:
    """Copy a database as it is at this moment, though it is written to meanwhile.

    Raises NotFound when it is not there, and as `read_revision`.
    """
    if not source.exists():
        raise NotFound(f"There is no database {source}; the server makes it when it starts.")
    with _opened(source, "rw") as origin, closing(sqlite3.connect(target)) as copied:
        # A transaction on our side, or each change by others would start the copy over.
        origin.execute("BEGIN")
        origin.execute("SELECT count(*) FROM sqlite_master")
        origin.backup(copied, pages=PAGES, progress=lambda _, left, total: tell(total - left, total))
        copied.execute("PRAGMA journal_mode = DELETE")


def read_revision(path: Path, *, still: bool = False) -> str:
    """The revision of a sound database's schema; `still`: nobody has it open, and no trace is to be left.

    Raises InvalidInput when it is damaged or not a library, StorageFailed when the disk fails.
    """
    with _opened(path, "ro&immutable=1" if still else "ro") as opened:
        (found,) = opened.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise InvalidInput(f"The database {path.name} is damaged ({found}).")
        row = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise InvalidInput(f"{path.name} is no database of momoshtrem.")
    return str(row[0])


def forget_pieces(path: Path) -> None:
    """Claim no piece of any torrent to be on disk. Raises as `read_revision`."""
    with _opened(path, "rw") as opened, opened:
        opened.execute("UPDATE torrents SET readable = x''")


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True)) as opened:
            opened.execute("PRAGMA busy_timeout = 5000")
            yield opened
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF in NO_LIBRARY:
            raise InvalidInput(f"{path.name} is no database of momoshtrem ({error}).") from error
        raise StorageFailed(f"The database {path} cannot be read or copied ({error}).") from error
