from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.errors import InvalidRange
from momoshtrem.faces.webdav.ranges import parse_range

CONTENT = bytes(range(100))
offsets = st.integers(0, 130)
sizes = st.integers(0, len(CONTENT))


@given(first=offsets, last=offsets, size=sizes)
def test_closed_range_is_a_slice(first: int, last: int, size: int) -> None:
    header = f"bytes={first}-{last}"
    if last < first:
        assert parse_range(header, size) is None
    elif first >= size:
        with pytest.raises(InvalidRange):
            parse_range(header, size)
    else:
        found = parse_range(header, size)
        assert found is not None
        assert CONTENT[found.start : found.stop] == CONTENT[:size][first : last + 1]


@given(first=offsets, size=sizes)
def test_open_range_is_a_slice(first: int, size: int) -> None:
    if first >= size:
        with pytest.raises(InvalidRange):
            parse_range(f"bytes={first}-", size)
    else:
        assert parse_range(f"bytes={first}-", size) == range(first, size)


@given(length=st.integers(1, 130), size=st.integers(1, 100))
def test_suffix_is_a_slice(length: int, size: int) -> None:
    found = parse_range(f"bytes=-{length}", size)
    assert found is not None
    assert CONTENT[found.start : found.stop] == CONTENT[:size][-length:]


def test_suffix_of_an_empty_file_is_the_whole_file() -> None:
    assert parse_range("bytes=-5", 0) is None
    with pytest.raises(InvalidRange):
        parse_range("bytes=-0", 10)


@given(header=st.text(), size=sizes)
def test_any_text_gives_a_part_of_the_file_or_nothing(header: str, size: int) -> None:
    for text in (header, f"bytes={header}", f"bytes={header}-", f"bytes=-{header}"):
        try:
            found = parse_range(text, size)
        except InvalidRange:
            continue
        assert found is None or (found and found.start >= 0 and found.stop <= size)


SPACES = " " * 250_000


@pytest.mark.parametrize(
    "header", [f"bytes={SPACES}x", f"bytes={SPACES}1{SPACES}x", f"bytes=1-{SPACES}2{SPACES}x"]
)
def test_a_flood_of_spaces_is_ignored_at_once(header: str) -> None:
    """With backtracking each would take minutes, and the run would end at its time limit."""
    assert parse_range(header, 100) is None


@pytest.mark.parametrize("part", ["1-2,3-4", "\u0661-", "9" * 5000 + "-", "+1-2", "1_0-", "0x1-"])
def test_what_cannot_be_read_is_ignored(part: str) -> None:
    assert parse_range(f"bytes={part}", 100) is None
