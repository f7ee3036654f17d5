"""The service of pins, in memory."""

from __future__ import annotations

from momoshtrem.errors import Conflict, NotFound
from momoshtrem.library.pins import Kind
from momoshtrem.services.pins import Pins


class FakePins(Pins):
    """Items with the id 1 can be pinned, those with the id 2 are too large."""

    def __init__(self) -> None:
        self.pinned: set[tuple[Kind, int]] = set()

    async def pin(self, kind: Kind, item_id: int) -> None:
        self._find(kind, item_id)
        if item_id == 2:
            raise Conflict("With this, pinned files would have too many bytes: unpin something.")
        self.pinned.add((kind, item_id))

    async def unpin(self, kind: Kind, item_id: int) -> None:
        self._find(kind, item_id)
        self.pinned.discard((kind, item_id))

    def _find(self, kind: Kind, item_id: int) -> None:
        if item_id not in (1, 2):
            raise NotFound(f"There is no {kind} {item_id} in the library.")
