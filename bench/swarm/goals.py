"""Figures and what they should be: lines of the table.

With pieces larger than 1 MiB, which are asked for from their beginning, what comes after a seek may be later
by what the part of the piece before the position takes; and no goal is set for an opening.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from statistics import median

from bench.report import Goal, Row
from bench.swarm import measures as m
from bench.swarm.profiles import MIB, SEEKS, Profile

SMALL = 1
"""MiB of the pieces that the goals were set for."""
MAX_UNREAD = 16
"""MiB, the smallest window of a reader that streams."""

WASTE_GOALS = {
    m.AGAIN: Goal(0.05, at_least=False),
    m.UNREAD: Goal(MAX_UNREAD, at_least=False, unit=" MiB"),
}
NO_STALL = {m.STALLS: Goal(0, at_least=False)}
GOALS: dict[str, dict[str, Goal]] = {
    "fast": {
        m.COLD: Goal(0.4, at_least=False, unit=" s"),
        m.SEEK: Goal(0.3, at_least=False, unit=" s"),
        m.SEEK_MIB: Goal(0.4, at_least=False, unit=" s"),
        m.GOODPUT: Goal(0.97, at_least=True),
        m.TWO: Goal(0.92, at_least=True),
        m.FAIR: Goal(0.8, at_least=True),
        m.FRAME: Goal(2, at_least=False, unit=" s"),
        **NO_STALL,
        **WASTE_GOALS,
    },
    "mixed": {
        m.COLD: Goal(0.7, at_least=False, unit=" s"),
        m.SEEK_MIB: Goal(1.3, at_least=False, unit=" s"),
        m.GOODPUT: Goal(0.93, at_least=True),
        m.OPENING: Goal(3.2, at_least=False, unit=" s"),
        **NO_STALL,
        **WASTE_GOALS,
    },
    "slow": {m.OPENING: Goal(5.6, at_least=False, unit=" s"), **WASTE_GOALS},
    "churn": {m.TWO: Goal(2.1, at_least=True, unit=" MB/s"), **NO_STALL, **WASTE_GOALS},
    "liar": {m.GOODPUT: Goal(0.85, at_least=True), m.UNREAD: WASTE_GOALS[m.UNREAD]},
}
"""By profile. What a liar sends is thrown away, so that share has no goal there."""


def judge(name: str, profile: Profile, piece: int, samples: m.Samples) -> list[Row]:
    """All lines of one swarm and one size of pieces."""
    return [_judge(name, profile, piece, figure, samples) for figure in m.FIGURES if figure in samples]


def goal_of(name: str, figure: str, piece: int) -> Goal | None:
    if figure == m.OPENING and piece > SMALL:
        return None
    return GOALS[name].get(figure)


def adjust(figure: str, values: Sequence[float], piece: int, capacity: float) -> list[float]:
    """Seconds after seeks without those that the parts of the pieces before the positions take."""
    if piece == SMALL or figure not in (m.SEEK, m.SEEK_MIB):
        return list(values)
    before = [position % (piece * MIB) / capacity for position in SEEKS]
    return [value - part for value, part in zip(values, itertools.cycle(before), strict=False)]


def _judge(name: str, profile: Profile, piece: int, figure: str, samples: m.Samples) -> Row:
    goal = goal_of(name, figure, piece)
    values = adjust(figure, samples[figure], piece, profile.capacity)
    what = f"{name}, {piece} MiB: {figure}"
    if figure in (m.GOODPUT, m.TWO):
        one = samples.get(m.GOODPUT, [profile.capacity]) if figure == m.TWO else [profile.capacity]
        return _judge_rate(what, median(values), median(one), goal)
    value = _summarize(figure, values)
    show = SHOWN.get(figure, _seconds)
    worst = f" (worst {show(max(values))})" if len(values) > 1 else ""
    return Row(what, show(value) + worst, goal=goal.judge(value) if goal else "-")


def _judge_rate(what: str, rate: float, reference: float, goal: Goal | None) -> Row:
    """A goal with a unit is about the rate, one without about the ratio."""
    ratio = rate / reference
    judged = "-" if goal is None else goal.judge(rate / 1e6 if goal.unit else ratio)
    return Row(what, _rate(rate), _rate(reference), f"{ratio:.2f}", judged)


def _summarize(figure: str, values: Sequence[float]) -> float:
    """What nine of ten openings keep to; the median of all else, but every stall counts."""
    if figure == m.OPENING:
        return sorted(values)[math.ceil(0.9 * len(values)) - 1]
    return max(values) if figure == m.STALLS else median(values)


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


def _rate(value: float) -> str:
    return f"{value / 1e6:.2f} MB/s"


SHOWN: dict[str, Callable[[float], str]] = {
    m.FAIR: lambda value: f"{value:.2f} of the better",
    m.STALLS: lambda value: f"{value:.0f}",
    m.AGAIN: lambda value: f"{value:.1%}",
    m.UNREAD: lambda value: f"{value:.1f} MiB",
}
