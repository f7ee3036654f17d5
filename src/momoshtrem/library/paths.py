"""Freezes the names that paths are made of: once an item has been listed, its path never moves."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Table, and_, bindparam, exists, or_, select, update

from momoshtrem.library.database import Tx
from momoshtrem.library.schema import episodes, movies, shows
from momoshtrem.model.names import episode_title, fold, movie_folder, show_folder, with_tag


def freeze_movie(tx: Tx, movie_id: int) -> None:
    """Give the movie its folder name, if it has none yet."""
    _freeze_folder(tx, movies, movie_id)


def freeze_show(tx: Tx, show_id: int) -> None:
    """Give the show its folder name, if it has none yet."""
    _freeze_folder(tx, shows, show_id)


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


def _freeze_folder(tx: Tx, table: Table, item_id: int) -> None:
    item = tx.execute(select(table).where(table.c.id == item_id)).one()
    if item.path_name is not None:
        return
    folder = movie_folder if table is movies else show_folder
    plain = folder(item.title, item.year)
    names = (plain, with_tag(plain, item.tmdb_id, item_id), with_tag(plain, None, item_id))
    name = next((name for name in names if not _is_taken(tx, table, item_id, name)), names[-1])
    tx.execute(update(table).where(table.c.id == item_id).values(path_name=name, path_key=fold(name)))


def _is_taken(tx: Tx, table: Table, item_id: int, name: str) -> bool:
    """Whether another item has this folder, or an older one asks for it too, listed or not."""
    key = fold(name)
    older = and_(table.c.folder_key == key, table.c.id < item_id)
    return bool(tx.execute(select(exists().where(or_(table.c.path_key == key, older)))).scalar())
