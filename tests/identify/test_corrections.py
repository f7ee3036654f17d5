from __future__ import annotations

import pytest

from momoshtrem.identify.corrections import Corrections, named_numbers, release_group
from momoshtrem.identify.wanted import Wanted
from momoshtrem.model.media import Correction
from tests.identify.torrents import episodes, files

WANTED = Wanted(episodes(range(1, 4), 12))


@pytest.mark.parametrize(
    ("path", "torrent", "expected"),
    [
        ("Show.S02E05.mkv", "Show", (2, 5)),
        ("Show.S02E05-E06.mkv", "Show", (2, 5)),
        ("Season 2/05.mkv", "Show", (2, 5)),
        ("05.mkv", "Show.S02.1080p", (2, 5)),
        ("[Group] Show - 17 [1080p].mkv", "Show", (None, 17)),
        ("Show.2023.05.10.mkv", "Show", None),
        ("Show.mkv", "Show", None),
    ],
)
def test_what_the_names_say(path: str, torrent: str, expected: tuple[int | None, int] | None) -> None:
    assert named_numbers(files(path)[0], torrent) == expected


def test_the_group_is_of_the_file_or_of_the_torrent() -> None:
    assert release_group(files("[Group] Show - 17 [1080p].mkv")[0], "Show.1080p-OTHER") == "Group"
    assert release_group(files("17.mkv")[0], "Show.1080p-OTHER") == "OTHER"
    assert release_group(files("17.mkv")[0], "Show") is None


def found(rules: list[Correction], path: str, group: str | None = "Group") -> list[tuple[int, int]]:
    corrected = Corrections(rules, "torrent", WANTED).find_episodes(files(path)[0], group)
    return [(each.season_number, each.number) for each in corrected]


RULES = [
    Correction("GROUP", None, 1, 1, 1),
    Correction("Group", None, 5, 3, 2),
    Correction("Group", 2, 1, 3, 1),
]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Show - 04.mkv", [(1, 4)]),
        ("Show - 05.mkv", [(3, 2)]),
        ("Show - 07-08.mkv", [(3, 4), (3, 5)]),
        ("Show - 99.mkv", []),
        ("Show.S02E04.mkv", [(3, 4)]),
        ("Show.S01E04.mkv", []),
        ("Show.mkv", []),
    ],
)
def test_the_last_rule_before_a_number_holds(path: str, expected: list[tuple[int, int]]) -> None:
    assert found(RULES, path) == expected


def test_another_group_or_none_is_left_alone() -> None:
    assert found(RULES, "Show - 05.mkv", "Other") == []
    assert found([Correction("", None, 5, 3, 2)], "Show - 05.mkv", None) == []
