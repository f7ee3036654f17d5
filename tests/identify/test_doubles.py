from __future__ import annotations

from collections.abc import Iterable

import pytest

from momoshtrem.identify.doubles import Match, languages, revision, without_doubles
from momoshtrem.model.release import Quality
from tests.identify.torrents import GIB, episodes, sized

FIRST, SECOND = episodes([1], 2)


def matches(*entries: tuple[str, int], confidences: Iterable[float] = ()) -> list[Match]:
    """Files that all say to be the first episode."""
    torrent = sized(*entries)
    sure = [*confidences] or [0.98] * len(torrent)
    return [
        Match(file, (FIRST,), Quality(), confidence, "by name")
        for file, confidence in zip(torrent, sure, strict=True)
    ]


@pytest.mark.parametrize(
    ("better", "other", "reason"),
    [
        ("S01E01.PROPER.mkv", "S01E01.mkv", "duplicate of S01E01.PROPER.mkv, which corrects it"),
        ("S01E01v2.mkv", "S01E01.mkv", "duplicate of S01E01v2.mkv, which corrects it"),
        (
            "S01E01.GERMAN.mkv",
            "S01E01.FRENCH.mkv",
            "the same episode as S01E01.GERMAN.mkv in another language (french)",
        ),
        ("a/S01E01.mkv", "b/S01E01.mkv", "duplicate of a/S01E01.mkv, which is not smaller"),
    ],
)
def test_which_is_kept_and_why(better: str, other: str, reason: str) -> None:
    kept, doubles = without_doubles(matches((better, GIB), (other, GIB)))
    assert [each.file.path for each in kept] == [better]
    assert [each.reason for each in doubles] == [reason]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("S01E01a.mkv", "S01E01b.mkv"),
        ("S01E01.Part.1.mkv", "S01E01.Part.2.mkv"),
        ("S01E01.CD1.avi", "S01E01.CD2.avi"),
    ],
)
def test_of_two_halves_the_first_is_kept_with_doubt(first: str, second: str) -> None:
    kept, doubles = without_doubles(matches((second, 2 * GIB), (first, GIB)))
    assert [(each.file.path, each.confidence) for each in kept] == [(first, 0.5)]
    assert "only part 1 of the episode" in kept[0].reason
    assert [each.reason for each in doubles] == [f"part 2 of the episode of which {first} is the first part"]


def test_a_whole_episode_is_kept_before_its_halves() -> None:
    kept, doubles = without_doubles(matches(("S01E01.mkv", 1), ("S01E01a.mkv", GIB), ("S01E01b.mkv", GIB)))
    assert [each.file.path for each in kept] == ["S01E01.mkv"]
    assert len(doubles) == 2


def test_a_part_in_a_name_alone_is_no_half() -> None:
    kept, _ = without_doubles(matches(("S01E01.Pilot.Part.1.mkv", GIB)))
    assert kept[0].confidence == 0.98


def test_the_surer_match_is_kept() -> None:
    kept, doubles = without_doubles(matches(("a.mkv", GIB), ("b.mkv", 1), confidences=(0.6, 0.9)))
    assert [each.file.path for each in kept] == ["b.mkv"]
    assert doubles[0].reason == "duplicate of b.mkv, which is the surer match"


def test_a_double_episode_gives_what_is_free() -> None:
    single, both = matches(("S01E01.mkv", 2 * GIB), ("S01E01-E02.mkv", GIB))
    both = Match(both.file, (FIRST, SECOND), Quality(), 0.98, "by name")
    kept, _ = without_doubles([single, both])
    assert [each.episodes for each in kept] == [(FIRST,), (SECOND,)]


@pytest.mark.parametrize(
    ("name", "count"),
    [("Show.PROPER.REPACK", 2), ("Show - 05v2", 1), ("Show.E05v2", 1), ("Show 12.v2.5", 0), ("Properly", 0)],
)
def test_revision(name: str, count: int) -> None:
    assert revision(name) == count


def test_languages() -> None:
    assert languages("Show.S01E01.GERMAN.DL.720p") == {"german"}
    assert languages("Show.S01E01.Truefrench.MULTi") == {"french", "several"}
    assert languages("Show.S01E01.Italians") == frozenset()
