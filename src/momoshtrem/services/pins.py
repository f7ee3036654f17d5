"""Items that a user wants to keep: what is in the cache of them stays there."""

from __future__ import annotations

from momoshtrem.errors import Conflict
from momoshtrem.library import pins
from momoshtrem.library.database import Database, Tx
from momoshtrem.library.pins import Kind


class Pins:
    """Pins movies, shows and episodes, in a cache of `max_size` bytes."""

    def __init__(self, db: Database, max_size: int) -> None:
        self._db = db
        self._limit = pinnable(max_size)

    async def pin(self, kind: Kind, item_id: int) -> None:
        """Keep an item. Raises Conflict when pinned files would leave too little of the cache to others."""
        await self._db.run(pin, kind, item_id, self._limit)

    async def unpin(self, kind: Kind, item_id: int) -> None:
        await self._db.run(pins.put, kind, item_id, pinned=False)


def pin(tx: Tx, kind: Kind, item_id: int, limit: int) -> None:
    """Pin an item if all pinned files together then have `limit` bytes at most, or as much as before."""
    before = pins.measure(tx)
    pins.put(tx, kind, item_id, pinned=True)
    after = pins.measure(tx)
    if after > max(before, limit):
        raise Conflict(f"With this, pinned files would have {explain_limit(after, limit)}")


def pinnable(max_size: int) -> int:
    """How many bytes of a cache can be pinned; the rest is for what is watched beside that."""
    return max_size * 9 // 10


def explain_limit(size: int, limit: int) -> str:
    """The end of a sentence about pinned files that have too many bytes."""
    return (
        f"{size >> 20:,} MiB, and {limit >> 20:,} MiB (90 % of cache.max_size) can be pinned: "
        "unpin something or raise cache.max_size."
    )
