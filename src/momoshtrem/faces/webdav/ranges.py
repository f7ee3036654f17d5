"""The Range header (RFC 9110 section 14.2)."""

from __future__ import annotations

import re

from momoshtrem.errors import InvalidRange

ONE_RANGE = re.compile(r"\s*+bytes\s*+=\s*+([0-9]{0,30})\s*+-\s*+([0-9]{0,30})\s*+", re.IGNORECASE)
"""Possessive: many spaces shall be no work."""


def parse_range(header: str, size: int) -> range | None:
    """The offsets asked for, cut to the file of `size` bytes; None where the whole file is the answer.

    A header with several ranges, or one that cannot be read, is ignored, as the RFC allows. Raises
    InvalidRange when no byte of the file is asked for.
    """
    found = ONE_RANGE.fullmatch(header)
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return _suffix(int(last), size)
    start, stop = int(first), int(last) + 1 if last else size
    if last and stop <= start:
        return None
    if start >= size:
        raise InvalidRange(f"The file has only {size} bytes.")
    return range(start, min(stop, size))


def _suffix(length: int, size: int) -> range | None:
    if length == 0:
        raise InvalidRange("The last 0 bytes are no range.")
    return range(max(0, size - length), size) if size else None
