from __future__ import annotations

import pytest

from momoshtrem.identify.bare import find_bare_number, technical_part


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


def test_a_leading_number_is_before_others() -> None:
    numbers = find_bare_number("01 - 33")
    assert (numbers.episodes, numbers.after) == ((1,), "33")


def test_season_and_episode_in_brackets() -> None:
    numbers = find_bare_number("Show [2.03]")
    assert (numbers.seasons, numbers.episodes) == ((2,), (3,))
