"""Freezes the names that paths are made of: once an item has been listed, its path never moves."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Table, and_, bindparam, exists, or_, select, update

from momoshtrem.library.database import Tx
from momoshtrem.library.rows import AnyRow
from momoshtrem.library.schema import episodes, movies, shows
from momoshtrem.model.names import episode_title, fold, movie_folder, show_folder, with_tag


def freeze_movies(tx: Tx, movie_ids: Collection[int]) -> None:
    """Give movies their folder names, where they have none yet."""
    _freeze_folders(tx, movies, movie_ids)


def freeze_shows(tx: Tx, show_ids: Collection[int]) -> None:
    """Give shows their folder names, where they have none yet."""
    _freeze_folders(tx, shows, show_ids)


def freeze_episodes(tx: Tx, episode_ids: Collection[int]) -> None:
    """Give episodes their titles within file names, "" to those without a name."""
    if not episode_ids:
        return
    unnamed = select(episodes.c.id, episodes.c.name).where(
        episodes.c.id.in_(episode_ids), episodes.c.path_name.is_(None)
    )
    rows = [{"row_id": row.id, "path_name": episode_title(row.name)} for row in tx.execute(unnamed)]
    if rows:
        tx.execute(update(episodes).where(episodes.c.id == bindparam("row_id")), rows)


def _freeze_folders(tx: Tx, table: Table, item_ids: Collection[int]) -> None:
    if not item_ids:
        return
    unnamed = select(table).where(table.c.id.in_(item_ids), table.c.path_name.is_(None))
    for item in tx.execute(unnamed.order_by(table.c.id)).all():
        name = _find_folder(tx, table, item)
        tx.execute(update(table).where(table.c.id == item.id).values(path_name=name, path_key=fold(name)))


def _find_folder(tx: Tx, table: Table, item: AnyRow) -> str:
    """The plain name, or one with a tag where that is taken."""
    folder = movie_folder if table is movies else show_folder
    plain = folder(item.title, item.year)
    names = (plain, with_tag(plain, item.tmdb_id, item.id), with_tag(plain, None, item.id))
    return next((name for name in names if not _is_taken(tx, table, item.id, name)), names[-1])


def _is_taken(tx: Tx, table: Table, item_id: int, name: str) -> bool:
    """Whether another item has this folder, or an older one asks for it too, listed or not."""
    key = fold(name)
    older = and_(table.c.folder_key == key, table.c.id < item_id)
    return bool(tx.execute(select(exists().where(or_(table.c.path_key == key, older)))).scalar())
