"""A library that comes from elsewhere: what is not here is added with its past, what is here stays.

It comes in batches. What is new in a batch, mostly all of it, is stored in a few statements; the rest, also
what is there twice, in the ways of items that are added one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Table, bindparam, insert, or_, select, update

from momoshtrem.library import movies, shows, titles, torrents
from momoshtrem.library.database import Tx
from momoshtrem.library.schema import episodes as episode_table
from momoshtrem.library.schema import movies as movie_table
from momoshtrem.library.schema import seasons as season_table
from momoshtrem.library.schema import shows as show_table
from momoshtrem.library.torrents import FreshTorrent
from momoshtrem.model.media import NewMovie, NewSeason, NewShow, Show
from momoshtrem.model.names import fold, movie_folder
from momoshtrem.model.stored import TorrentRecord, TorrentState
from momoshtrem.model.torrent import Magnet, Metainfo

T = TypeVar("T")


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
class PastMovie:
    new: NewMovie
    past: Past


@dataclass(frozen=True, slots=True)
class PastShow:
    """`episodes` are in the order of those of `new`."""

    new: NewShow
    past: Past
    episodes: Mapping[Number, EpisodePast]


@dataclass(frozen=True, slots=True)
class PutTorrent:
    """The hash that it is known by here, and the sizes of its files, none before they are known."""

    info_hash: str
    created: bool
    is_ready: bool
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PutMovie:
    id: int
    created: bool


@dataclass(frozen=True, slots=True)
class PutShow:
    """The ids of its episodes by their numbers, and which of them are new."""

    id: int
    created: bool
    episodes: Mapping[Number, int]
    added: frozenset[Number]


def put_torrents(tx: Tx, batch: Sequence[FreshTorrent]) -> list[PutTorrent]:
    """Each as it is then. One that is ready stays as it is."""
    hashes = [_hashes(one.new) for one in batch]
    known = torrents.find_known(tx, frozenset().union(*hashes))
    fresh = _find_fresh(hashes, known)
    torrents.insert_fresh(tx, _pick(batch, fresh))
    put = [
        _fresh_torrent(one.new) if index in fresh else _put_torrent(tx, one.new, known)
        for index, one in enumerate(batch)
    ]
    sizes = torrents.find_sizes(tx, {one.info_hash for one in put if not one.created})
    return [one if one.created else replace(one, sizes=sizes.get(one.info_hash, ())) for one in put]


def put_movies(tx: Tx, batch: Sequence[PastMovie]) -> list[PutMovie]:
    known = _find_alike(tx, movie_table, batch)
    fresh = _find_fresh([_keys_of(one) for one in batch], known)
    ids = dict(zip(sorted(fresh), _insert_titles(tx, movie_table, _pick(batch, fresh)), strict=True))
    return [
        PutMovie(ids[index], True) if index in fresh else _put_movie(tx, one, known.get(one.new.tmdb_id))
        for index, one in enumerate(batch)
    ]


def put_shows(tx: Tx, batch: Sequence[PastShow]) -> list[PutShow]:
    """Add shows, and to those that are here what they lack."""
    known = _find_alike(tx, show_table, batch)
    fresh = _find_fresh([_keys_of(one) for one in batch], known)
    put = dict(zip(sorted(fresh), _insert_shows(tx, _pick(batch, fresh)), strict=True))
    return [put[index] if index in fresh else _put_show(tx, one) for index, one in enumerate(batch)]


def _find_fresh(keys: Sequence[Set[Hashable]], known: Iterable[Hashable]) -> set[int]:
    """Which ones share no key with what is known, or with one before them."""
    seen, fresh = set(known), set()
    for index, mine in enumerate(keys):
        if seen.isdisjoint(mine):
            fresh.add(index)
        seen |= mine
    return fresh


def _pick(batch: Sequence[T], indexes: Collection[int]) -> list[T]:
    return [batch[index] for index in sorted(indexes)]


def _hashes(new: Metainfo | Magnet) -> set[str]:
    return {new.info_hash, new.info_hash_v2 or new.info_hash}


def _fresh_torrent(new: Metainfo | Magnet) -> PutTorrent:
    sizes = tuple(file.size for file in new.files) if isinstance(new, Metainfo) else ()
    return PutTorrent(new.info_hash, True, isinstance(new, Metainfo), sizes)


def _put_torrent(tx: Tx, new: Metainfo | Magnet, known: Mapping[str, TorrentRecord]) -> PutTorrent:
    """One that is known, or that the batch had before."""
    found = known.get(new.info_hash) or known.get(new.info_hash_v2 or "")
    if found is None or found.state is not TorrentState.READY:
        found = torrents.insert(tx, new) if isinstance(new, Metainfo) else torrents.insert_magnet(tx, new)
    return PutTorrent(found.info_hash, False, found.state is TorrentState.READY, ())


def _find_alike(tx: Tx, table: Table, batch: Sequence[PastMovie | PastShow]) -> dict[Hashable, int]:
    """The ids of the items that may be the same as some of the batch, by what they are known by."""
    columns = table.c["title_key", "year", "tmdb_id", "id"]
    alike = or_(
        columns.title_key.in_({fold(one.new.title) for one in batch}),
        columns.tmdb_id.in_({one.new.tmdb_id for one in batch if one.new.tmdb_id is not None}),
    )
    rows = tx.execute(select(*columns).where(alike))
    return {key: row_id for *known_by, row_id in rows for key in _title_keys(*known_by)}


def _keys_of(item: PastMovie | PastShow) -> set[Hashable]:
    return _title_keys(fold(item.new.title), item.new.year, item.new.tmdb_id)


def _title_keys(title_key: str, year: int | None, tmdb_id: int | None) -> set[Hashable]:
    """What `titles.find_same` may know an item by."""
    return {(title_key, year), (title_key, year) if tmdb_id is None else tmdb_id}


def _insert_titles(tx: Tx, table: Table, fresh: Sequence[PastMovie | PastShow]) -> list[int]:
    """The ids of the new items, in their order."""
    taken = _find_taken(tx, table, [one.past.path_name for one in fresh])
    return _insert(tx, table, [_title_row(one, taken) for one in fresh], ("title_key", "year", "tmdb_id"))


def _title_row(fresh: PastMovie | PastShow, taken: set[str]) -> dict[str, Any]:
    """Its folder name is `taken` from now on, if that is free."""
    new, past = fresh.new, fresh.past
    row = titles.make_row(new, movie_folder(new.title, new.year), past.added_at)
    key = fold(past.path_name or "")
    path = (None, None) if not key or key in taken else (past.path_name, key)
    taken.add(key)
    row |= {"pinned": past.pinned, "path_name": path[0], "path_key": path[1]}
    return row | {"ended": new.ended, "whole": new.whole} if isinstance(new, NewShow) else row


def _insert_shows(tx: Tx, fresh: Sequence[PastShow]) -> list[PutShow]:
    ids = _insert_titles(tx, show_table, fresh)
    seasons = _insert_seasons(tx, zip(ids, fresh, strict=True))
    rows = [row for each, one in zip(ids, fresh, strict=True) for row in _episode_rows(one, seasons[each])]
    episode_ids = iter(_insert(tx, episode_table, rows, ("season_id", "number")))
    return [
        PutShow(each, True, dict(zip(one.episodes, episode_ids, strict=False)), frozenset(one.episodes))
        for each, one in zip(ids, fresh, strict=True)
    ]


def _insert_seasons(tx: Tx, fresh: Iterable[tuple[int, PastShow]]) -> dict[int, dict[int, int]]:
    """Their ids by the show's id and their numbers."""
    rows = [
        {"show_id": show_id, "number": number}
        for show_id, one in fresh
        for number in dict.fromkeys(season.number for season in one.new.seasons)
    ]
    ids: dict[int, dict[int, int]] = defaultdict(dict)
    for row, season_id in zip(rows, _insert(tx, season_table, rows, ("show_id", "number")), strict=True):
        ids[row["show_id"]][row["number"]] = season_id
    return ids


def _episode_rows(fresh: PastShow, season_ids: Mapping[int, int]) -> Iterator[dict[str, Any]]:
    """In the order of `fresh.episodes`."""
    for season in fresh.new.seasons:
        for one in season.episodes:
            past = fresh.episodes[season.number, one.number]
            yield {
                "season_id": season_ids[season.number],
                "number": one.number,
                "name": one.name,
                "air_date": one.air_date,
                "path_name": past.path_name,
                "pinned": past.pinned,
            }


def _insert(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]], key: Sequence[str]) -> list[int]:
    """The ids of the rows, each in its place; `key` are columns in which they differ."""
    if not rows:
        return []
    stored = tx.execute(insert(table).returning(table.c.id, *table.c[*key]), rows)
    ids = {tuple(values): row_id for row_id, *values in stored}
    return [ids[tuple(row[name] for name in key)] for row in rows]


def _put_movie(tx: Tx, one: PastMovie, same_id: int | None) -> PutMovie:
    """`same_id` is that of the movie with this TMDB id."""
    if same_id is not None:
        return PutMovie(same_id, False)
    movie, created = movies.insert(tx, one.new)
    if created:
        _take_over(tx, movie_table, movie.id, one.past)
    return PutMovie(movie.id, created)


def _put_show(tx: Tx, one: PastShow) -> PutShow:
    found = titles.find_same(tx, show_table, one.new)
    if found is None:
        show, known = _put_namesake(tx, one), set[Number]()
    else:
        show = shows.get(tx, found)
        known = {(each.season_number, each.number) for each in show.episodes}
        lacking = replace(one.new, seasons=_find_lacking(show, one.new), whole=False)
        if lacking.seasons or one.new.tmdb_id != show.tmdb_id:
            show, _ = shows.insert(tx, lacking)
    ids = {(each.season_number, each.number): each.id for each in show.episodes}
    added = ids.keys() - known
    _take_over_episodes(tx, {ids[number]: one.episodes[number] for number in added})
    return PutShow(show.id, found is None, ids, frozenset(added))


def _put_namesake(tx: Tx, one: PastShow) -> Show:
    """Add a show of the same name as another."""
    show, _ = shows.insert(tx, one.new)
    _take_over(tx, show_table, show.id, one.past)
    tx.execute(update(show_table).where(show_table.c.id == show.id).values(ended=one.new.ended))
    return show


def _find_lacking(show: Show, new: NewShow) -> tuple[NewSeason, ...]:
    """The seasons and episodes of `new` that the show has not."""
    known = {season.number: {each.number for each in season.episodes} for season in show.seasons}
    lacking = (
        replace(
            one, episodes=tuple(each for each in one.episodes if each.number not in known.get(one.number, ()))
        )
        for one in new.seasons
    )
    return tuple(one for one in lacking if one.episodes or one.number not in known)


def _take_over(tx: Tx, table: Table, item_id: int, past: Past) -> None:
    values: dict[str, object] = {"added_at": past.added_at, "pinned": past.pinned}
    if past.path_name and not _find_taken(tx, table, [past.path_name]):
        values |= {"path_name": past.path_name, "path_key": fold(past.path_name)}
    tx.execute(update(table).where(table.c.id == item_id).values(values))


def _find_taken(tx: Tx, table: Table, path_names: Iterable[str | None]) -> set[str]:
    """The keys of those that the library has."""
    keys = {fold(one) for one in path_names if one}
    return set(tx.execute(select(table.c.path_key).where(table.c.path_key.in_(keys))).scalars())


def _take_over_episodes(tx: Tx, pasts: Mapping[int, EpisodePast]) -> None:
    rows = [
        {"row_id": row_id, "path_name": past.path_name, "pinned": past.pinned}
        for row_id, past in pasts.items()
        if past != EpisodePast()
    ]
    if rows:
        tx.execute(update(episode_table).where(episode_table.c.id == bindparam("row_id")), rows)
