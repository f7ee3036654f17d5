from __future__ import annotations

from dataclasses import replace
from datetime import date

from momoshtrem.identify.wanted import Wanted
from momoshtrem.model.media import Episode
from tests.identify.torrents import episodes


def numbers(found: tuple[Episode, ...]) -> list[tuple[int, int]]:
    return [(each.season_number, each.number) for each in found]


def test_episodes_are_counted_from_the_first() -> None:
    assert numbers(Wanted(episodes(range(3), 12)).counted([1, 13, 25])) == [(1, 1), (2, 1)]


def test_nothing_is_counted_where_a_season_is_missing() -> None:
    assert Wanted(episodes([2, 3], 12)).counted([1]) == ()


def test_numbers_that_run_on_are_taken_as_they_are() -> None:
    second = [replace(each, number=each.number + 12, id=each.id + 100) for each in episodes([3], 12)]
    assert numbers(Wanted(episodes([2], 12) + second).counted([5, 13])) == [(2, 5), (3, 13)]


def test_a_short_form() -> None:
    assert numbers(Wanted(episodes([1, 2], 12)).in_short([205, 5, 905])) == [(2, 5)]


def test_days_around() -> None:
    library = Wanted(episodes([1], 3, first_aired=date(2023, 5, 10)))
    assert [each.number for each in library.aired_on(date(2023, 5, 11))] == [2]
    assert [each.number for each in library.aired_around(date(2023, 5, 13))] == [3]
    assert [each.number for each in library.aired_around(date(2023, 5, 11))] == [1, 3]


def test_a_special_is_found_by_the_longest_name() -> None:
    names = ("The Movie", "The Movie Part Two", "One", "Twice Told", "Twice Told")
    specials = [replace(each, name=name) for each, name in zip(episodes([0], len(names)), names, strict=True)]
    library = Wanted(specials)
    special = library.special_named("Show - The.Movie.Part.Two.720p")
    assert special
    assert special.number == 2
    assert library.special_named("One") is None
    assert library.special_named("Twice Told") is None
