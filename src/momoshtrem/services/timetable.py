"""Which rule of the schedule of limits holds: pure, by the clock on the wall.

All moments are naive and local. Each is looked at by itself, so that a clock that jumps, or goes an hour
forth or back with the season, leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from momoshtrem.settings import DAYS, Rule

DAY = timedelta(days=1)


def find_rule(rules: Sequence[Rule], at: datetime) -> int | None:
    """The first rule that holds, by its place in the schedule."""
    holding = (
        nth for nth, rule in enumerate(rules) if any(begin <= at < end for begin, end in _around(rule, at))
    )
    return next(holding, None)


def find_change(rules: Sequence[Rule], at: datetime) -> datetime | None:
    """When another rule will hold, or none; None where that stays as it is."""
    now = find_rule(rules, at)
    moments = {moment for rule in rules for term in _around(rule, at, days=7) for moment in term}
    return next((each for each in sorted(moments) if each > at and find_rule(rules, each) != now), None)


def _around(rule: Rule, at: datetime, days: int = 0) -> Iterator[tuple[datetime, datetime]]:
    """When the rule begins and ends, from the day before to so many days after."""
    for day in range(-1, days + 1):
        date = (at + day * DAY).date()
        if DAYS[date.weekday()] in rule.days:
            begin, end = datetime.combine(date, rule.begin), datetime.combine(date, rule.until)
            yield begin, end if end > begin else end + DAY
