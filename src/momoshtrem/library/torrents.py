"""Torrents of the library: all that is needed to open one without the swarm."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy import insert as insert_into

from momoshtrem.errors import NotFound, Unavailable
from momoshtrem.events import TorrentRemoved
from momoshtrem.library import assignments
from momoshtrem.library.database import Tx
from momoshtrem.library.rows import AnyRow, fetch_page
from momoshtrem.library.schema import metainfos, torrent_files, torrents
from momoshtrem.model.media import Page
from momoshtrem.model.stored import TorrentRecord, TorrentState, Traffic
from momoshtrem.model.torrent import Magnet, Metainfo, TorrentFile


@dataclass(frozen=True, slots=True)
class FreshTorrent:
    """One that comes from elsewhere, where it was added at some moment, perhaps by a link."""

    new: Metainfo | Magnet
    added_at: datetime
    magnet_uri: str | None = None


def insert(tx: Tx, metainfo: Metainfo, peers: Iterable[str] = ()) -> TorrentRecord:
    """Store a torrent, or complete one that waited; of one that is ready only peers and trackers grow."""
    found = _insert_awaiting(tx, metainfo)
    values = _with_sources(found, peers, metainfo.trackers)
    if found.state is not TorrentState.READY:
        values |= _complete(tx, metainfo)
    return _change(tx, found, values)


def insert_magnet(tx: Tx, magnet: Magnet) -> TorrentRecord:
    """Store a torrent that awaits its metadata; one that failed waits again, one that is ready stays."""
    found = _insert_awaiting(tx, magnet)
    values = _with_sources(found, magnet.peers, magnet.trackers)
    if found.state is not TorrentState.READY:
        values |= {"state": TorrentState.AWAITING_METADATA, "reason": None, "magnet_uri": magnet.uri}
    return _change(tx, found, values)


def insert_fresh(tx: Tx, fresh: Sequence[FreshTorrent]) -> None:
    """Store many torrents at once, of which none is known by any of its hashes."""
    if not fresh:
        return
    tx.execute(insert_into(torrents), [_fresh_row(one) for one in fresh])
    _insert_contents(tx, [one.new for one in fresh if isinstance(one.new, Metainfo)])


def get(tx: Tx, info_hash: str) -> TorrentRecord:
    if (found := find(tx, info_hash)) is None:
        raise _missing(info_hash)
    return found


def find(tx: Tx, info_hash: str) -> TorrentRecord | None:
    """A hybrid torrent is found by either hash, here and in `get`, `get_metainfo` and `delete`."""
    return next(iter(_find_all(tx, {info_hash})), None)


def find_known(tx: Tx, hashes: Set[str]) -> dict[str, TorrentRecord]:
    """Those of many torrents that are known, by all their hashes."""
    found = _find_all(tx, hashes)
    return {each: one for one in reversed(found) for each in (one.info_hash, one.info_hash_v2) if each}


def find_hashes(tx: Tx) -> set[str]:
    """All info-hashes that torrents are known by, both of a hybrid."""
    rows = tx.execute(select(torrents.c.info_hash, torrents.c.info_hash_v2))
    return {info_hash for row in rows for info_hash in row if info_hash}


def list_page(tx: Tx, limit: int, offset: int) -> Page[TorrentRecord]:
    """Torrents, the latest first."""
    statement = select(torrents).order_by(torrents.c.added_at.desc(), torrents.c.info_hash)
    return fetch_page(tx, statement, _record, limit, offset)


def find_files(tx: Tx, info_hash: str) -> list[TorrentFile]:
    """All files in order of their index; none before the metadata is known."""
    columns = torrent_files.c["file_index", "path", "size", "offset", "hidden"]
    statement = select(*columns).where(torrent_files.c.info_hash == info_hash)
    return [TorrentFile(*row) for row in tx.execute(statement.order_by(columns.file_index))]


def find_sizes(tx: Tx, hashes: Collection[str]) -> dict[str, tuple[int, ...]]:
    """The sizes of the files of many torrents, as far as their metadata is known."""
    columns = torrent_files.c["info_hash", "size"]
    statement = select(*columns).where(columns.info_hash.in_(hashes))
    rows = tx.execute(statement.order_by(columns.info_hash, torrent_files.c.file_index))
    return {
        info_hash: tuple(row.size for row in group)
        for info_hash, group in groupby(rows, lambda row: str(row.info_hash))
    }


def get_metainfo(tx: Tx, info_hash: str) -> Metainfo:
    """With all trackers that are known. Raises Unavailable as long as the metadata is not there."""
    record = get(tx, info_hash)
    blob = tx.execute(select(metainfos.c.blob).where(metainfos.c.info_hash == record.info_hash)).scalar()
    if blob is None:
        reason = f" ({record.reason})" if record.reason else ""
        raise Unavailable(f"The metadata of torrent {info_hash} is not known yet{reason}.")
    return Metainfo(
        info_hash=record.info_hash,
        name=record.name,
        piece_length=record.piece_length,
        total_size=record.total_size,
        private=record.private,
        files=tuple(find_files(tx, record.info_hash)),
        trackers=record.trackers,
        blob=blob,
        info_hash_v2=record.info_hash_v2,
    )


def update_readable(tx: Tx, info_hash: str, readable: bytes) -> None:
    """Keep the bitmap of pieces on disk. A torrent that is gone by now is no error, as for all updates."""
    _update(tx, info_hash, readable=readable)


def update_stamps(tx: Tx, info_hash: str, stamps: bytes) -> None:
    """Keep when each region was last read."""
    _update(tx, info_hash, stamps=stamps)


def update_traffic(tx: Tx, info_hash: str, total: Traffic) -> None:
    """Keep what went over the wire in all."""
    _update(tx, info_hash, uploaded=total.uploaded, downloaded=total.downloaded, seeded=total.seconds)


def sum_traffic(tx: Tx, without: Collection[str]) -> Traffic:
    """What went over the wire of all torrents but these."""
    columns = torrents.c["uploaded", "downloaded", "seeded"]
    sums = (func.coalesce(func.sum(each), 0) for each in columns)
    row = tx.execute(select(*sums).where(torrents.c.info_hash.not_in(without))).one()
    return Traffic(int(row[0]), int(row[1]), float(row[2]))


def count_private(tx: Tx) -> int:
    count: int = tx.execute(select(func.count()).where(torrents.c.private)).scalar_one()
    return count


def update_peers(tx: Tx, info_hash: str, peers: Iterable[str]) -> None:
    """Replace the known peers, best first."""
    _update(tx, info_hash, peers=list(peers))


def update_used(tx: Tx, info_hash: str) -> None:
    """Remember that the torrent was opened now."""
    _update(tx, info_hash, used_at=tx.now)


def set_failed(tx: Tx, info_hash: str, reason: str) -> None:
    """Give up waiting for metadata; a torrent that has got it meanwhile stays ready."""
    statement = update(torrents).where(
        _known_by({info_hash}), torrents.c.state == TorrentState.AWAITING_METADATA
    )
    tx.execute(statement.values(state=TorrentState.FAILED, reason=reason))


def delete(tx: Tx, info_hash: str) -> TorrentRecord:
    """Delete a torrent with its assignments; standbys take their places. Gives what it was."""
    found = get(tx, info_hash)
    assignments.delete_for_torrent(tx, found.info_hash)
    tx.execute(delete_from(torrents).where(torrents.c.info_hash == found.info_hash))
    tx.emit(TorrentRemoved(found.info_hash))
    return found


def _insert_awaiting(tx: Tx, new: Metainfo | Magnet) -> TorrentRecord:
    """The torrent that is there, else a new one without metadata."""
    if known := _find_all(tx, {new.info_hash, new.info_hash_v2 or new.info_hash}):
        return _join(tx, known, new)
    return _record(tx.execute(insert_into(torrents).returning(torrents), _awaiting_row(new, tx.now)).one())


def _awaiting_row(new: Metainfo | Magnet, added_at: datetime) -> dict[str, Any]:
    return {
        "info_hash": new.info_hash,
        "info_hash_v2": new.info_hash_v2,
        "name": new.name,
        "state": TorrentState.AWAITING_METADATA,
        "piece_length": 0,
        "total_size": 0,
        "private": False,
        "trackers": [],
        "peers": [],
        "readable": b"",
        "added_at": added_at,
    }


def _fresh_row(fresh: FreshTorrent) -> dict[str, Any]:
    new = fresh.new
    row = _awaiting_row(new, fresh.added_at) | {
        "reason": None,
        "magnet_uri": fresh.magnet_uri,
        "trackers": list(dict.fromkeys(new.trackers)),
        "peers": list(new.peers) if isinstance(new, Magnet) else [],
    }
    return row | _facts(new) if isinstance(new, Metainfo) else row


def _join(tx: Tx, known: Sequence[TorrentRecord], new: Metainfo | Magnet) -> TorrentRecord:
    """The one torrent that all of `known` turn out to be by the hashes of `new`; the others only wait."""
    first, *others = known
    if others:
        tx.execute(delete_from(torrents).where(torrents.c.info_hash.in_(one.info_hash for one in others)))
    if new.info_hash_v2:
        _update(tx, first.info_hash, info_hash=new.info_hash, info_hash_v2=new.info_hash_v2)
    return replace(
        first,
        info_hash=new.info_hash if new.info_hash_v2 else first.info_hash,
        peers=tuple(peer for one in known for peer in one.peers),
        trackers=tuple(tracker for one in known for tracker in one.trackers),
    )


def _complete(tx: Tx, metainfo: Metainfo) -> dict[str, Any]:
    """Store the file list; gives what the metadata tells of the torrent itself."""
    _insert_contents(tx, [metainfo])
    assignments.delete_misfits(tx, metainfo.info_hash)
    return _facts(metainfo)


def _insert_contents(tx: Tx, new: Sequence[Metainfo]) -> None:
    """Store .torrent files and their file lists."""
    if not new:
        return
    tx.execute(insert_into(metainfos), [{"info_hash": one.info_hash, "blob": one.blob} for one in new])
    files = [
        {
            "info_hash": one.info_hash,
            "file_index": file.index,
            "path": file.path,
            "size": file.size,
            "offset": file.offset,
            "hidden": file.hidden,
        }
        for one in new
        for file in one.files
    ]
    tx.execute(insert_into(torrent_files), files)


def _facts(metainfo: Metainfo) -> dict[str, Any]:
    return {
        "name": metainfo.name,
        "state": TorrentState.READY,
        "reason": None,
        "piece_length": metainfo.piece_length,
        "total_size": metainfo.total_size,
        "private": metainfo.private,
    }


def _with_sources(found: TorrentRecord, peers: Iterable[str], trackers: Iterable[str]) -> dict[str, Any]:
    """The peers and trackers that are known, and those that are new."""
    return {
        "peers": list(dict.fromkeys((*found.peers, *peers))),
        "trackers": list(dict.fromkeys((*found.trackers, *trackers))),
    }


def _change(tx: Tx, found: TorrentRecord, values: dict[str, Any]) -> TorrentRecord:
    statement = update(torrents).where(torrents.c.info_hash == found.info_hash).values(values)
    return _record(tx.execute(statement.returning(torrents)).one())


def _find_all(tx: Tx, hashes: Set[str]) -> list[TorrentRecord]:
    """The torrents known by any of the hashes, one that is ready first."""
    statement = select(torrents).where(_known_by(hashes)).order_by(torrents.c.added_at)
    found = [_record(row) for row in tx.execute(statement)]
    return sorted(found, key=lambda one: one.state is not TorrentState.READY)


def _known_by(hashes: Set[str]) -> ColumnElement[bool]:
    return or_(torrents.c.info_hash.in_(hashes), torrents.c.info_hash_v2.in_(hashes))


def _update(tx: Tx, known_as: str, /, **values: Any) -> None:
    tx.execute(update(torrents).where(torrents.c.info_hash == known_as).values(values))


def _missing(info_hash: str) -> NotFound:
    return NotFound(f"There is no torrent {info_hash} in the library.")


def _record(row: AnyRow) -> TorrentRecord:
    return TorrentRecord(
        info_hash=row.info_hash,
        name=row.name,
        state=TorrentState(row.state),
        reason=row.reason,
        magnet_uri=row.magnet_uri,
        piece_length=row.piece_length,
        total_size=row.total_size,
        private=row.private,
        trackers=tuple(row.trackers),
        peers=tuple(row.peers),
        readable=row.readable,
        added_at=row.added_at,
        used_at=row.used_at,
        info_hash_v2=row.info_hash_v2,
        stamps=row.stamps or b"",
        traffic=Traffic(row.uploaded, row.downloaded, row.seeded),
    )
