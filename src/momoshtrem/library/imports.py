"""A library that comes from elsewhere: what is not here is added with its past, what is here stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Table, bindparam, exists, select, update

from momoshtrem.library import movies, shows, titles, torrents
from momoshtrem.library.database import Tx
from momoshtrem.library.schema import episodes as episode_table
from momoshtrem.library.schema import movies as movie_table
from momoshtrem.library.schema import shows as show_table
from momoshtrem.library.schema import torrents as torrent_table
from momoshtrem.model.media import NewMovie, NewSeason, NewShow
from momoshtrem.model.names import fold
from momoshtrem.model.stored import TorrentRecord, TorrentState
from momoshtrem.model.torrent import Magnet, Metainfo


@dataclass(frozen=True, slots=True)
class Past:
    """What an item was before; of its `path_name` the library takes none that it has already."""

    added_at: datetime
    path_name: str | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class EpisodePast:
    path_name: str | None = None
    pinned: bool = False


Number = tuple[int, int]
"""Of a season, and of an episode in it."""


@dataclass(frozen=True, slots=True)
class PutShow:
    """The ids of its episodes by their numbers, and which of them are new."""

    id: int
    created: bool
    episodes: Mapping[Number, int]
    added: frozenset[Number]


def put_movie(tx: Tx, new: NewMovie, past: Past) -> tuple[int, bool]:
    """The id of the movie, and whether it is new."""
    movie, created = movies.insert(tx, new)
    if created:
        _take_over(tx, movie_table, movie.id, past)
    return movie.id, created


def put_show(tx: Tx, new: NewShow, past: Past, episodes: Mapping[Number, EpisodePast]) -> PutShow:
    """Add a show, or to one that is here what it lacks."""
    found = titles.find_same(tx, show_table, new)
    if found is None:
        show, _ = shows.insert(tx, new)
        _take_over(tx, show_table, show.id, past)
        tx.execute(update(show_table).where(show_table.c.id == show.id).values(ended=new.ended))
        known: set[Number] = set()
    else:
        known = {(one.season_number, one.number) for one in shows.get(tx, found).episodes}
        show, _ = shows.insert(tx, replace(new, seasons=_without(new.seasons, known), whole=False))
    ids = {(one.season_number, one.number): one.id for one in show.episodes}
    added = ids.keys() - known
    _take_over_episodes(tx, {ids[number]: episodes[number] for number in added})
    return PutShow(show.id, found is None, ids, frozenset(added))


def put_torrent(
    tx: Tx, new: Metainfo | Magnet, added_at: datetime, magnet_uri: str | None
) -> tuple[TorrentRecord, bool]:
    """The torrent, and whether it is new. One that is ready stays as it is."""
    found = torrents.find(tx, new.info_hash)
    if not found and new.info_hash_v2:
        found = torrents.find(tx, new.info_hash_v2)
    if found and found.state is TorrentState.READY:
        return found, False
    put = torrents.insert(tx, new) if isinstance(new, Metainfo) else torrents.insert_magnet(tx, new)
    if not found:
        mine = update(torrent_table).where(torrent_table.c.info_hash == put.info_hash)
        tx.execute(mine.values(added_at=added_at, magnet_uri=magnet_uri))
    return put, not found


def _without(seasons: tuple[NewSeason, ...], known: set[Number]) -> tuple[NewSeason, ...]:
    return tuple(
        replace(one, episodes=tuple(each for each in one.episodes if (one.number, each.number) not in known))
        for one in seasons
    )


def _take_over(tx: Tx, table: Table, item_id: int, past: Past) -> None:
    values: dict[str, object] = {"added_at": past.added_at, "pinned": past.pinned}
    if past.path_name and not _is_taken(tx, table, past.path_name):
        values |= {"path_name": past.path_name, "path_key": fold(past.path_name)}
    tx.execute(update(table).where(table.c.id == item_id).values(values))


def _is_taken(tx: Tx, table: Table, path_name: str) -> bool:
    return bool(tx.execute(select(exists().where(table.c.path_key == fold(path_name)))).scalar())


def _take_over_episodes(tx: Tx, pasts: Mapping[int, EpisodePast]) -> None:
    rows = [
        {"row_id": row_id, "path_name": past.path_name, "pinned": past.pinned}
        for row_id, past in pasts.items()
        if past != EpisodePast()
    ]
    if rows:
        tx.execute(update(episode_table).where(episode_table.c.id == bindparam("row_id")), rows)
