"""Which file of which torrent stands for a movie or an episode.

A slot is one item in one version. The files of a slot are ranked 0, 1, 2… without gaps: 0 is shown, the
others stand by, the latest first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, or_, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy import insert as insert_into

from momoshtrem.errors import InvalidInput, NotFound
from momoshtrem.events import MovieChanged, ShowChanged
from momoshtrem.library import paths
from momoshtrem.library.database import Tx
from momoshtrem.library.rows import AnyRow
from momoshtrem.library.schema import assignments, episodes, movies, seasons, torrents
from momoshtrem.model.media import Assignment, NewAssignment
from momoshtrem.model.release import Quality

OneFile = Assignment | NewAssignment


@dataclass(frozen=True, slots=True)
class Items:
    """Movies and episodes by their ids."""

    movie_ids: frozenset[int]
    episode_ids: frozenset[int]


def insert_all(tx: Tx, new: Sequence[NewAssignment]) -> tuple[Assignment, ...]:
    """Assign files one after the other and freeze the names of their items; each as it stands then.

    A new file is shown and the one before it stands by. A file that its item already has changes nothing.
    Raises NotFound for a missing item or torrent, InvalidInput for a file without exactly one item.
    """
    items = _items(new)
    _check(tx, new, items)
    before = _find_for_items(tx, items)
    known = {_file_key(one) for one in before}
    added: dict[Hashable, NewAssignment] = {}
    for one in new:
        if _file_key(one) not in known:
            added.setdefault(_file_key(one), one)
    if added:
        _insert_on_top(tx, before, tuple(added.values()))
        changed = _items(added.values())
        _freeze(tx, changed)
        _emit(tx, changed)
    stored = {_file_key(one): one for one in _find_for_items(tx, items)}
    return tuple(stored[_file_key(one)] for one in new)


def find_for_movie(tx: Tx, movie_id: int) -> list[Assignment]:
    """By version and rank, as all of these."""
    return _find(tx, assignments.c.movie_id == movie_id)


def find_for_episode(tx: Tx, episode_id: int) -> list[Assignment]:
    return _find(tx, assignments.c.episode_id == episode_id)


def find_for_show(tx: Tx, show_id: int) -> list[Assignment]:
    of_show = select(episodes.c.id).join(seasons).where(seasons.c.show_id == show_id)
    return _find(tx, assignments.c.episode_id.in_(of_show))


def find_for_torrent(tx: Tx, info_hash: str) -> list[Assignment]:
    return _find(tx, assignments.c.info_hash == info_hash)


def delete_for_movie(tx: Tx, movie_id: int) -> int:
    """Delete all files of the movie, standbys too; how many there were."""
    return len(_delete(tx, assignments.c.movie_id == movie_id))


def delete_for_episode(tx: Tx, episode_id: int) -> int:
    """Delete all files of the episode, standbys too; how many there were."""
    return len(_delete(tx, assignments.c.episode_id == episode_id))


def delete_for_torrent(tx: Tx, info_hash: str) -> int:
    """Delete the files of a torrent and show the best standbys instead; how many there were."""
    deleted = _delete(tx, assignments.c.info_hash == info_hash)
    _close_gaps(tx, _items(deleted))
    return len(deleted)


def _check(tx: Tx, new: Sequence[NewAssignment], items: Items) -> None:
    if any((one.movie_id is None) == (one.episode_id is None) for one in new):
        raise InvalidInput("A file is assigned to one movie or to one episode.")
    _check_known(tx, "movie", movies.c.id, items.movie_ids)
    _check_known(tx, "episode", episodes.c.id, items.episode_ids)
    _check_known(tx, "torrent", torrents.c.info_hash, {one.info_hash for one in new})


def _check_known(tx: Tx, kind: str, column: Column[Any], wanted: Set[Any]) -> None:
    known = tx.execute(select(column).where(column.in_(wanted))).scalars()
    if missing := wanted - set(known):
        raise NotFound(f"There is no {kind} {min(missing)} in the library.")


def _insert_on_top(tx: Tx, before: Iterable[Assignment], added: Sequence[NewAssignment]) -> None:
    """Insert files so that the last of each slot is shown."""
    above = Counter(_slot(one) for one in added)
    _rank(tx, {one.id: one.rank + above[_slot(one)] for one in before if above[_slot(one)]})
    rows = []
    for one in added:
        above[_slot(one)] -= 1
        rows.append(_columns(one) | {"rank": above[_slot(one)], "assigned_at": tx.now})
    tx.execute(insert_into(assignments), rows)


def _close_gaps(tx: Tx, items: Items) -> None:
    """Rank what is left of each slot from 0 on."""
    above: Counter[Hashable] = Counter()
    ranks = {}
    for one in _find_for_items(tx, items):
        if one.rank != above[_slot(one)]:
            ranks[one.id] = above[_slot(one)]
        above[_slot(one)] += 1
    _rank(tx, ranks)


def _rank(tx: Tx, ranks: Mapping[int, int]) -> None:
    """Set ranks by assignment id."""
    rows = [{"row_id": row_id, "rank": rank} for row_id, rank in ranks.items()]
    if rows:
        tx.execute(update(assignments).where(assignments.c.id == bindparam("row_id")), rows)


def _delete(tx: Tx, condition: ColumnElement[bool]) -> list[Assignment]:
    deleted = _find(tx, condition)
    tx.execute(delete_from(assignments).where(condition))
    _emit(tx, _items(deleted))
    return deleted


def _freeze(tx: Tx, items: Items) -> None:
    for movie_id in sorted(items.movie_ids):
        paths.freeze_movie(tx, movie_id)
    for show_id in _find_shows(tx, items):
        paths.freeze_show(tx, show_id)
    paths.freeze_episodes(tx, items.episode_ids)


def _emit(tx: Tx, items: Items) -> None:
    for movie_id in sorted(items.movie_ids):
        tx.emit(MovieChanged(movie_id))
    for show_id in _find_shows(tx, items):
        tx.emit(ShowChanged(show_id))


def _find_shows(tx: Tx, items: Items) -> list[int]:
    """The shows that the episodes belong to."""
    statement = (
        select(seasons.c.show_id)
        .distinct()
        .join(episodes)
        .where(episodes.c.id.in_(items.episode_ids))
        .order_by(seasons.c.show_id)
    )
    return list(tx.execute(statement).scalars())


def _find_for_items(tx: Tx, items: Items) -> list[Assignment]:
    return _find(
        tx,
        or_(
            assignments.c.movie_id.in_(items.movie_ids),
            assignments.c.episode_id.in_(items.episode_ids),
        ),
    )


def _find(tx: Tx, condition: ColumnElement[bool]) -> list[Assignment]:
    statement = select(assignments).where(condition)
    order = assignments.c["movie_id", "episode_id", "version", "rank"]
    return [_assignment(row) for row in tx.execute(statement.order_by(*order))]


def _items(files: Iterable[OneFile]) -> Items:
    files = tuple(files)
    return Items(
        frozenset(one.movie_id for one in files if one.movie_id is not None),
        frozenset(one.episode_id for one in files if one.episode_id is not None),
    )


def _slot(one: OneFile) -> Hashable:
    return one.movie_id, one.episode_id, one.version


def _file_key(one: OneFile) -> Hashable:
    return one.movie_id, one.episode_id, one.info_hash, one.file_index


def _columns(new: NewAssignment) -> dict[str, Any]:
    return {
        "movie_id": new.movie_id,
        "episode_id": new.episode_id,
        "info_hash": new.info_hash,
        "file_index": new.file_index,
        "path": new.path,
        "size": new.size,
        "resolution": new.quality.resolution,
        "source": new.quality.source,
        "codec": new.quality.codec,
        "hdr": new.quality.hdr,
        "release_group": new.quality.group,
        "confidence": new.confidence,
        "version": new.version,
    }


def _assignment(row: AnyRow) -> Assignment:
    return Assignment(
        id=row.id,
        info_hash=row.info_hash,
        file_index=row.file_index,
        path=row.path,
        size=row.size,
        quality=Quality(row.resolution, row.source, row.codec, row.hdr, row.release_group),
        confidence=row.confidence,
        version=row.version,
        rank=row.rank,
        movie_id=row.movie_id,
        episode_id=row.episode_id,
        assigned_at=row.assigned_at,
    )
