from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.containers.outline import (
    HEAD,
    LAST_READ,
    MAX_INDEX,
    MAX_TAIL,
    MIB,
    TAIL,
    TS_HEAD,
    TS_TAIL,
    Chapter,
    Outline,
    Section,
    clean_title,
    guess_outline,
)

GIB = 2**30
ENDS = st.integers(-100, 100 * MIB) | st.integers(0, 2**70)
PARTS = st.lists(st.builds(range, ENDS, ENDS), max_size=6)


@pytest.mark.parametrize(
    ("name", "size", "head", "tail"),
    [
        ("film.mkv", GIB, HEAD, TAIL),
        ("Film/FILM.MP4", GIB, HEAD, GIB * 3 // 1000),
        ("film.mp4", 100 * MIB, HEAD, TAIL),
        ("film.mov", 50 * GIB, HEAD, MAX_TAIL),
        ("film.m2ts", GIB, TS_HEAD, TS_TAIL),
        ("film", GIB, HEAD, TAIL),
        ("", 5, 5, 0),
        ("film.avi", HEAD + 1, HEAD, HEAD + 1),
        ("film.avi", 0, 0, 0),
    ],
)
def test_the_guess_is_a_head_and_a_tail(name: str, size: int, head: int, tail: int) -> None:
    guess = guess_outline(name, size)
    assert guess.head == range(head)
    assert guess.index == ((range(size - tail, size),) if tail else ())
    assert (guess.duration, guess.chapters) == (None, ())


@given(st.integers(0, 200 * MIB), st.integers(0, MIB), PARTS)
def test_an_index_is_in_the_file_in_order_and_not_too_long(size: int, head: int, parts: list[range]) -> None:
    outline = Outline(size)
    outline.set_head(head)
    outline.set_index(*parts)
    assert all(part and part.start >= 0 and part.stop <= size for part in outline.index)
    assert all(one.stop < two.start for one, two in zip(outline.index, outline.index[1:], strict=False))
    assert sum(map(len, outline.index)) <= MAX_INDEX
    for part in parts:
        beyond = part and part.start >= 0 and head < part.stop <= size
        assert not beyond or covers(outline, part) or sum(map(len, outline.index)) == MAX_INDEX


def covers(outline: Outline, part: range) -> bool:
    return any(known.start <= part.start and part.stop <= known.stop for known in outline.index)


def test_an_index_at_the_end_takes_the_last_bytes_with_it() -> None:
    outline = Outline(GIB)
    outline.set_index(range(GIB - 5000, GIB - 1000))
    assert outline.index == (range(GIB - LAST_READ, GIB),)


def test_an_index_elsewhere_is_taken_as_it_is() -> None:
    outline = Outline(GIB)
    outline.set_index(range(9000, 10_000), range(500, 600), range(600, 700))
    assert outline.index == (range(500, 700), range(9000, 10_000))


def test_what_is_in_the_head_is_not_named_again() -> None:
    outline = guess_outline("film.mkv", GIB)
    outline.set_index(range(100, 200), range(HEAD - 10, HEAD + 10))
    assert outline.index == (range(HEAD - 10, HEAD + 10),)


@pytest.mark.parametrize("seconds", [0.0, -5.0, 1e-300, math.inf, math.nan, 1e9])
def test_a_duration_that_no_film_has_is_not_believed(seconds: float) -> None:
    outline = Outline(1000)
    outline.set_duration(seconds)
    assert outline.duration is None


def test_a_duration_that_films_have_is_believed() -> None:
    outline = Outline(1000)
    outline.set_duration(4.0)
    assert outline.duration == 4.0


def test_the_payload_of_a_section_is_cut() -> None:
    section = Section("moov", 10, 18, 100)
    assert (section.all, section.payload(20), section.payload(500)) == (
        range(10, 100),
        range(18, 38),
        range(18, 100),
    )


def test_chapters_come_in_order_and_only_those_a_film_can_have() -> None:
    outline = Outline(1000)
    outline.set_chapters([Chapter(9.0, "b"), Chapter(1e15, "c"), Chapter(0.0, "a")])
    assert [chapter.title for chapter in outline.chapters] == ["a", "b"]


def test_a_title_is_clean_text() -> None:
    assert clean_title("Äpfel\0rest".encode()) == "Äpfel"
    assert clean_title(b" \xff! ") == "�!"
