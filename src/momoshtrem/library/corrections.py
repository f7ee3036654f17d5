"""Corrections by hand, kept as rules for a show and a release group."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy import delete as delete_from
from sqlalchemy import insert as insert_into

from momoshtrem.errors import NotFound
from momoshtrem.library.database import Tx
from momoshtrem.library.rows import AnyRow, fetch_page
from momoshtrem.library.schema import corrections
from momoshtrem.model.media import Correction, Page, StoredCorrection

_NO_SEASON = -1


def put(tx: Tx, show_id: int, rule: Correction) -> StoredCorrection:
    """Keep a rule in the place of an earlier one for the same group, season and number."""
    key = {
        "show_id": show_id,
        "release_group": rule.release_group,
        "season": _NO_SEASON if rule.season is None else rule.season,
        "number": rule.number,
    }
    tx.execute(delete_from(corrections).filter_by(**key))
    row: dict[str, Any] = key | {"to_season": rule.to_season, "to_number": rule.to_number}
    return _correction(tx.execute(insert_into(corrections).returning(corrections), row).one())


def find_for_show(tx: Tx, show_id: int) -> list[StoredCorrection]:
    """In order of group, season and number."""
    return [_correction(row) for row in tx.execute(_select(show_id))]


def list_page(tx: Tx, show_id: int, limit: int, offset: int) -> Page[StoredCorrection]:
    """In the same order."""
    return fetch_page(tx, _select(show_id), _correction, limit, offset)


def delete(tx: Tx, show_id: int, correction_id: int) -> None:
    mine = corrections.c.show_id == show_id, corrections.c.id == correction_id
    if not tx.execute(delete_from(corrections).where(*mine)).rowcount:
        raise NotFound(f"The show {show_id} has no correction {correction_id}.")


def _select(show_id: int) -> Select[*tuple[Any, ...]]:
    order = corrections.c["release_group", "season", "number"]
    return select(corrections).where(corrections.c.show_id == show_id).order_by(*order)


def _correction(row: AnyRow) -> StoredCorrection:
    season = None if row.season == _NO_SEASON else row.season
    rule = Correction(row.release_group, season, row.number, row.to_season, row.to_number)
    return StoredCorrection(row.id, row.show_id, rule)
