"""What was learned from the bytes of media files, for their next open."""

from __future__ import annotations

from sqlalchemy import delete as delete_from
from sqlalchemy import insert as insert_into
from sqlalchemy import select

from momoshtrem.library import torrents
from momoshtrem.library.database import Tx
from momoshtrem.library.schema import outlines
from momoshtrem.model.stored import OutlineRecord


def put(tx: Tx, info_hash: str, outline: OutlineRecord) -> None:
    """Keep what is known of a file in the place of what was. A torrent that is gone by now is no error."""
    if torrents.find(tx, info_hash) is None:
        return
    tx.execute(
        delete_from(outlines).where(
            outlines.c.info_hash == info_hash, outlines.c.file_index == outline.file_index
        )
    )
    row = {
        "info_hash": info_hash,
        "file_index": outline.file_index,
        "head": outline.head,
        "parts": [list(part) for part in outline.parts],
        "duration": outline.duration,
    }
    tx.execute(insert_into(outlines), row)


def find_for_torrent(tx: Tx, info_hash: str) -> list[OutlineRecord]:
    """Of all files that something is known of."""
    columns = outlines.c["file_index", "head", "parts", "duration"]
    statement = select(*columns).where(outlines.c.info_hash == info_hash).order_by(columns.file_index)
    return [
        OutlineRecord(
            row.file_index, row.head, tuple((start, stop) for start, stop in row.parts), row.duration
        )
        for row in tx.execute(statement)
    ]
