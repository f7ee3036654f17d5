"""Which file of which torrent stands for a movie or an episode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, exists, false, func, or_, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy import insert as insert_into

from momoshtrem.errors import InvalidInput, NotFound
from momoshtrem.events import MovieChanged, ShowChanged
from momoshtrem.library import paths
from momoshtrem.library.database import Tx
from momoshtrem.library.ranking import OneFile, Ranking, file_key
from momoshtrem.library.rows import AnyRow, fetch_page
from momoshtrem.library.schema import (
    assignments,
    episodes,
    movies,
    seasons,
    shows,
    torrent_files,
    torrents,
)
from momoshtrem.model.media import Assignment, NewAssignment, Page, TitledAssignment
from momoshtrem.model.release import Quality

_IN_ORDER = select(assignments).order_by(
    *assignments.c["movie_id", "episode_id", "version", "proposed", "rank"]
)


@dataclass(frozen=True, slots=True)
class Items:
    """Movies and episodes by their ids."""

    movie_ids: frozenset[int]
    episode_ids: frozenset[int]


def insert_all(tx: Tx, new: Sequence[NewAssignment]) -> tuple[Assignment, ...]:
    """Assign files one after the other and freeze the names of their items; each as it stands then.

    A file is shown, also one that stood by or was proposed, and the one before it stands by. One that is new
    as `proposed` displaces nothing, and changes nothing where its item already has it.
    Raises NotFound for a missing item or torrent, InvalidInput for a file without exactly one item.
    """
    items = items_of(new)
    _check(tx, new, items)
    ranking = Ranking(find_for_items(tx, items))
    for one in new:
        ranking.put(one)
    write(tx, ranking)
    stored = {file_key(one): one for one in find_for_items(tx, items)}
    return tuple(stored[file_key(one)] for one in new)


def insert_ranked(tx: Tx, ranked: Sequence[tuple[int, datetime, NewAssignment]]) -> None:
    """Assign files to items that have none, each in its rank and as of its moment; freeze their names."""
    if not ranked:
        return
    rows = [_columns(one) | {"rank": rank, "assigned_at": moment} for rank, moment, one in ranked]
    tx.execute(insert_into(assignments), rows)
    _freeze(tx, items_of(one for _, _, one in ranked if not one.proposed))
    emit_changed(tx, items_of(one for _, _, one in ranked))


def confirm(tx: Tx, assignment_id: int) -> Assignment:
    """Show what is proposed or stands by; what was shown stands by."""
    chosen = get(tx, assignment_id)
    ranking = Ranking(find_for_items(tx, items_of([chosen])))
    ranking.put(replace(chosen, proposed=False))
    write(tx, ranking)
    return get(tx, assignment_id)


def get(tx: Tx, assignment_id: int) -> Assignment:
    for found in _find(tx, assignments.c.id == assignment_id):
        return found
    raise NotFound(f"There is no assignment {assignment_id}.")


def list_page(tx: Tx, limit: int, offset: int, proposed: bool | None = None) -> Page[TitledAssignment]:
    """Assignments with the titles of their items, the latest first: only proposals, all but those, or all."""
    title = func.coalesce(movies.c.title, shows.c.title).label("title")
    year = func.coalesce(movies.c.year, shows.c.year).label("year")
    numbers = seasons.c.number.label("season_number"), episodes.c.number.label("number")
    statement = (
        select(assignments, title, year, *numbers)
        .select_from(assignments)
        .outerjoin(movies)
        .outerjoin(episodes)
        .outerjoin(seasons)
        .outerjoin(shows)
        .order_by(assignments.c.id.desc())
    )
    if proposed is not None:
        statement = statement.where(assignments.c.proposed == proposed)
    return fetch_page(tx, statement, _titled, limit, offset)


def find_for_items(tx: Tx, items: Items) -> list[Assignment]:
    """By item, version and rank, as all of these."""
    columns = (assignments.c.movie_id, items.movie_ids), (assignments.c.episode_id, items.episode_ids)
    return _find(tx, or_(false(), *(column.in_(ids) for column, ids in columns if ids)))


def find_for_movie(tx: Tx, movie_id: int) -> list[Assignment]:
    return _find(tx, assignments.c.movie_id == movie_id)


def find_for_episode(tx: Tx, episode_id: int) -> list[Assignment]:
    return _find(tx, assignments.c.episode_id == episode_id)


def find_for_show(tx: Tx, show_id: int) -> list[Assignment]:
    of_show = select(episodes.c.id).join(seasons).where(seasons.c.show_id == show_id)
    return _find(tx, assignments.c.episode_id.in_(of_show))


def find_for_torrent(tx: Tx, info_hash: str) -> list[Assignment]:
    return _find(tx, assignments.c.info_hash == info_hash)


def find_for_file(tx: Tx, info_hash: str, file_index: int) -> list[Assignment]:
    """All items that the file stands for, or stands by for."""
    return [one for one in find_for_torrent(tx, info_hash) if one.file_index == file_index]


def delete_for_movie(tx: Tx, movie_id: int) -> None:
    """Delete all files of the movie, standbys too."""
    _delete(tx, assignments.c.movie_id == movie_id)


def delete_for_episode(tx: Tx, episode_id: int) -> None:
    """Delete all files of the episode, standbys too."""
    _delete(tx, assignments.c.episode_id == episode_id)


def delete_for_torrent(tx: Tx, info_hash: str) -> None:
    """Delete the files of a torrent and show the best standbys instead."""
    deleted = _delete(tx, assignments.c.info_hash == info_hash)
    _close_gaps(tx, items_of(deleted))


def delete_misfits(tx: Tx, info_hash: str) -> None:
    """Delete what is assigned of a torrent without being in its file list, now that this is known."""
    file = torrent_files.c
    there = exists().where(
        file.info_hash == assignments.c.info_hash,
        file.file_index == assignments.c.file_index,
        file.size == assignments.c.size,
    )
    misfits = (assignments.c.info_hash == info_hash) & ~there
    if _find(tx, misfits):
        _close_gaps(tx, items_of(_delete(tx, misfits)))


def delete(tx: Tx, assignment_id: int) -> None:
    """Take one file off its item and show the best standby instead."""
    deleted = [get(tx, assignment_id)]
    _delete(tx, assignments.c.id == assignment_id)
    _close_gaps(tx, items_of(deleted))


def items_of(files: Iterable[OneFile]) -> Items:
    files = tuple(files)
    return Items(
        frozenset(one.movie_id for one in files if one.movie_id is not None),
        frozenset(one.episode_id for one in files if one.episode_id is not None),
    )


def _check(tx: Tx, new: Sequence[NewAssignment], items: Items) -> None:
    if any((one.movie_id is None) == (one.episode_id is None) for one in new):
        raise InvalidInput("A file is assigned to one movie or to one episode.")
    _check_known(tx, "movie", movies.c.id, items.movie_ids)
    _check_known(tx, "episode", episodes.c.id, items.episode_ids)
    _check_known(tx, "torrent", torrents.c.info_hash, {one.info_hash for one in new})


def _check_known(tx: Tx, kind: str, column: Column[Any], wanted: Set[Any]) -> None:
    if not wanted:
        return
    known = tx.execute(select(column).where(column.in_(wanted))).scalars()
    if missing := wanted - set(known):
        raise NotFound(f"There is no {kind} {min(missing)} in the library.")


def write(tx: Tx, ranking: Ranking) -> None:
    """Store what differs, freeze the names of what is listed by it, and tell."""
    now = ranking.find_time(tx.now)
    moved, added = ranking.moved(now), ranking.added()
    if moved:
        _move(tx, moved)
    if added:
        rows = [_columns(one) | {"rank": rank, "assigned_at": now} for rank, one in added]
        tx.execute(insert_into(assignments), rows)
    changed: list[OneFile] = [*moved, *(one for _, one in added)]
    _freeze(tx, items_of(one for one in changed if not one.proposed))
    emit_changed(tx, items_of(changed))


def _move(tx: Tx, moved: Sequence[Assignment]) -> None:
    """Change places; nothing is shown in between, since two files shown in one slot are refused."""
    columns = ("rank", "version", "proposed", "assigned_at", "failed_at", "failure")
    places = [{"row_id": one.id} | {name: getattr(one, name) for name in columns} for one in moved]
    tx.execute(update(assignments).where(assignments.c.id.in_(one.id for one in moved)).values(rank=-1))
    tx.execute(update(assignments).where(assignments.c.id == bindparam("row_id")), places)


def _close_gaps(tx: Tx, items: Items) -> None:
    """Rank what is left of each slot from its start on."""
    write(tx, Ranking(find_for_items(tx, items)))


def _delete(tx: Tx, condition: ColumnElement[bool]) -> list[Assignment]:
    deleted = _find(tx, condition)
    tx.execute(delete_from(assignments).where(condition))
    emit_changed(tx, items_of(deleted))
    return deleted


def _freeze(tx: Tx, items: Items) -> None:
    paths.freeze_movies(tx, items.movie_ids)
    paths.freeze_shows(tx, _find_shows(tx, items))
    paths.freeze_episodes(tx, items.episode_ids)


def emit_changed(tx: Tx, items: Items) -> None:
    """Tell that what is assigned to them changed."""
    for movie_id in sorted(items.movie_ids):
        tx.emit(MovieChanged(movie_id))
    for show_id in _find_shows(tx, items):
        tx.emit(ShowChanged(show_id))


def _find_shows(tx: Tx, items: Items) -> list[int]:
    """The shows that the episodes belong to."""
    if not items.episode_ids:
        return []
    statement = (
        select(seasons.c.show_id)
        .distinct()
        .join(episodes)
        .where(episodes.c.id.in_(items.episode_ids))
        .order_by(seasons.c.show_id)
    )
    return list(tx.execute(statement).scalars())


def _find(tx: Tx, condition: ColumnElement[bool]) -> list[Assignment]:
    return [_assignment(row) for row in tx.execute(_IN_ORDER.where(condition))]


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
        "proposed": new.proposed,
        "reason": new.reason,
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
        proposed=row.proposed,
        reason=row.reason,
        failed_at=row.failed_at,
        failure=row.failure,
    )


def _titled(row: AnyRow) -> TitledAssignment:
    return TitledAssignment(_assignment(row), row.title, row.year, row.season_number, row.number)
