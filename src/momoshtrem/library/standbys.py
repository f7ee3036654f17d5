"""Files that the swarm does not deliver, and the standbys that take their places.

A standby that failed is passed over for a while, so that two dead files do not change places at each open.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from momoshtrem.events import StandbyPromoted
from momoshtrem.library.assignments import emit_changed, find_for_file, find_for_items, items_of, write
from momoshtrem.library.database import Tx
from momoshtrem.library.ranking import Ranking, version_key
from momoshtrem.library.schema import IS_SHOWN, assignments
from momoshtrem.model.media import Assignment
from momoshtrem.model.torrent import FileRef

FAILING = timedelta(days=1)
"""How long a file that is shown counts as failing; later it is tried once more before a standby is."""
REST = timedelta(minutes=15)
"""How long a standby that failed is passed over."""


def mark_failed(tx: Tx, info_hash: str, file_index: int, reason: str, first: FileRef | None = None) -> bool:
    """Keep that a file was not delivered; gives whether `promote` finds something for its place."""
    _update(tx, info_hash, file_index, failed_at=tx.now, failure=reason)
    return any(_pair(tx, info_hash, file_index, first))


def clear_failed(tx: Tx, info_hash: str, file_index: int) -> None:
    """The file is delivered again."""
    _update(tx, info_hash, file_index, failed_at=None, failure="")


def find_failed(tx: Tx) -> set[FileRef]:
    """The files that are shown although they failed."""
    columns = assignments.c["info_hash", "file_index", "size"]
    failed = tx.execute(select(*columns).where(IS_SHOWN, assignments.c.failed_at.is_not(None)))
    return {FileRef(*row) for row in failed}


def promote(tx: Tx, info_hash: str, file_index: int, first: FileRef | None = None) -> list[Assignment]:
    """Show a standby wherever this file is shown, if it fails; the file comes to stand by, as the last.

    Where all failed lately themselves it is `first`, if that stands by. Gives the standbys that were taken.
    """
    pairs = _pair(tx, info_hash, file_index, first)
    ranking = Ranking(find_for_items(tx, items_of(failed for failed, _ in pairs)))
    for failed, standby in pairs:
        ranking.exchange(failed, standby)
    write(tx, ranking)
    for failed, standby in pairs:
        tx.emit(StandbyPromoted(standby.id, failed.id))
    return [standby for _, standby in pairs]


def find_standby(
    failed: Assignment, assigned: Iterable[Assignment], now: datetime, first: FileRef | None = None
) -> Assignment | None:
    """What may take the place of a file, out of all files of its item in their order."""
    slot = version_key(failed)
    able = [one for one in assigned if one.rank > 0 and not one.proposed and version_key(one) == slot]
    rested = [one for one in able if not _failed_within(REST, one, now)]
    return next(iter(rested or [one for one in able if ref_of(one) == first]), None)


def ref_of(one: Assignment) -> FileRef:
    return FileRef(one.info_hash, one.file_index, one.size)


def _pair(
    tx: Tx, info_hash: str, file_index: int, first: FileRef | None
) -> list[tuple[Assignment, Assignment]]:
    """Each place where the file is shown and fails, with the standby for it, where there is one."""
    shown = [one for one in find_for_file(tx, info_hash, file_index) if one.rank == 0]
    failing = [one for one in shown if _failed_within(FAILING, one, tx.now)]
    assigned = find_for_items(tx, items_of(failing))
    found = ((one, find_standby(one, assigned, tx.now, first)) for one in failing)
    return [(failed, standby) for failed, standby in found if standby]


def _failed_within(span: timedelta, one: Assignment, now: datetime) -> bool:
    """Whether it failed so lately; a time that is far ahead is of a clock that was set back since."""
    return one.failed_at is not None and abs(now - one.failed_at) < span


def _update(tx: Tx, info_hash: str, file_index: int, **values: Any) -> None:
    at_file = assignments.c.info_hash == info_hash, assignments.c.file_index == file_index
    tx.execute(update(assignments).where(*at_file).values(**values))
    emit_changed(tx, items_of(find_for_file(tx, info_hash, file_index)))
