from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.integrations.tmdb_models import Episode, Found, Movie, Season, read_date, read_text
from momoshtrem.model.media import NewEpisode, NewMovie, NewSeason

ANYTHING = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())


@given(st.dates())
def test_every_date_is_read(day: date) -> None:
    assert read_date(day.isoformat()) == day


@given(ANYTHING)
def test_what_is_no_date_or_text_is_read_as_none(value: object) -> None:
    day = read_date(value)
    assert day is None or isinstance(value, str | int)
    assert isinstance(value, str) or read_text(value) == ""


@pytest.mark.parametrize("odd", ["", None, "0000-00-00", "1999", "soon", 0, []])
def test_a_senseless_date_gives_no_year(odd: object) -> None:
    title = Movie.model_validate({"id": 1, "title": "Odd", "release_date": odd})
    assert title.movie() == NewMovie("Odd", None, 1)


@given(st.text())
def test_text_is_composed_and_has_single_blanks(text: str) -> None:
    read = read_text(text)
    assert unicodedata.is_normalized("NFC", read)
    assert read == " ".join(read.split())


@pytest.mark.parametrize(
    "name",
    ["", " ", "Episode 5", "episode 05", "Épisode 5", "Folge 5", "Серия 5", "第5話", "第 5 集", "TBA", "Tbd"],
)
def test_a_name_that_only_repeats_the_number_or_is_yet_to_come(name: str) -> None:
    assert Episode(episode_number=5, name=name).own_name is None


@pytest.mark.parametrize("name", ["Pilot", "Chapter 5", "Episode 4", "Episode 5: The End", "5", "TBA?"])
def test_a_name_of_its_own(name: str) -> None:
    assert Episode(episode_number=5, name=name).own_name == name


def test_episodes_are_sorted_and_without_doubles() -> None:
    numbers = [{"episode_number": number, "name": "x"} for number in (4, 2, 2, None)]
    season = Season.model_validate({"episodes": numbers}).season(2014)
    assert season == NewSeason(2014, (NewEpisode(2, "x"), NewEpisode(4, "x")))


def test_a_result_with_nothing_but_its_number() -> None:
    nothing = dict.fromkeys(("name", "original_name", "overview", "poster_path", "popularity"))
    result = Found.model_validate({"id": 9, **nothing}).result("show")
    assert (result.title, result.original_title, result.year) == ("Untitled 9", "Untitled 9", None)
    assert (result.overview, result.poster_url, result.popularity) == ("", None, 0.0)
