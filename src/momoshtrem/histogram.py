"""How many values were how large: plain numbers that only grow, for whoever shows them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate


class Histogram:
    """Counts each value at the smallest of the ascending `bounds` that it does not exceed."""

    __slots__ = ("_counts", "bounds", "sum")

    def __init__(self, *bounds: float) -> None:
        self.bounds = bounds
        self.sum = 0.0
        self._counts = [0] * (len(bounds) + 1)

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self._counts)

    def cumulate(self) -> Iterator[tuple[float, int]]:
        """By bound, how many values were not larger; infinity is the last bound."""
        return zip((*self.bounds, float("inf")), accumulate(self._counts), strict=True)
