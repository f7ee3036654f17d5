from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.errors import NoMatch
from momoshtrem.identify.shows import ShowMatch, match_show
from momoshtrem.model.media import Correction
from momoshtrem.model.torrent import TorrentFile
from tests.identify.torrents import GIB, episodes, files, sized

LIBRARY = episodes(range(4), 12)


def found(match: ShowMatch) -> dict[str, list[tuple[int, int]]]:
    return {
        each.file.path: [(one.season_number, one.number) for one in each.episodes] for each in match.matched
    }


def reasons(match: ShowMatch) -> dict[str, str]:
    return {each.file.path: each.reason for each in match.unmatched}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Show/Season 2/05 - Name.mkv", (2, 5)),
        ("Show/Season 2/05.mkv", (2, 5)),
        ("Show/S02/Show - 05.mkv", (2, 5)),
        ("Show/S02.1080p/E05.mkv", (2, 5)),
        ("Show/Saison 2/Show 05.mkv", (2, 5)),
        ("Show/Staffel 2/Folge 5.mkv", (2, 5)),
        ("Show/Temporada 2/Capitulo 5.mkv", (2, 5)),
        ("Show/2/5.mkv", (2, 5)),
        ("Show/Season 2/205 - Name.mkv", (2, 5)),
        ("Show/Specials/03 - Name.mkv", (0, 3)),
        ("Show S01-S03/Show S02/Show.Episode.5.mkv", (2, 5)),
        ("Show S01-S03/Show.S02E05.mkv", (2, 5)),
        ("Show/Season 2/CD1/Show.S02E05.mkv", (2, 5)),
    ],
)
def test_the_season_is_told_by_name_or_folder(path: str, expected: tuple[int, int]) -> None:
    assert found(match_show("Show", files(path, "Show/readme.txt"), "Show", LIBRARY)) == {path: [expected]}


def test_the_season_is_told_by_the_torrent() -> None:
    match = match_show("Show.S03.1080p.WEB-GRP", files("01.mkv", "02.mkv"), "Show", LIBRARY)
    assert found(match) == {"01.mkv": [(3, 1)], "02.mkv": [(3, 2)]}
    assert match.matched[0].quality.resolution == "1080p"
    assert match.matched[0].quality.group == "GRP"


def test_the_file_overrules_its_folder_with_less_confidence() -> None:
    match = match_show("Show", files("Season 1/Show.S02E05.mkv"), "Show", LIBRARY)
    assert found(match) == {"Season 1/Show.S02E05.mkv": [(2, 5)]}
    assert match.matched[0].confidence < 0.9
    assert "folder says season 1" in match.matched[0].reason


def test_a_single_obscure_file_is_named_by_its_torrent() -> None:
    match = match_show("Show.S02E07.720p", files("a8f3b2.mkv"), "Show", LIBRARY)
    assert found(match) == {"a8f3b2.mkv": [(2, 7)]}


def test_absolute_numbers_run_through_the_seasons() -> None:
    torrent = files(*(f"[Group] Show - {number:02d} (1080p).mkv" for number in (1, 12, 13, 36)))
    numbers = found(match_show("[Group] Show", torrent, "Show", LIBRARY)).values()
    assert list(numbers) == [[(1, 1)], [(1, 12)], [(2, 1)], [(3, 12)]]


def test_absolute_numbers_need_all_seasons_before() -> None:
    match = match_show("Show", files("Show - 05.mkv"), "Show", episodes([2, 3], 12))
    assert reasons(match) == {"Show - 05.mkv": "episode 5 is not in the library"}


@pytest.mark.parametrize(
    ("title", "name", "expected"),
    [
        ("24", "24 - 05.mkv", (1, 5)),
        ("The 100", "The.100.07.mkv", (1, 7)),
        ("9-1-1", "9-1-1 - 03.mkv", (1, 3)),
        ("Mob Psycho 100", "[Group] Mob Psycho 100 - 07 [720p].mkv", (1, 7)),
    ],
)
def test_numbers_of_the_title_count_nothing(title: str, name: str, expected: tuple[int, int]) -> None:
    match = match_show(title, files(name, "x.txt"), title, episodes([1], 30))
    assert found(match) == {name: [expected]}


@pytest.mark.parametrize(
    "name",
    ["The.100.mkv", "The.100.Making.Of.Part.2.mkv", "The.100.Season.1.mkv", "The.100.NCOP1.mkv"],
)
def test_no_number_is_made_up(name: str) -> None:
    match = match_show("The 100", files(name), "The 100", episodes([1], 100))
    assert found(match) == {}
    assert list(reasons(match)) == [name]


def test_a_daily_show_is_matched_by_date() -> None:
    library = episodes([1], 12, first_aired=date(2023, 5, 10))
    names = ("Show.2023.05.12.Guest.720p.mkv", "Show.2024.01.01.mkv")
    match = match_show("Show", files(*names), "Show", library)
    assert found(match) == {names[0]: [(1, 3)]}
    assert reasons(match) == {names[1]: "no episode of the library aired on 2024-01-01 or a day from it"}


def test_a_date_beside_that_of_an_episode_is_only_a_guess() -> None:
    library = episodes([1], 12, first_aired=date(2023, 5, 10))
    match = match_show("Show", files("Show.2023.05.09.mkv"), "Show", library)
    assert found(match) == {"Show.2023.05.09.mkv": [(1, 1)]}
    assert match.matched[0].confidence == 0.6
    assert match.matched[0].reason.endswith("the episode aired a day before or after")


def test_of_two_episodes_of_a_day_none_is_chosen() -> None:
    library = [replace(each, air_date=date(2023, 5, 10)) for each in episodes([1], 2)]
    match = match_show("Show", files("Show.2023.05.10.mkv"), "Show", library)
    assert match.matched == ()
    assert match.unmatched[0].reason.startswith("2 episodes of the library aired on 2023-05-10")


@pytest.mark.parametrize(
    "name",
    [
        "[Group] Show - 2nd Cour - 03.mkv",
        "[Group] Show Part 2 - 03.mkv",
        "[Group] Show Final Season - 03.mkv",
        "[Group] Show Season 2 Part 2 - 03.mkv",
        "[Group] Show S2 Cour 2 - 03 [1080p].mkv",
    ],
)
def test_a_number_within_a_part_of_a_season_is_left_to_the_user(name: str) -> None:
    match = match_show(name.removesuffix(".mkv"), files(name), "Show", LIBRARY)
    assert reasons(match) == {
        name: "it counts within a part of a season; choose the episode by hand",
    }


def test_an_episode_that_is_not_wanted_is_told() -> None:
    match = match_show("Show", files("Show.S01E01.mkv", "Show.S07E01.mkv"), "Show", LIBRARY)
    assert reasons(match) == {"Show.S07E01.mkv": "season 7 episode 1 is not in the library"}


def test_a_file_of_several_episodes_gives_those_that_are_wanted() -> None:
    match = match_show("Show", files("Show.S01E11-E13.mkv"), "Show", LIBRARY)
    assert found(match) == {"Show.S01E11-E13.mkv": [(1, 11), (1, 12)]}


def test_of_duplicates_the_higher_resolution_wins() -> None:
    torrent = sized(("Show.S01E01.720p.mkv", 9 * GIB), ("Show.S01E01.1080p.mkv", GIB))
    match = match_show("Show", torrent, "Show", LIBRARY)
    assert found(match) == {"Show.S01E01.1080p.mkv": [(1, 1)]}
    assert reasons(match) == {
        "Show.S01E01.720p.mkv": "duplicate of Show.S01E01.1080p.mkv, which has the higher resolution"
    }


def test_of_equal_duplicates_the_larger_wins() -> None:
    torrent = sized(("a/Show.S01E01.mkv", GIB), ("b/Show.S01E01.mkv", 2 * GIB))
    match = match_show("Show", torrent, "Show", LIBRARY)
    assert list(found(match)) == ["b/Show.S01E01.mkv"]


def test_another_shows_name_lowers_the_confidence() -> None:
    match = match_show("pack", files("9-1-1.Lone.Star.S01E02.mkv"), "9-1-1", LIBRARY)
    assert match.matched[0].confidence <= 0.75
    assert "Lone.Star" in match.matched[0].reason


@pytest.mark.parametrize("title", ["Trailer Park Boys", "Extras", "Sample", "Bonus Family"])
def test_a_show_may_be_named_like_an_extra(title: str) -> None:
    paths = [f"{title}/Season 1/{title}.S01E0{number}.mkv" for number in (1, 2)]
    match = match_show(title, files(*paths), title, LIBRARY)
    assert found(match) == {paths[0]: [(1, 1)], paths[1]: [(1, 2)]}


def test_the_rest_of_a_torrent_is_accounted_for() -> None:
    torrent = [
        *sized(
            ("Show.S01E01.mkv", GIB),
            ("Sample/show.s01e01.sample.mkv", GIB // 50),
            ("Show.S01E02.mkv", 0),
            ("Show.S01E01.srt", 9000),
            ("Show.nfo", 900),
            ("setup.exe", 900),
        ),
        TorrentFile(6, ".pad/77", 77, 0, hidden=True),
    ]
    match = match_show("Show.S01", torrent, "Show", LIBRARY)
    assert list(found(match)) == ["Show.S01E01.mkv"]
    assert len(match.unmatched) == 2
    assert sum(each.count for each in match.skipped) == 4
    assert len(match.matched) + len(match.unmatched) + 4 == len(torrent)


def test_a_packed_torrent_says_so() -> None:
    torrent = sized(("show.rar", GIB), ("show.r00", GIB), ("Sample/sample.mkv", 30 << 20))
    with pytest.raises(NoMatch, match=r"2 files \(packed in RAR archives.*choose another release"):
        match_show("Show.S01E01", torrent, "Show", LIBRARY)


def test_corrections_come_first() -> None:
    rule = Correction("Group", None, 13, 3, 1)
    torrent = files("[Group] Show - 12.mkv", "[Group] Show - 13.mkv", "[Group] Show - 15.mkv")
    match = match_show("[Group] Show", torrent, "Show", LIBRARY, [rule])
    assert list(found(match).values()) == [[(1, 12)], [(3, 1)], [(3, 3)]]
    assert [each.confidence for each in match.matched[1:]] == [0.99, 0.99]
    assert match.matched[1].reason == "as corrected by hand before"


def test_one_correction_moves_all_after_a_premiere_that_counts_as_one() -> None:
    rule = Correction("GRP", 1, 3, 1, 2)
    names = [f"Show.S01E{number}.1080p.WEB-GRP.mkv" for number in ("01-E02", "03", "04")]
    match = match_show("Show.S01", files(*names), "Show", LIBRARY, [rule])
    assert list(found(match).values()) == [[(1, 1)], [(1, 2)], [(1, 3)]]


def test_a_correction_to_no_episode_is_left_out() -> None:
    rule = Correction("Group", None, 1, 9, 1)
    match = match_show("x", files("[Group] Show - 13.mkv"), "Show", LIBRARY, [rule])
    assert list(found(match).values()) == [[(2, 1)]]


def test_a_blu_ray_disc_does_not_tell_its_episodes() -> None:
    match = match_show("Show.S01.BLURAY", files("Disc 1/BDMV/STREAM/00001.m2ts"), "Show", LIBRARY)
    assert match.matched == ()
    assert [each.reason for each in match.unmatched] == [
        "a stream of a Blu-ray disc, which does not tell its episode"
    ]


def test_a_folder_tells_for_the_only_file_in_it() -> None:
    torrent = files("Show.S02E05.720p-GRP/grp-sh.mkv", "Show.S02E06.720p-GRP/grp-sh.mkv")
    assert list(found(match_show("Show.S02", torrent, "Show", LIBRARY)).values()) == [[(2, 5)], [(2, 6)]]


@pytest.mark.parametrize("part", ["[", "S01", "第1話", "-1", "1x", " 2of", "е", "\ud800", "E01-"])
def test_a_hostile_name_costs_no_more_than_a_long_one(part: str) -> None:
    name = part * 50_000
    match = match_show(name, files(f"{name}/{name}.mkv", f"{name}.S01E02.mkv"), "Show", LIBRARY)
    assert len(match.matched) + len(match.unmatched) == 2


NAMES = st.one_of(
    st.text(max_size=60),
    st.text(st.sampled_from("S01E-x. []()12v_é第話季/#~"), max_size=40),
    st.sampled_from(["Show.S01E02", "Show - 05", "Season 2/07", "Extras/S00E01", "Show.S01E03a", "13 v2"]),
)
ENTRIES = st.lists(
    st.tuples(NAMES, st.sampled_from([".mkv", ".avi", ".txt", ".rar", ""]), st.integers(0, GIB)), max_size=12
)


def matched(torrent: list[TorrentFile]) -> ShowMatch | None:
    try:
        return match_show("Show S01", torrent, "Show", LIBRARY)
    except NoMatch:
        return None


@given(ENTRIES)
def test_every_file_is_in_one_list_and_no_episode_twice(entries: list[tuple[str, str, int]]) -> None:
    torrent = sized(*((name + suffix, size) for name, suffix, size in entries))
    match = matched(torrent)
    assert match == matched(torrent)
    if match is None:
        return
    listed = [each.file.index for each in match.matched] + [each.file.index for each in match.unmatched]
    assert len(listed) == len(set(listed))
    assert len(listed) + sum(each.count for each in match.skipped) == len(torrent)
    taken = [episode.id for each in match.matched for episode in each.episodes]
    assert len(taken) == len(set(taken))
    assert all(0 < each.confidence <= 1 and each.reason for each in match.matched)


@given(ENTRIES, st.lists(st.sampled_from(["a.nfo", "b.jpg", "S01E01.srt", "x.exe", "Show.S01E02.txt"])))
def test_junk_changes_no_match(entries: list[tuple[str, str, int]], junk: list[str]) -> None:
    videos = [(name + suffix, size) for name, suffix, size in entries]
    clean, dirty = matched(sized(*videos)), matched(sized(*videos, *((name, 1) for name in junk)))
    assert (clean and (clean.matched, clean.unmatched)) == (dirty and (dirty.matched, dirty.unmatched))
