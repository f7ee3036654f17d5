"""Answers of outside services, kept for a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from momoshtrem.errors import ServiceDown

T = TypeVar("T")

PAUSE = 60.0
"""Seconds that a service is left alone after it did not answer, where there is an old answer."""


class Recent:
    """Answers of the last `lifetime` seconds, at most `size` of them."""

    def __init__(self, lifetime: float, size: int, now: Callable[[], float]) -> None:
        self._lifetime = lifetime
        self._size = size
        self._now = now
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    async def recall(self, key: Hashable, fetch: Callable[[], Awaitable[T]], fresh: bool = False) -> T:
        """What is kept under the key, or else what `fetch` gives; `fresh` always fetches.

        While the service is down an old answer is better than none, unless it has to be `fresh`.
        """
        kept = self._kept.get(key)
        if kept and not fresh and self._now() < kept[0]:
            answer: T = kept[1]
            return answer
        try:
            answer, seconds = await fetch(), self._lifetime
        except ServiceDown:
            if fresh or kept is None:
                raise
            answer, seconds = kept[1], PAUSE
        self._keep(key, answer, seconds)
        return answer

    def _keep(self, key: Hashable, answer: object, seconds: float) -> None:
        self._kept.pop(key, None)
        self._kept[key] = (self._now() + seconds, answer)
        if len(self._kept) > self._size:
            del self._kept[next(iter(self._kept))]
