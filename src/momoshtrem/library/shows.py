"""Shows of the library, with their seasons and episodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Select, bindparam, or_, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy import insert as insert_into

from momoshtrem.errors import NotFound
from momoshtrem.events import ShowChanged
from momoshtrem.library import titles
from momoshtrem.library.database import Tx
from momoshtrem.library.rows import AnyRow, fetch_page
from momoshtrem.library.schema import episodes, seasons, shows
from momoshtrem.model.media import Episode, NewEpisode, NewSeason, NewShow, Page, Season, Show
from momoshtrem.model.names import show_folder


def insert(tx: Tx, new: NewShow) -> tuple[Show, bool]:
    """The show, and whether it is new: one with the same TMDB id, or title and year, gets the seasons.

    It becomes whole by a `new` that is, and stays so.
    """
    show_id = titles.find_same(tx, shows, new)
    created = show_id is None
    if show_id is None:
        show_id = titles.insert_row(tx, shows, new, show_folder(new.title, new.year)).id
        tx.emit(ShowChanged(show_id))
    elif titles.adopt(tx, shows, show_id, new.tmdb_id):
        tx.emit(ShowChanged(show_id))
    if new.whole:
        tx.execute(update(shows).where(shows.c.id == show_id).values(whole=True))
    merge(tx, show_id, new.seasons)
    return get(tx, show_id), created


def get(tx: Tx, show_id: int) -> Show:
    if (row := titles.find_row(tx, shows, show_id)) is None:
        raise _missing(show_id)
    return _show(row, _seasons(tx.execute(_select_episodes(show_id))))


def list_page(
    tx: Tx, limit: int, offset: int, search: str | None = None, pinned: bool | None = None
) -> Page[Show]:
    """Shows in order of title without their seasons: all, only those pinned whole or in part, or the others.

    `search` is a part of the title in any case.
    """
    statement = titles.select_by_title(shows, search)
    if pinned is not None:
        in_part = select(seasons.c.show_id).join(episodes).where(episodes.c.pinned)
        statement = statement.where(or_(shows.c.pinned, shows.c.id.in_(in_part)) == pinned)
    return fetch_page(tx, statement, _show, limit, offset)


def delete(tx: Tx, show_id: int) -> None:
    """Delete the show with its episodes and their assignments; their torrents stay."""
    if not tx.execute(delete_from(shows).where(shows.c.id == show_id)).rowcount:
        raise _missing(show_id)
    tx.emit(ShowChanged(show_id))


def merge(tx: Tx, show_id: int, new: Sequence[NewSeason]) -> int:
    """Add what is missing and update names and air dates; the number of episodes added.

    Nothing is removed, no frozen path moves, and a None erases nothing.
    """
    if titles.find_row(tx, shows, show_id) is None:
        raise _missing(show_id)
    rows = tx.execute(_select_episodes(show_id)).all()
    season_ids = {row.season_number: row.season_id for row in rows}
    new_seasons = {season.number for season in new} - season_ids.keys()
    season_ids |= _insert_seasons(tx, show_id, sorted(new_seasons))

    known = {(row.season_number, row.number): row for row in rows}
    wanted = {(season.number, one.number): one for season in new for one in season.episodes}
    added = [(season_ids[key[0]], one) for key, one in wanted.items() if key not in known]
    changed = [(known[key], one) for key, one in wanted.items() if key in known]
    _insert_episodes(tx, added)
    if _update_episodes(tx, changed) or added or new_seasons:
        tx.emit(ShowChanged(show_id))
    return len(added)


def get_episode(tx: Tx, episode_id: int) -> tuple[int, Episode]:
    """The episode and the id of its show."""
    statement = (
        select(episodes, seasons.c.show_id, seasons.c.number.label("season_number"))
        .join(seasons)
        .where(episodes.c.id == episode_id)
    )
    if (row := tx.execute(statement).first()) is None:
        raise NotFound(f"There is no episode {episode_id} in the library.")
    return row.show_id, _episode(row)


def _insert_seasons(tx: Tx, show_id: int, numbers: Sequence[int]) -> dict[int, int]:
    """The ids of the new seasons by their numbers."""
    if not numbers:
        return {}
    statement = insert_into(seasons).returning(seasons.c.number, seasons.c.id)
    rows = tx.execute(statement, [{"show_id": show_id, "number": number} for number in numbers])
    return {row.number: row.id for row in rows}


def _insert_episodes(tx: Tx, added: Sequence[tuple[int, NewEpisode]]) -> None:
    """Insert episodes into the seasons of these ids."""
    rows = [
        {"season_id": season_id, "number": one.number, "name": one.name, "air_date": one.air_date}
        for season_id, one in added
    ]
    if rows:
        tx.execute(insert_into(episodes), rows)


def _update_episodes(tx: Tx, pairs: Iterable[tuple[AnyRow, NewEpisode]]) -> bool:
    """Bring rows up to what is known now; whether any differed."""
    rows = [
        {"row_id": row.id, "name": one.name or row.name, "air_date": one.air_date or row.air_date}
        for row, one in pairs
        if one.name not in (None, row.name) or one.air_date not in (None, row.air_date)
    ]
    if rows:
        tx.execute(update(episodes).where(episodes.c.id == bindparam("row_id")), rows)
    return bool(rows)


def _select_episodes(show_id: int) -> Select[*tuple[Any, ...]]:
    """All seasons of a show in order, each with its episodes; an empty one with an `id` of None."""
    return (
        select(
            seasons.c.id.label("season_id"),
            seasons.c.number.label("season_number"),
            *episodes.c["id", "number", "name", "air_date", "path_name", "pinned"],
        )
        .select_from(seasons.outerjoin(episodes))
        .where(seasons.c.show_id == show_id)
        .order_by(seasons.c.number, episodes.c.number)
    )


def _seasons(rows: Iterable[AnyRow]) -> tuple[Season, ...]:
    return tuple(
        Season(number, tuple(_episode(row) for row in group if row.id is not None))
        for number, group in groupby(rows, lambda row: int(row.season_number))
    )


def _episode(row: AnyRow) -> Episode:
    return Episode(row.id, row.season_number, row.number, row.name, row.air_date, row.path_name, row.pinned)


def _show(row: AnyRow, seasons: tuple[Season, ...] = ()) -> Show:
    item = row.id, row.title, row.year, row.tmdb_id, row.path_name, row.added_at
    return Show(*item, seasons, row.whole, row.pinned)


def _missing(show_id: int) -> NotFound:
    return NotFound(f"There is no show {show_id} in the library.")
