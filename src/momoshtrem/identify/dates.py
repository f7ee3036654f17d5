"""The dates in the names of daily shows."""

from __future__ import annotations

import re
from datetime import date

_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d\d)([ .-])(\d\d)\2(\d\d)(?!\d)")
_YEAR_LAST = re.compile(r"(?<![\w])(\d{1,2})([ .-])(\d{1,2})\2((?:19|20)\d\d)(?!\d)")
_COMPACT = re.compile(r"(?<![\w\[(])((?:19|20)\d\d)(\d\d)(\d\d)(?![\w\])])")


def find_date(text: str) -> tuple[date, int, int] | None:
    """The first date in `text`, its start and end; the day comes before the month where both are possible."""
    if (match := _YEAR_FIRST.search(text)) and (day := _date(match[1], match[3], match[4])):
        return day, match.start(), match.end()
    if match := _YEAR_LAST.search(text):
        first, second, year = match[1], match[3], match[4]
        if day := _date(year, second, first) or _date(year, first, second):
            return day, match.start(), match.end()
    if (match := _COMPACT.search(text)) and (day := _date(*match.groups())):
        return day, match.start(), match.end()
    return None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
