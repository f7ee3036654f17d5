"""A small library, and the ways in and out of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import update

from momoshtrem.library import assignments, corrections, movies, pins, schema, shows, torrents
from momoshtrem.library.database import Tx
from momoshtrem.model.media import Correction, NewMovie
from momoshtrem.model.torrent import Metainfo
from momoshtrem.services.exchange.export import Choice
from momoshtrem.services.exchange.imports import Imported
from momoshtrem.services.exchange.service import Exchange
from tests.library.samples import FARGO, HEAT, assignment
from tests.services.rig import Rig, files_of, make_torrent

HEAD: dict[str, Any] = {"format": "momoshtrem library", "version": 1}
MOVIE = {"title": "Heat", "added_at": "2026-01-02T03:04:05Z"}
TORRENT = {"info_hash": "a" * 40, "added_at": "2026-01-02T03:04:05Z"}

TRACKER = "http://tracker.test/passkey/announce"
HEAT_1080 = make_torrent("Heat.1995.1080p.mkv", trackers=(TRACKER,))
HEAT_720 = make_torrent("Heat.1995.720p.mkv")
PACK = make_torrent("Fargo.S01", "e1.mkv", "e2.mkv")
ALL = Choice(metainfo=True)


def of(metainfo: Metainfo, index: int = 0, **item: Any) -> Any:
    file = metainfo.files[index]
    found = assignment(metainfo.info_hash, index, **item)
    return replace(found, path=file.path, size=file.size)


def stock(tx: Tx) -> None:
    """A film with a standby, a second version and a proposal; a show with a double episode; a rule."""
    for metainfo in (HEAT_1080, HEAT_720, PACK):
        torrents.insert(tx, metainfo)
    heat, _ = movies.insert(tx, HEAT)
    movies.insert(tx, NewMovie("Never listed"))
    assignments.insert_all(tx, [of(HEAT_720, movie_id=heat.id)])
    assignments.insert_all(tx, [of(HEAT_1080, movie_id=heat.id)])
    fargo, _ = shows.insert(tx, replace(FARGO, whole=True))
    tx.execute(update(schema.shows).values(ended=True))
    first, second, other = (one.id for one in fargo.episodes)
    assignments.insert_all(tx, [of(PACK, 0, episode_id=first), of(PACK, 0, episode_id=second)])
    assignments.insert_all(tx, [of(PACK, 1, episode_id=second, version="2160p")])
    assignments.insert_all(tx, [replace(of(PACK, 1, episode_id=other), proposed=True, reason="a guess")])
    corrections.put(tx, fargo.id, Correction("grp", None, 3, 1, 2))
    pins.put(tx, "movie", heat.id, pinned=True)
    pins.put(tx, "episode", second, pinned=True)


def exchange_of(rig: Rig, tmp_path: Path) -> Exchange:
    return Exchange(rig.db, rig.jobs, tmp_path)


async def in_chunks(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def export(exchange: Exchange, choice: Choice = ALL) -> bytes:
    return b"".join([chunk async for chunk in exchange.export(choice)])


async def add(exchange: Exchange, document: Any, *, dry_run: bool = False) -> Imported:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return await exchange.add(in_chunks(content), dry_run=dry_run)


def facts(rig: Rig) -> dict[str, Any]:
    """All that players see of the tree."""
    return {path: (file.ref, file.modified) for path, file in files_of(rig.tree).items()}
