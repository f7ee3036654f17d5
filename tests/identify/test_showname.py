from __future__ import annotations

import pytest

from momoshtrem.identify.showname import ShowNames
from tests.identify.torrents import files


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Season 2/a.mkv", (2, 0.95)),
        ("Season 2/CD1/a.mkv", (2, 0.95)),
        ("2/a.mkv", (2, 0.95)),
        ("Specials/a.mkv", (0, 0.8)),
        ("OVA/a.mkv", (0, 0.5)),
        ("ONA/a.mkv", (0, 0.5)),
        ("Season 2 Part 2/a.mkv", (2, 0.5)),
        ("Show S2 2nd Cour/a.mkv", (2, 0.5)),
        ("Book 2 - Earth/a.mkv", (2, 0.8)),
        ("Show S01-S03/a.mkv", None),
        ("Show/a.mkv", None),
    ],
)
def test_the_season_of_a_folder(path: str, expected: tuple[int, float] | None) -> None:
    videos = files(path)
    assert ShowNames("Show", "Show", videos).folder_season(videos[0]) == expected


def test_the_title_and_a_sequels_number_are_taken_off() -> None:
    names = ShowNames("Mob Psycho 100", "x", ())
    assert names.without_title("[Group] Mob Psycho 100 - 07") == " - 07"
    assert names.without_title("Mob Psycho 100 II - 07") == " Season 2 - 07"
    assert names.without_title("Other - 07") == "Other - 07"


def test_a_folder_of_several_files_tells_for_none() -> None:
    videos = files("Show.S01E01/a.mkv", "Show.S01E01/b.mkv", "Show.S01E02/c.mkv")
    names = ShowNames("Show", "Show", videos)
    assert [names.marked(file).episodes for file in videos] == [(), (), (2,)]


def test_the_torrent_tells_the_quality_that_a_file_does_not() -> None:
    videos = files("[Group] Show - 01.mkv")
    quality = ShowNames("Show", "Show.1080p.WEB-DL.x264-OTHER", videos).quality(videos[0])
    assert (quality.resolution, quality.group) == ("1080p", "Group")
