"""What is played after an episode."""

from __future__ import annotations

from sqlalchemy import and_, false, or_, select

from momoshtrem.library.database import Tx
from momoshtrem.library.rows import AnyRow
from momoshtrem.library.schema import IS_SHOWN, assignments, episodes, seasons
from momoshtrem.model.torrent import FileRef

NUMBERS = (seasons.c.number, episodes.c.number)


def find_next_file(tx: Tx, ref: FileRef) -> FileRef | None:
    """What is shown of the episode after those that this file holds: in the same version, if it is there.

    None after the last episode of the show or of its specials, for a movie, and for an episode without file.
    """
    last = _find_last_episode(tx, ref)
    if last is None:
        return None
    files = _find_files(tx, _find_next_episode(tx, last))
    best = min(files, key=lambda file: (file.version != last.version, file.version), default=None)
    return FileRef(best.info_hash, best.file_index, best.size) if best else None


def _find_last_episode(tx: Tx, ref: FileRef) -> AnyRow | None:
    """The last one that is played from the file."""
    is_file = and_(assignments.c.info_hash == ref.info_hash, assignments.c.file_index == ref.file_index)
    statement = (
        select(seasons.c.show_id, seasons.c.number.label("season"), episodes.c.number, assignments.c.version)
        .select_from(assignments.join(episodes).join(seasons))
        .where(is_file, IS_SHOWN)
    )
    return tx.execute(statement.order_by(*(number.desc() for number in NUMBERS))).first()


def _find_next_episode(tx: Tx, last: AnyRow) -> int | None:
    """Specials follow specials only."""
    season, number = NUMBERS
    later = season > last.season if last.season else false()
    statement = (
        select(episodes.c.id)
        .join(seasons)
        .where(
            seasons.c.show_id == last.show_id,
            or_(later, and_(season == last.season, number > last.number)),
        )
    )
    return tx.execute(statement.order_by(*NUMBERS)).scalar()


def _find_files(tx: Tx, episode_id: int | None) -> list[AnyRow]:
    columns = assignments.c["info_hash", "file_index", "size", "version"]
    return list(tx.execute(select(*columns).where(assignments.c.episode_id == episode_id, IS_SHOWN)))
