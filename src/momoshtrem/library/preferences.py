"""What is changed while the server runs, by key; values are what JSON can say."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete as delete_from
from sqlalchemy import insert as insert_into
from sqlalchemy import select

from momoshtrem.library.database import Tx
from momoshtrem.library.schema import preferences


def find(tx: Tx, key: str) -> Any | None:
    return tx.execute(select(preferences.c.value).where(preferences.c.key == key)).scalar()


def put(tx: Tx, key: str, value: Any) -> None:
    """Keep a value in the place of what was."""
    delete(tx, key)
    tx.execute(insert_into(preferences), {"key": key, "value": value})


def delete(tx: Tx, key: str) -> None:
    """Forget a value; one that is not there is no error."""
    tx.execute(delete_from(preferences).where(preferences.c.key == key))
