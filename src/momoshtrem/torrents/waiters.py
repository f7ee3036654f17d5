"""Who waits for which piece."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class Waiters:
    """Waits that end by piece, or all with one error."""

    def __init__(self) -> None:
        self._futures: dict[int, set[asyncio.Future[None]]] = defaultdict(set)

    async def wait(self, piece: int) -> None:
        """Return at the next `wake` for this piece. Raises the error of `fail`."""
        future = asyncio.get_running_loop().create_future()
        futures = self._futures[piece]
        futures.add(future)
        try:
            await future
        finally:
            futures.discard(future)
            if not futures:
                self._futures.pop(piece, None)

    def wake(self, piece: int) -> None:
        for future in self._futures.get(piece, ()):
            if not future.done():
                future.set_result(None)

    def wake_all(self) -> None:
        for piece in self._futures:
            self.wake(piece)

    def fail(self, error: Exception) -> None:
        for futures in self._futures.values():
            for future in futures:
                if not future.done():
                    future.set_exception(error)
