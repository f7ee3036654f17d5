"""What the cache holds, and which parts of it shall stay longest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, func, not_, select

from momoshtrem.library.database import Tx
from momoshtrem.library.pins import IS_PINNED
from momoshtrem.library.rows import AnyRow
from momoshtrem.library.schema import assignments, outlines, torrent_files, torrents
from momoshtrem.model.stored import CachedRecord, KeptFile, Traffic

IS_CACHED = func.length(torrents.c.readable) > 0


def find_cached(tx: Tx, info_hash: str | None = None) -> list[CachedRecord]:
    """All torrents of which some piece is on disk, or this one if it is among them."""
    which = IS_CACHED if info_hash is None else IS_CACHED & (torrents.c.info_hash == info_hash)
    columns = torrents.c["info_hash", "piece_length", "total_size", "readable", "stamps"]
    return [
        CachedRecord(row.info_hash, row.piece_length, row.total_size, row.readable, row.stamps or b"")
        for row in tx.execute(select(*columns).where(which))
        if any(row.readable)
    ]


def find_traffic(tx: Tx) -> dict[str, Traffic]:
    """What went over the wire of each of them."""
    columns = torrents.c["info_hash", "readable", "uploaded", "downloaded", "seeded"]
    rows = tx.execute(select(*columns).where(IS_CACHED))
    found = (row for row in rows if any(row.readable))
    return {row.info_hash: Traffic(row.uploaded, row.downloaded, row.seeded) for row in found}


def find_kept(tx: Tx, info_hash: str | None = None) -> dict[str, list[KeptFile]]:
    """By their torrents the files that are assigned and not only proposed: of one, or of all in the cache."""
    named = select(torrents.c.info_hash).where(IS_CACHED) if info_hash is None else [info_hash]
    rows = tx.execute(_select_files().where(assignments.c.info_hash.in_(named)))
    found = defaultdict(list)
    for (key, _), same in groupby(rows, itemgetter(0, 1)):
        found[key].append(_kept(same))
    return found


def _select_files() -> Select[*tuple[Any, ...]]:
    """Files with what is known of them, once for each item that they stand for."""
    key = assignments.c["info_hash", "file_index"]
    at_file, at_outline = (
        (table.c.info_hash == key.info_hash) & (table.c.file_index == key.file_index)
        for table in (torrent_files, outlines)
    )
    return (
        select(*key, *torrent_files.c["offset", "size"], IS_PINNED.label("pinned"))
        .add_columns(*outlines.c["head", "parts"])
        .select_from(assignments.join(torrent_files, at_file).outerjoin(outlines, at_outline))
        .where(not_(assignments.c.proposed))
        .order_by(*key)
    )


def _kept(rows: Iterable[AnyRow]) -> KeptFile:
    """A file, pinned if one of its items is."""
    first, *others = rows
    parts = () if first.head is None else ((0, first.head), *(tuple(part) for part in first.parts))
    return KeptFile(first.offset, first.size, any(row.pinned for row in (first, *others)), parts)
