from __future__ import annotations

import pytest

from momoshtrem.identify.titles import names_show, plain, similarity, title_pattern


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("WALL·E", "WALL-E"),
        ("Amélie", "amelie"),
        ("Mission: Impossible", "Mission Impossible"),
        ("9-1-1", "9 1 1"),
        ("Tom & Jerry", "Tom and Jerry"),
        ("Ocean's Eleven", "Oceans Eleven"),
        ("Rocky II", "Rocky 2"),
        ("Der Untergang", "DER UNTERGANG"),
        ("七人の侍", "七人の侍"),
        ("Брат Brat", "Brat"),
        ("Брат Brat", "Брат"),
    ],
)
def test_the_same_title(left: str, right: str) -> None:
    assert similarity(left, right) == 1.0


def test_another_title() -> None:
    assert similarity("The Matrix", "The Matrix Reloaded") == pytest.approx(0.8)
    assert similarity("Alien", "Aliens") == 0.0
    assert similarity("", "Alien") == 0.0


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ("Doctor.Who.2005.", True),
        ("[Group] Doctor Who - ", True),
        ("www.site.org - Doctor Who ", True),
        ("Who", True),
        ("Доктор Кто Doctor Who ", True),
        ("Doctor.Who.Confidential.", False),
        ("Doctor.Strange.", False),
    ],
)
def test_whether_a_name_is_of_the_show(text: str, fits: bool) -> None:
    assert names_show(text, "Doctor Who") is fits


def test_a_title_is_found_only_as_whole_words() -> None:
    pattern = title_pattern("The 100")
    assert pattern.match("[Group] the.100.S01")
    assert not pattern.match("The.1000.S01")
    assert not title_pattern("???").match("anything")


def test_the_plain_form_is_found_within_another_by_whole_words() -> None:
    assert plain("The OVA: 1") in plain("[Group] Show - The.OVA.01 - x")
    assert plain("OVA 1") not in plain("OVA 10")
