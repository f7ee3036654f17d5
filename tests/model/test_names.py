from __future__ import annotations

import re
import unicodedata
from xml.sax.saxutils import escape

import pytest
from defusedxml import ElementTree
from hypothesis import example, given
from hypothesis import strategies as st

from momoshtrem.model import names

ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.text(
    st.sampled_from(".: /\\|<>*?\"'CONul1²…\u0301\u200d\u202e\x00\x1f\ufffe\ud800é한🎬👍🏽 "), max_size=300
)
NUMBERS = st.integers(0, 3000)
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³])\s*(\..*)?")


def assert_component(name: str, limit: int = names.MAX_STEM) -> None:
    assert name
    assert len(name.encode("utf-8")) <= limit
    assert not set(name) & set('<>:"/\\|?*')
    assert name == name.strip(" ")
    assert not name.startswith(".")
    assert not name.endswith(".")
    assert not RESERVED.fullmatch(name)
    assert unicodedata.is_normalized("NFC", name)
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cf", "Co", "Cs"}
    assert ElementTree.fromstring(f"<name>{escape(name)}</name>").text == name


@given(ANY_TEXT)
@example("CON")
@example("con.txt")
@example("COM1 .x")
@example("...")
@example("a" * 179 + " b")
@example("x" * 178 + "e\u0301\u0301")
@example("NUL." + "." * 300 + "x")
def test_sanitised_text_is_a_legal_component_and_stays_the_same(text: str) -> None:
    component = names.sanitise(text)
    assert names.sanitise(component) == component
    if component:
        assert_component(component)


@given(ANY_TEXT, st.none() | st.integers(1, 9999))
def test_a_folder_is_legal_and_ends_with_its_whole_year(title: str, year: int | None) -> None:
    folder = names.movie_folder(title, year)
    assert_component(folder)
    assert folder == names.show_folder(title, year)
    if year is not None:
        assert folder.endswith(f" ({year})")


@given(ANY_TEXT, st.none() | st.integers(1, 9999), st.none() | NUMBERS, NUMBERS)
def test_a_tag_follows_the_whole_year(
    title: str, year: int | None, tmdb_id: int | None, item_id: int
) -> None:
    tagged = names.with_tag(names.movie_folder(title, year), tmdb_id, item_id)
    assert_component(tagged)
    tag = f" [id-{item_id}]" if tmdb_id is None else f" [tmdbid-{tmdb_id}]"
    assert tagged.endswith(tag if year is None else f" ({year}){tag}")


@given(ANY_TEXT, ANY_TEXT)
def test_a_movie_file_is_legal(title: str, version: str) -> None:
    folder = names.movie_folder(title, 2001)
    assert_component(names.movie_file(folder, version, ".mkv").removesuffix(".mkv"))
    assert " (2001)" in names.movie_file(folder, version, ".mkv")


@given(NUMBERS, st.lists(st.tuples(NUMBERS, ANY_TEXT), min_size=1, max_size=60), ANY_TEXT)
def test_an_episode_file_is_legal_and_keeps_its_numbers(
    season: int, episodes: list[tuple[int, str]], version: str
) -> None:
    stem = names.episode_file(season, episodes, version, "")
    assert_component(stem)
    assert re.match(rf"S{season:02d}E{min(episodes)[0]:02d}(?![0-9])", stem)
    assert f"E{max(number for number, _ in episodes):02d}" in stem


@given(NUMBERS, st.lists(NUMBERS, min_size=2, max_size=20, unique=True))
def test_episodes_sort_as_they_are_numbered(season: int, numbers: list[int]) -> None:
    small = sorted(number % 100 for number in numbers)
    files = [names.episode_file(season, [(number, "Zed")], "", ".mkv") for number in small]
    assert files == sorted(files)


@given(st.text())
def test_fold_is_the_same_for_every_normal_form(name: str) -> None:
    assert names.fold(unicodedata.normalize("NFD", name)) == names.fold(name)


@pytest.mark.parametrize(
    ("title", "year", "folder"),
    [
        ("Mission: Impossible", 1996, "Mission - Impossible (1996)"),
        ("Face/Off", 1997, "Face-Off (1997)"),
        ("What If...?", 2021, "What If... (2021)"),
        ("9-1-1: Lone Star", 2020, "9-1-1 - Lone Star (2020)"),
        ("WALL·E", 2008, "WALL·E (2008)"),
        ("Ame\u0301lie", 2001, "Am\u00e9lie (2001)"),
        ("...And Justice for All", 1979, "And Justice for All (1979)"),
        ("E.T.", 1982, "E.T. (1982)"),
        ("E.T.", None, "E.T"),
        ("Tom\u00a0&\u2003Jerry\n", None, "Tom & Jerry"),
        ('The "Burbs"', 1989, "The 'Burbs' (1989)"),
        ("Ocean\u2019s Eleven", 2001, "Ocean's Eleven (2001)"),
        ("$", 1971, "$ (1971)"),
        ("???", 2020, "Untitled (2020)"),
        ("", None, "Untitled"),
        ("CON", None, "CON_"),
        ("CON", 2020, "CON (2020)"),
        ("nul.movie", 2020, "nul_.movie (2020)"),
        ("100% Wolf #1", 2020, "100% Wolf #1 (2020)"),
        ("8½", 1963, "8½ (1963)"),
        ("\u202eevil\u200b", None, "evil"),
    ],
)
def test_folders(title: str, year: int | None, folder: str) -> None:
    assert names.movie_folder(title, year) == folder


@pytest.mark.parametrize(
    ("season", "episodes", "version", "expected"),
    [
        (1, [(1, "Pilot")], "", "S01E01 - Pilot.mkv"),
        (1, [(5, "")], "", "S01E05.mkv"),
        (0, [(3, "CON")], "", "S00E03 - CON.mkv"),
        (1, [(1, "One"), (2, "Two")], "", "S01E01-E02 - One + Two.mkv"),
        (1, [(2, "Two"), (1, "One")], "", "S01E01-E02 - One + Two.mkv"),
        (1, [(1, "A"), (2, ""), (3, "A")], "", "S01E01-E02-E03 - A.mkv"),
        (100, [(1000, "What...")], "", "S100E1000 - What.mkv"),
        (2019, [(12, "News")], "2160p", "S2019E12 - News - 2160p.mkv"),
        (1, [(number, "") for number in range(1, 31)], "", "S01E01-E30.mkv"),
    ],
)
def test_episode_files(season: int, episodes: list[tuple[int, str]], version: str, expected: str) -> None:
    assert names.episode_file(season, episodes, version, ".mkv") == expected


def test_two_versions_share_the_folder_name() -> None:
    assert names.movie_file("Dune (2021)", "", ".mkv") == "Dune (2021).mkv"
    assert names.movie_file("Dune (2021)", "2160p: HDR", ".mkv") == "Dune (2021) - 2160p - HDR.mkv"


def test_tags() -> None:
    assert names.with_tag("Dune (2021)", 438631, 7) == "Dune (2021) [tmdbid-438631]"
    assert names.with_tag("Dune", None, 7) == "Dune [id-7]"


@pytest.mark.parametrize(
    ("style", "tmdb_id", "expected"),
    [
        ("none", 5, "Heat (1995) [tmdbid-5]"),
        ("plex", 5, "Heat (1995) {tmdb-5}"),
        ("jellyfin", 5, "Heat (1995) [tmdbid-5]"),
        ("plex", None, "Heat (1995) [tmdbid-5]"),
    ],
)
def test_tags_in_the_style_of_a_player(style: names.TagStyle, tmdb_id: int | None, expected: str) -> None:
    assert names.tagged("Heat (1995) [tmdbid-5]", style, tmdb_id) == expected


@given(ANY_TEXT, st.integers(1, 9999), NUMBERS)
def test_a_movie_file_keeps_the_whole_tag(title: str, year: int, tmdb_id: int) -> None:
    folder = names.tagged(names.movie_folder(title, year), "plex", tmdb_id)
    assert_component(folder)
    name = names.movie_file(folder, "2160p", ".mkv")
    assert_component(name, 255)
    assert name.endswith(f" ({year}) {{tmdb-{tmdb_id}}} - 2160p.mkv")


@given(ANY_TEXT, st.integers(1, 9999), ANY_TEXT)
def test_a_show_s_name_before_the_numbers_leaves_them_whole(show: str, year: int, title: str) -> None:
    prefix = names.show_folder(show, year)
    name = names.episode_file(1, [(2, title)], "", ".mkv", prefix)
    assert_component(name, 255)
    assert f" ({year}) - S01E02" in name


def test_a_cut_parts_no_letter_from_its_marks() -> None:
    thumbs = "x" + "👍🏽" * 40
    cut = names.sanitise(thumbs)
    assert thumbs.startswith(cut)
    assert cut.endswith("👍🏽")
    marked = names.sanitise("q\u0323\u0307" * 90)
    assert marked.endswith("q\u0323\u0307")


@pytest.mark.parametrize("number", [0, 1, 12, 123, 2019])
def test_season_folders(number: int) -> None:
    assert names.season_folder(number) == f"Season {number:02d}"


@pytest.mark.parametrize("name", [None, "", "  ", "?", "...", "-", "\u200b", "!!!"])
def test_an_episode_may_have_no_title(name: str | None) -> None:
    assert names.episode_title(name) == ""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/Film.MKV", ".mkv"),
        ("a.b/Film", ""),
        ("Film.m2ts", ".m2ts"),
        ("Film.3gp", ".3gp"),
        ("Film.", ""),
        (".mkv", ""),
        ("Film.1080p", ""),
        ("Film.a long story", ""),
        ("Film.mkv ", ""),
        ("Film.ｍｋｖ", ""),
        ("Show.S01E01", ""),
    ],
)
def test_extensions(path: str, expected: str) -> None:
    assert names.extension(path) == expected
