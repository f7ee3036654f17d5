from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.identify.parse import parse_quality, parse_release
from momoshtrem.identify.titles import similarity
from momoshtrem.model.release import Quality
from tests.identify.corpus import Case, movies, releases


def is_right(case: Case) -> bool:
    release = parse_release(case.name)
    is_title = similarity(release.title, case.title) == 1 or release.title == case.title
    return is_title and (release.year, release.seasons, release.episodes) == (
        case.year,
        case.seasons,
        case.episodes,
    )


def test_the_corpus_is_read_rightly() -> None:
    films = [
        Case(name, title, year if name.count(str(year)) > title.count(str(year)) else None, (), ())
        for name, title, year in movies()
    ]
    cases = releases() + films
    wrong = [case.name for case in cases if not is_right(case)]
    assert len(cases) >= 300
    assert len(wrong) <= len(cases) * 0.02, wrong


def test_a_daily_show_is_told_by_its_date() -> None:
    release = parse_release("The.Daily.Show.2023.05.17.Guest.1080p.WEB.h264-GRP")
    assert release.air_date == date(2023, 5, 17)
    assert (release.title, release.year, release.episodes) == ("The Daily Show", None, ())


def test_an_impossible_date_is_none() -> None:
    assert parse_release("Show.2023.13.45.1080p").air_date is None


def test_quality() -> None:
    name = "Dune.2021.2160p.UHD.BluRay.REMUX.DV.HDR10.HEVC-GRP"
    expected = Quality("2160p", "BluRay REMUX", "hevc", "DV HDR", "GRP")
    assert parse_release(name).quality == expected
    assert parse_quality(name) == expected


@pytest.mark.parametrize("name", ["05 - Title", "Film (2001)", "holiday video"])
def test_a_plain_name_has_no_quality(name: str) -> None:
    assert parse_release(name).quality == Quality()


@given(
    st.text(st.characters(exclude_categories=()), max_size=400)
    | st.text(st.sampled_from("S01E-x. []()12v_éсезон&+"), max_size=400)
)
def test_no_name_is_too_hostile(name: str) -> None:
    release = parse_release(name)
    assert list(release.seasons) == sorted(set(release.seasons))
    assert list(release.episodes) == sorted(set(release.episodes))
    assert release.year is None or 1888 <= release.year <= 2040


@given(st.integers(0, 2019), st.integers(0, 1999), st.integers(1, 3))
def test_any_marked_number_is_read(season: int, first: int, count: int) -> None:
    numbers = tuple(range(first, first + count))
    marks = "".join(f"E{number:02d}" for number in numbers)
    release = parse_release(f"Some.Show.S{season:02d}{marks}.1080p.WEB")
    assert (release.title, release.seasons, release.episodes) == ("Some Show", (season,), numbers)
