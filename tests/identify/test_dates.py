from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.identify.dates import find_date


@pytest.mark.parametrize(
    "text",
    ["x.2023.05.10.y", "2023-05-10", "10.05.2023", "10-5-2023 x", "Show.20230510.720p", "a 2023 05 10"],
)
def test_a_date_in_any_order(text: str) -> None:
    found = find_date(text)
    assert found
    assert found[0] == date(2023, 5, 10)


def test_the_month_is_first_where_the_day_cannot_be() -> None:
    found = find_date("05.25.2023")
    assert found
    assert found[0] == date(2023, 5, 25)


@pytest.mark.parametrize("text", ["[20230510]", "2023.13.45", "11.22.63", "DD5.1.2019", "1920x1080", "2023"])
def test_no_date(text: str) -> None:
    assert find_date(text) is None


@given(st.dates(date(1950, 1, 1), date(2050, 1, 1)), st.sampled_from(" .-"))
def test_every_date_is_found_with_its_place(day: date, mark: str) -> None:
    text = day.strftime(f"%Y{mark}%m{mark}%d")
    assert find_date(f"Show {text} x") == (day, 5, 15)
