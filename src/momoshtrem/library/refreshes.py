"""What TMDB says of shows by now, and when it was asked last."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select, update

from momoshtrem.events import ShowChanged
from momoshtrem.library import shows as library_shows
from momoshtrem.library import titles
from momoshtrem.library.database import Tx
from momoshtrem.library.schema import shows
from momoshtrem.model.media import NewShow, Show
from momoshtrem.model.names import fold, show_folder


def insert(tx: Tx, new: NewShow) -> tuple[Show, bool]:
    """Add a show of TMDB, or seasons to it, as `shows.insert` does."""
    show, created = library_shows.insert(tx, new)
    tx.execute(update(shows).where(shows.c.id == show.id).values(ended=new.ended, refreshed_at=tx.now))
    return show, created


def store(tx: Tx, show_id: int, found: NewShow) -> int:
    """Take over seasons, title, year and end of a show; the number of episodes added. Its path stays."""
    added = library_shows.merge(tx, show_id, found.seasons)
    known = titles.find_row(tx, shows, show_id)
    assert known is not None
    year = found.year or known.year
    if (found.title, year) != (known.title, known.year):
        tx.emit(ShowChanged(show_id))
    values = {
        "title": found.title,
        "title_key": fold(found.title),
        "year": year,
        "folder_key": fold(show_folder(found.title, year)),
        "ended": found.ended,
        "refreshed_at": tx.now,
    }
    tx.execute(update(shows).where(shows.c.id == show_id).values(values))
    return added


def find_due(tx: Tx, age: timedelta, limit: int) -> list[int]:
    """Shows of TMDB that go on and were not asked for within `age`, the longest ago first.

    A time that is yet to come is of a clock that was set back since.
    """
    asked = shows.c.refreshed_at
    due = or_(asked.is_(None), asked < tx.now - age, asked > tx.now)
    statement = (
        select(shows.c.id)
        .where(shows.c.tmdb_id.is_not(None), shows.c.ended.is_(False), due)
        .order_by(shows.c.refreshed_at.is_not(None), shows.c.refreshed_at, shows.c.id)
        .limit(limit)
    )
    return list(tx.execute(statement).scalars())


def set_asked(tx: Tx, show_id: int) -> None:
    """Remember that TMDB has answered for the show, so that one that always fails keeps no other waiting."""
    tx.execute(update(shows).where(shows.c.id == show_id).values(refreshed_at=tx.now))
