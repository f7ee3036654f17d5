from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.identify.numbers import find_numbers, plain_form


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
    assert (numbers.before, numbers.after) == ("Show Name ", " Rose 720p")


@given(st.integers(1, 20), st.integers(0, 999), st.integers(0, 999))
def test_a_dash_counts_only_forwards(season: int, first: int, last: int) -> None:
    episodes = find_numbers(f"S{season:02d}E{first:02d}-E{last:02d}").episodes
    assert {first, last} <= set(episodes)
    if last < first:
        assert episodes == (last, first)
    elif last <= first + 200:
        assert episodes == tuple(range(first, last + 1))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("2. Staffel Folge 5", "Season 2 Episode 5"),
        ("2ª Temporada - Episódio 5", "Season 2 - Episode 5"),
        ("Сезон 2 серия 5", "Season 2 Episode 5"),
        ("2 сезон, 5-я серия", "Season 2, Episode 5"),
        ("第二季 第05集", "Season 2 Episode 05"),
        ("Third Season", "Season 3"),
        ("2of6", "Episode 2"),
        ("Staffellauf 3", "Staffellauf 3"),
        ("Webster_5", "Webster 5"),
    ],
)
def test_all_languages_have_one_form(name: str, plain: str) -> None:
    assert plain_form(name) == plain


def test_numbers_across_the_end_of_a_season_tell_both() -> None:
    assert find_numbers("Show.S01E13-S02E01").seasons == (1, 2)
    assert find_numbers("Show.S01E13-S01E14").seasons == (1,)
