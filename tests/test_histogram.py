from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.histogram import Histogram

BOUNDS = (0.1, 1.0, 10.0)


def test_a_value_counts_at_the_bound_that_it_does_not_exceed() -> None:
    histogram = Histogram(*BOUNDS)
    for value in (0.1, 0.5, 10.5):
        histogram.observe(value)
    assert list(histogram.cumulate()) == [(0.1, 1), (1.0, 2), (10.0, 2), (math.inf, 3)]


@given(st.lists(st.floats(0, 20)))
def test_every_value_is_counted_once(values: list[float]) -> None:
    histogram = Histogram(*BOUNDS)
    for value in values:
        histogram.observe(value)
    assert histogram.count == len(values)
    assert math.isclose(histogram.sum, math.fsum(values), abs_tol=1e-9)
    for bound, count in histogram.cumulate():
        assert count == sum(value <= bound for value in values)
