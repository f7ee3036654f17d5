from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.services.timetable import find_change, find_rule
from momoshtrem.settings import DAYS, Rule

MONDAY = datetime(2026, 3, 23)  # noqa: DTZ001 - by the clock on the wall
NIGHT = Rule.model_validate({"from": "23:00", "until": "07:00", "days": ["mon"]})
EVENING = Rule.model_validate({"from": "18:00", "until": "23:30"})
WHOLE = Rule.model_validate({"from": "00:00", "until": "00:00", "days": ["sun"]})

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1))  # noqa: DTZ001
TIMES = st.times().map(lambda time: time.strftime("%H:%M"))
RULES = st.lists(
    st.builds(
        lambda days, begin, until: Rule.model_validate({"days": sorted(days), "from": begin, "until": until}),
        st.sets(st.sampled_from(DAYS), min_size=1),
        TIMES,
        TIMES,
    ),
    max_size=3,
)


def at(days: int, hour: int, minute: int = 0) -> datetime:
    return MONDAY + timedelta(days=days, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("moment", "rule"),
    [
        (at(0, 22, 59), None),
        (at(0, 23), 0),
        (at(1, 3), 0),
        (at(1, 6, 59), 0),
        (at(1, 7), None),
        (at(1, 23), None),
        (at(0, 3), None),
    ],
)
def test_a_rule_goes_on_past_midnight_of_its_days(moment: datetime, rule: int | None) -> None:
    assert find_rule([NIGHT], moment) == rule


def test_equal_times_are_a_whole_day() -> None:
    holding = [find_rule([WHOLE], at(0, hour)) == 0 for hour in range(7 * 24 + 1)]
    assert holding == [False] * 6 * 24 + [True] * 24 + [False]


def test_of_two_rules_the_first_counts() -> None:
    assert find_rule([NIGHT, EVENING], at(0, 23, 15)) == 0
    assert find_rule([EVENING, NIGHT], at(0, 23, 15)) == 0
    assert find_rule([EVENING, NIGHT], at(0, 23, 45)) == 1


def test_the_next_change_is_where_another_rule_holds() -> None:
    assert find_change([NIGHT], at(0, 12)) == at(0, 23)
    assert find_change([NIGHT], at(1, 3)) == at(1, 7)
    assert find_change([NIGHT, EVENING], at(0, 22)) == at(0, 23)
    assert find_change([EVENING, NIGHT], at(0, 22)) == at(0, 23, 30)
    assert find_change([NIGHT], at(1, 8)) == at(7, 23)
    assert find_change([], at(0, 12)) is None


def test_a_rule_that_always_holds_never_changes() -> None:
    always = Rule.model_validate({"from": "05:00", "until": "05:00"})
    assert find_change([always], at(2, 5)) is None


@given(RULES, MOMENTS)
def test_nothing_changes_before_the_next_change(rules: list[Rule], moment: datetime) -> None:
    now, change = find_rule(rules, moment), find_change(rules, moment)
    until = moment + timedelta(days=7) if change is None else change
    steps = int((until - moment) / timedelta(minutes=31))
    assert {find_rule(rules, moment + step * timedelta(minutes=31)) for step in range(steps)} <= {now}
    assert change is None or find_rule(rules, change) != now
