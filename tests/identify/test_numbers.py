from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.identify.numbers import find_bare_number, find_numbers, technical_part


@pytest.mark.parametrize(
    "name",
    [
        "Film.2019.1920x1080.x264",
        "Film.1080p.H.264.5.1.10bit",
        "Film 7.1 24fps [ABCDEF12]",
        "Ocean's 11",
        "Apollo 13",
        "Part 2",
        "Film.1x264",
        "Wall-E 2",
        "",
    ],
)
def test_other_numbers_are_no_episodes(name: str) -> None:
    assert not find_numbers(name)


def test_the_text_around_the_numbers_is_kept() -> None:
    numbers = find_numbers("Show_Name_S01E02_Rose_720p")
    assert (numbers.before, numbers.after) == ("Show_Name_", "_Rose_720p")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("05", (5,)),
        ("05 - Name", (5,)),
        ("05. Name", (5,)),
        ("Show - 05", (5,)),
        ("Show - 05v2 [720p]", (5,)),
        ("Show - 05 (1080p) [12345678]", (5,)),
        ("[Group][Show][05][720p]", (5,)),
        ("Show 105 720p", (105,)),
        ("Show.105.720p.HDTV", (105,)),
        ("Show - 01-03 [Batch]", (1, 2, 3)),
        ("Show - 12.5 [1080p]", ()),
        ("Show - 2019", ()),
        ("Show Part 2", ()),
        ("Show 1080p x264", ()),
        ("Show", ()),
    ],
)
def test_bare_numbers(name: str, expected: tuple[int, ...]) -> None:
    assert find_bare_number(name).episodes == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Show.S01E01.Name.1080p.WEB-GRP", "1080p.WEB-GRP"),
        ("Show - 01 (720p) [12345678]", "720p) "),
        ("Webster.S01E01", ""),
    ],
)
def test_technical_part(name: str, expected: str) -> None:
    assert technical_part(name) == expected


@given(st.integers(1, 20), st.integers(0, 999), st.integers(0, 999))
def test_a_dash_counts_only_forwards(season: int, first: int, last: int) -> None:
    episodes = find_numbers(f"S{season:02d}E{first:02d}-E{last:02d}").episodes
    assert {first, last} <= set(episodes)
    if last < first:
        assert episodes == (last, first)
    elif last <= first + 200:
        assert episodes == tuple(range(first, last + 1))
