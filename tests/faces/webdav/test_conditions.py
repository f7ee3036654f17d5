from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.faces.webdav.conditions import (
    allows_range,
    failed_condition,
    http_date,
    parse_date,
    to_second,
)
from tests.faces.webdav.library import MODIFIED, a_file

FILE = a_file("Film.mkv", 9)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS)
def test_date_is_that_of_the_standard_library_and_reads_back(moment: datetime) -> None:
    assert http_date(moment) == format_datetime(moment, usegmt=True)
    assert parse_date(http_date(moment)) == to_second(moment)


def test_date_of_another_zone() -> None:
    assert http_date(MODIFIED.astimezone(timezone(timedelta(hours=9)))) == "Sat, 31 Jan 2026 12:00:00 GMT"


def test_all_three_forms_of_dates() -> None:
    forms = ["Sat, 31 Jan 2026 12:00:00 GMT", "Saturday, 31-Jan-26 12:00:00 GMT", "Sat Jan 31 12:00:00 2026"]
    assert {parse_date(form) for form in forms} == {to_second(MODIFIED)}


@given(st.text() | st.from_regex(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ \S*", fullmatch=True))
def test_no_text_breaks_the_dates(text: str) -> None:
    moment = parse_date(text)
    assert moment is None or moment.tzinfo is not None
    allows_range({"if-range": text}, FILE)
    failed_condition({"if-modified-since": text, "if-match": text}, FILE)


def test_tags_go_before_dates() -> None:
    late, early = http_date(MODIFIED + timedelta(days=1)), http_date(MODIFIED - timedelta(days=1))
    assert failed_condition({"if-match": '"tag-9-0"', "if-unmodified-since": early}, FILE) is None
    assert failed_condition({"if-none-match": '"x"', "if-modified-since": late}, FILE) is None
    assert failed_condition({"if-modified-since": late}, FILE) == 304
    assert failed_condition({"if-match": '"x"', "if-none-match": "*"}, FILE) == 412


def test_fraction_of_a_second_counts_for_nothing() -> None:
    assert failed_condition({"if-unmodified-since": http_date(MODIFIED)}, FILE) is None
    assert allows_range({"if-range": http_date(MODIFIED)}, FILE)
