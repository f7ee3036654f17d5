"""Items whose bytes stay in the cache."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import func, or_, select, union, update

from momoshtrem.events import Event, MovieChanged, ShowChanged
from momoshtrem.library import movies, schema, shows
from momoshtrem.library.database import Tx
from momoshtrem.library.schema import IS_SHOWN, assignments, episodes, seasons

Kind = Literal["movie", "show", "episode"]

TABLES = {"movie": schema.movies, "show": schema.shows, "episode": episodes}

_MOVIES = select(schema.movies.c.id).where(schema.movies.c.pinned)
_SHOWS = select(schema.shows.c.id).where(schema.shows.c.pinned)
_SEASONS = select(seasons.c.id).where(seasons.c.show_id.in_(_SHOWS))
_EPISODES = union(
    select(episodes.c.id).where(episodes.c.pinned),
    select(episodes.c.id).where(episodes.c.season_id.in_(_SEASONS)),
)
IS_PINNED = or_(assignments.c.movie_id.in_(_MOVIES), assignments.c.episode_id.in_(_EPISODES)) & IS_SHOWN
"""Of an assignment: it is the file that is shown of a pinned movie or episode, or of one of a pinned show.

What stands by is not pinned, else a second release would take as much of the cache again.
"""


def put(tx: Tx, kind: Kind, item_id: int, *, pinned: bool) -> bool:
    """Pin an item, or no more; whether that changes it. Raises NotFound."""
    was, event = _look(tx, kind, item_id)
    if was == pinned:
        return False
    table = TABLES[kind]
    tx.execute(update(table).where(table.c.id == item_id).values(pinned=pinned))
    tx.emit(event)
    return True


def measure(tx: Tx) -> int:
    """Bytes of all pinned files, on disk or not; one that stands for two episodes counts once."""
    files = select(*assignments.c["info_hash", "file_index", "size"]).where(IS_PINNED).distinct().subquery()
    return int(tx.execute(select(func.coalesce(func.sum(files.c.size), 0))).scalar_one())


def _look(tx: Tx, kind: Kind, item_id: int) -> tuple[bool, Event]:
    """Whether an item is pinned, and what tells that it changed."""
    if kind == "movie":
        return movies.get(tx, item_id).pinned, MovieChanged(item_id)
    if kind == "show":
        return shows.get(tx, item_id).pinned, ShowChanged(item_id)
    show_id, episode = shows.get_episode(tx, item_id)
    return episode.pinned, ShowChanged(show_id)
