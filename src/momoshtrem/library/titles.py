"""What movies and shows have in common: known by TMDB's id or by title and year, listed by title."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, insert, select, update

from momoshtrem.library.database import Tx
from momoshtrem.library.rows import AnyRow
from momoshtrem.model.media import NewMovie, NewShow
from momoshtrem.model.names import fold


def find_row(tx: Tx, table: Table, item_id: int) -> AnyRow | None:
    return tx.execute(select(table).where(table.c.id == item_id)).first()


def find_same(tx: Tx, table: Table, new: NewMovie | NewShow) -> int | None:
    """The id of the item that `new` names: by `tmdb_id`, else by title and year, those named by hand first.

    A namesake with another TMDB id is another item.
    """
    if new.tmdb_id is not None:
        same = tx.execute(select(table.c.id).where(table.c.tmdb_id == new.tmdb_id)).scalar()
        if same is not None:
            return int(same)
    namesakes = (
        select(table.c.id)
        .where(table.c.title_key == fold(new.title), table.c.year == new.year)
        .order_by(table.c.tmdb_id.is_not(None), table.c.id)
    )
    if new.tmdb_id is not None:
        namesakes = namesakes.where(table.c.tmdb_id.is_(None))
    return tx.execute(namesakes).scalar()


def adopt(tx: Tx, table: Table, item_id: int, tmdb_id: int | None) -> bool:
    """Give an item that was named by hand its TMDB id; whether it had none."""
    if tmdb_id is None:
        return False
    unknown = update(table).where(table.c.id == item_id, table.c.tmdb_id.is_(None))
    return bool(tx.execute(unknown.values(tmdb_id=tmdb_id)).rowcount)


def insert_row(tx: Tx, table: Table, new: NewMovie | NewShow, folder: str) -> AnyRow:
    """Insert an item whose title asks for the folder name `folder`."""
    return tx.execute(insert(table).returning(table), make_row(new, folder, tx.now)).one()


def make_row(new: NewMovie | NewShow, folder: str, added_at: datetime) -> dict[str, Any]:
    return {
        "title": new.title,
        "title_key": fold(new.title),
        "year": new.year,
        "tmdb_id": new.tmdb_id,
        "folder_key": fold(folder),
        "added_at": added_at,
    }


def select_by_title(table: Table, search: str | None) -> Select[*tuple[Any, ...]]:
    """Items in order of title, all or those whose title has `search` in it."""
    statement = select(table).order_by(table.c.title_key, table.c.id)
    if search:
        statement = statement.where(table.c.title_key.contains(fold(search), autoescape=True))
    return statement
