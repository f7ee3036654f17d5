from __future__ import annotations

import pytest

from bench.swarm import measures as m
from bench.swarm.goals import GOALS, adjust, goal_of, judge
from bench.swarm.profiles import MIB, PROFILES, SEEKS

FAST = PROFILES["fast"]


def verdict(name: str, figure: str, samples: m.Samples) -> str:
    """The end of the line for one figure with pieces of 1 MiB."""
    rows = judge(name, PROFILES[name], 1, samples)
    return next(row.goal for row in rows if row.what.endswith(f": {figure}"))


@pytest.mark.parametrize(
    ("name", "figure", "samples", "found"),
    [
        ("fast", m.COLD, [0.39], "met"),
        ("fast", m.COLD, [0.41], "MISSED"),
        ("fast", m.SEEK, [0.2, 0.25, 0.9], "met"),
        ("fast", m.GOODPUT, [7.8e6], "met"),
        ("fast", m.GOODPUT, [7.7e6], "MISSED"),
        ("fast", m.STALLS, [0.0, 0.0, 1.0], "MISSED"),
        ("mixed", m.OPENING, [3.0] * 9 + [9.0], "met"),
        ("mixed", m.OPENING, [3.0] * 8 + [9.0] * 2, "MISSED"),
        ("churn", m.TWO, [2.2e6], "met"),
        ("liar", m.GOODPUT, [3.3e6], "MISSED"),
    ],
)
def test_figures_are_judged(name: str, figure: str, samples: list[float], found: str) -> None:
    assert verdict(name, figure, {figure: samples}).endswith(found)


def test_two_readers_are_judged_by_what_one_got() -> None:
    assert verdict("fast", m.TWO, {m.TWO: [5e6], m.GOODPUT: [5.2e6]}).endswith("met")
    assert verdict("fast", m.TWO, {m.TWO: [5e6]}).endswith("MISSED")


def test_large_pieces_excuse_the_part_before_a_position() -> None:
    before = [position % (16 * MIB) / FAST.capacity for position in SEEKS]

    assert adjust(m.SEEK, before, 16, FAST.capacity) == [0.0] * len(SEEKS)
    assert adjust(m.SEEK, before, 1, FAST.capacity) == before
    assert adjust(m.COLD, [2.0], 16, FAST.capacity) == [2.0]
    assert goal_of("mixed", m.OPENING, 16) is None


def test_every_goal_is_of_a_figure_that_is_shown() -> None:
    assert GOALS.keys() == PROFILES.keys()
    assert {figure for goals in GOALS.values() for figure in goals} <= set(m.FIGURES)
