from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from momoshtrem.torrents.containers.outline import LONGEST, MAX_INDEX, SHORTEST, Outline, guess_outline
from momoshtrem.torrents.containers.probe import MAX_REQUEST, MAX_REQUESTS, Probe
from tests.torrents.containers.clips import CLIPS, SECONDS, make_clip, open_clip, probe, run_probe

NAMES = st.sampled_from(["film.mkv", "film.mp4", "film.avi", "film.ts", "film", ""])
STARTS = st.sampled_from(
    [
        b"",
        b"\0\0\0\x18ftypisom",
        b"\0\0\0\1mdat",
        b"\0\0\0\0moov\0\0\0\x20mvhd",
        b"\0\0\xff\xffmoov\0\0\0\x08mvex",
        bytes.fromhex("1a45dfa380 18538067 01ffffffffffffff 114d9b74"),
        bytes.fromhex("1a45dfa380 18538067 01ffffffffffffff 1043a770 a1 45b9 9e b6 9c 80 9a"),
        b"RIFF\0\0\0\0AVI LIST\x80\0\0\0hdrlLIST",
    ]
)
HUGE = st.sampled_from([0, 1, 1000, 2**32, 2**48, 2**63 - 1])
UNLISTED = {"mp4 in fragments", "mp4 in listed fragments"}
INDEXED = sorted(CLIPS.keys() - UNLISTED)


def check_bounds(outline: Outline, wanted: list[range]) -> None:
    """Whatever the bytes: all is in the file, and little was wanted."""
    for part in [outline.head, *outline.index, *wanted]:
        assert 0 <= part.start <= part.stop <= outline.size
    assert all(part and len(part) <= MAX_REQUEST for part in wanted)
    assert len(wanted) <= MAX_REQUESTS
    assert sum(map(len, outline.index)) <= MAX_INDEX
    assert outline.duration is None or SHORTEST <= outline.duration <= LONGEST


@pytest.mark.parametrize("kind", INDEXED)
def test_what_a_player_reads_to_open_a_film_is_in_its_outline(kind: str) -> None:
    content = make_clip(kind)
    outline = probe(CLIPS[kind][0], content)
    _, reads = open_clip(content)
    known = [outline.head, *outline.index]
    assert [part for part in reads if part and not any(part[0] in k and part[-1] in k for k in known)] == []


@pytest.mark.parametrize("kind", sorted(CLIPS.keys() - {"mp4 in fragments", "mkv without cues"}))
def test_the_duration_is_the_one_that_ffmpeg_finds(kind: str) -> None:
    content = make_clip(kind)
    duration, _ = open_clip(content)
    found = probe(CLIPS[kind][0], content)
    assert found.duration == pytest.approx(duration, abs=0.15)
    assert found.duration
    assert found.size / found.duration == pytest.approx(len(content) / SECONDS, rel=0.02)


@pytest.mark.parametrize("kind", CLIPS)
def test_the_bytes_count_and_not_the_name(kind: str) -> None:
    content = make_clip(kind)
    assert probe("film.xyz", content).duration == probe(CLIPS[kind][0], content).duration


@pytest.mark.parametrize("kind", sorted(CLIPS.keys() - {"ts", "m2ts"}))
def test_little_is_read_for_it(kind: str) -> None:
    _, wanted = run_probe(CLIPS[kind][0], make_clip(kind))
    assert len(wanted) <= 4
    assert sum(map(len, wanted)) <= 2**16


def test_before_the_first_byte_the_outline_is_a_guess() -> None:
    assert Probe("film.mkv", 10**9).outline == guess_outline("film.mkv", 10**9)
    assert Probe("film.mkv", 10**9).wants == range(16 * 2**10)


def test_an_empty_file_needs_nothing() -> None:
    assert Probe("film.mkv", 0).wants is None


def test_what_is_unknown_stays_a_guess() -> None:
    content = bytes(range(256)) * 2**14
    outline, wanted = run_probe("film.wmv", content)
    assert outline == guess_outline("film.wmv", len(content))
    assert wanted == [range(16 * 2**10)]


def test_a_probe_that_is_done_takes_no_more() -> None:
    done = Probe("film.wmv", 100)
    done.feed(bytes(100))
    done.feed(make_clip("mkv"))
    assert (done.wants, done.outline) == (None, guess_outline("film.wmv", 100))


def test_a_file_of_tiny_boxes_keeps_no_one_busy() -> None:
    content = b"\0\0\0\x08free" * 2**17
    outline, wanted = run_probe("film.mp4", content)
    assert outline == guess_outline("film.mp4", len(content))
    assert len(wanted) == 1


@pytest.mark.parametrize("kind", CLIPS)
def test_bytes_that_cannot_be_had_end_it(kind: str) -> None:
    """A disk that fails at any moment leaves what was found by then."""
    content = make_clip(kind)
    for given_up in range(4):
        unlucky = Probe(CLIPS[kind][0], len(content))
        for step in range(10):
            if unlucky.wants is not None:
                unlucky.feed(content[unlucky.wants.start : unlucky.wants.stop] if step != given_up else b"")
        assert unlucky.wants is None
        check_bounds(unlucky.outline, [])


@pytest.mark.parametrize("kind", CLIPS)
@given(data=st.data())
@settings(max_examples=30)
def test_a_cut_film_has_an_outline_within_what_is_left(kind: str, data: st.DataObject) -> None:
    content = make_clip(kind)
    cut = content[: data.draw(st.integers(0, len(content)) | st.integers(0, 2000))]
    check_bounds(*run_probe(CLIPS[kind][0], cut))


@pytest.mark.parametrize("kind", CLIPS)
@given(data=st.data())
@settings(max_examples=60)
def test_a_damaged_film_has_an_outline_within_the_file(kind: str, data: st.DataObject) -> None:
    content = bytearray(make_clip(kind))
    places = st.integers(0, 1500) | st.integers(len(content) - 25_000, len(content) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=12)):
        junk = data.draw(st.binary(min_size=1, max_size=9) | st.just(b"\xff" * 8) | st.just(bytes(8)))
        content[place : place + len(junk)] = junk
    check_bounds(*run_probe(CLIPS[kind][0], bytes(content)))


@given(NAMES, STARTS, st.binary(max_size=400), HUGE)
@settings(max_examples=400)
def test_any_bytes_of_any_size_end_in_an_outline(name: str, start: bytes, junk: bytes, size: int) -> None:
    """The same bytes again and again, wherever they are wanted, in a file that may be huge."""
    content = start + junk or b"\0"
    size = size or len(content)
    endless = Probe(name, size)
    wanted = []
    while (part := endless.wants) is not None:
        wanted.append(part)
        turns = len(part) // len(content) + 2
        turn = part.start % len(content)
        endless.feed((content * turns)[turn : turn + len(part)])
    check_bounds(endless.outline, wanted)
