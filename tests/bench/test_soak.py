from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.soak import Sample, find_growth

sizes = st.floats(-1e6, 1e6)


@given(begin=sizes, growth=sizes)
def test_a_steady_growth_is_found_whole(begin: float, growth: float) -> None:
    samples = [Sample(10 + n, 0, round(begin + growth * n / 20), 0) for n in range(21)]
    assert find_growth(samples, lambda sample: sample.descriptors) == pytest.approx(growth, abs=2)


def test_what_goes_up_and_down_does_not_grow() -> None:
    samples = [Sample(n, 0, 50 + n % 2, 0) for n in range(101)]
    assert find_growth(samples, lambda sample: sample.descriptors) == pytest.approx(0, abs=0.1)
