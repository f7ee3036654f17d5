"""Steps that every table's module takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Row, Select, func, select

from momoshtrem.library.database import Tx
from momoshtrem.model.media import Page

T = TypeVar("T")
AnyRow = Row[*tuple[Any, ...]]


def fetch_page(
    tx: Tx, statement: Select[*tuple[Any, ...]], build: Callable[[AnyRow], T], limit: int, offset: int
) -> Page[T]:
    """The rows from `offset` on, at most `limit`, and how many there are in all."""
    total = tx.execute(select(func.count()).select_from(statement.order_by(None).subquery())).scalar()
    found = tx.execute(statement.limit(limit).offset(offset))
    return Page(tuple(build(row) for row in found), total or 0)
