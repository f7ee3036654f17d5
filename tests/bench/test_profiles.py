from __future__ import annotations

import pytest

from bench.swarm.profiles import PERIOD, PROFILES, Visitor
from tests.fakes.line import Line


def test_a_visitor_is_here_in_its_part_of_each_period() -> None:
    visitor = Visitor(Line(rate=12e6), begin=5, end=7)

    assert [visitor.is_here(at) for at in (0, 5, 6.9, 7, PERIOD + 5)] == [False, True, True, False, True]
    assert visitor.rate == pytest.approx(2e6)


def test_a_swarm_gives_what_its_honest_peers_give_on_average() -> None:
    found = {name: round(profile.capacity / 1e6, 2) for name, profile in PROFILES.items()}
    assert found == {"fast": 8.0, "mixed": 3.15, "slow": 1.0, "churn": 3.33, "liar": 4.0}
