from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.swarm.plot import GOAL, WIDTH, draw


def test_samples_and_the_goal_have_their_places() -> None:
    what, line, goal = draw("seek", [0.0, 1.0, 1.0, 2.0], 1.0)

    assert what == "seek"
    assert line == f"  0 [.{' ' * 29}:{' ' * 29}.] 2.00"
    assert goal.index(GOAL) == line.index(":")


@given(st.lists(st.floats(-1, 1e6), min_size=1), st.none() | st.floats(0, 1e6))
def test_every_line_has_the_same_width(samples: list[float], goal: float | None) -> None:
    line = draw("", samples, goal)[1]
    assert line.index("]") - line.index("[") == WIDTH + 2
