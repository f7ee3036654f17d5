"""Samples on a line each, as text."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 60
MARKS = " .:|#"
"""None, one, two, three, more samples at a place."""
GOAL = "^"


def draw(what: str, samples: Sequence[float], goal: float | None) -> list[str]:
    """The samples from 0 to the greatest, and below them where the goal is."""
    end = max(*samples, goal or 0.0, 1e-9)
    counts = [0] * (WIDTH + 1)
    for sample in samples:
        counts[_place(sample, end)] += 1
    line = "".join(MARKS[min(count, len(MARKS) - 1)] for count in counts)
    drawn = [f"{what}", f"  0 [{line}] {end:.2f}"]
    if goal is not None:
        drawn.append(" " * (5 + _place(goal, end)) + f"{GOAL} goal {goal:g}")
    return drawn


def _place(value: float, end: float) -> int:
    return round(max(0.0, value) / end * WIDTH)
