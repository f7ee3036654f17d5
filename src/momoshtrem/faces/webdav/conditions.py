"""Conditional requests (RFC 9110 section 13)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from momoshtrem.vfs.tree import File

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
TAG = re.compile(r'(W/)?"([^"]*)"')


def failed_condition(headers: Mapping[str, str], file: File) -> int | None:
    """412 or 304 when a condition of a GET or HEAD fails, None when it is to be answered."""
    if "if-match" in headers:
        if not _matches(headers["if-match"], file.etag, weak=False):
            return 412
    elif _is_unmodified(headers.get("if-unmodified-since", ""), file) is False:
        return 412
    if "if-none-match" in headers:
        return 304 if _matches(headers["if-none-match"], file.etag, weak=True) else None
    return 304 if _is_unmodified(headers.get("if-modified-since", ""), file) else None


def allows_range(headers: Mapping[str, str], file: File) -> bool:
    """Whether If-Range, a strong tag or the exact date, lets a Range header count."""
    condition = headers.get("if-range", "").strip()
    if not condition or condition == f'"{file.etag}"':
        return True
    return parse_date(condition) == to_second(file.modified)


def to_second(moment: datetime) -> datetime:
    """The moment as HTTP dates can tell it."""
    return moment.astimezone(UTC).replace(microsecond=0)


def http_date(moment: datetime) -> str:
    """The moment in the form of RFC 1123; a third of the time that `email.utils` takes."""
    utc = moment.astimezone(UTC)
    day, month = DAYS[utc.weekday()], MONTHS[utc.month - 1]
    return f"{day}, {utc.day:02} {month} {utc.year:04} {utc.hour:02}:{utc.minute:02}:{utc.second:02} GMT"


def parse_date(text: str) -> datetime | None:
    """An HTTP date in any of its three forms, or None."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_unmodified(since: str, file: File) -> bool | None:
    moment = parse_date(since)
    return to_second(file.modified) <= moment if moment else None


def _matches(header: str, etag: str, *, weak: bool) -> bool:
    if header.strip() == "*":
        return True
    return any(tag == etag and (weak or not mark) for mark, tag in TAG.findall(header))
