from __future__ import annotations

import struct

import pytest

from momoshtrem.torrents.containers.matroska import (
    ATOM,
    ATTACHMENTS,
    CHAPTERS,
    CLUSTER,
    CUES,
    DURATION,
    EBML,
    EDITION,
    INFO,
    MAX_CHAPTERS,
    MAX_NAMED,
    SEEK,
    SEEK_HEAD,
    SEEK_ID,
    SEEK_POSITION,
    SEGMENT,
    TAGS,
    TIMESTAMP_SCALE,
)
from momoshtrem.torrents.containers.outline import MIB, TAIL, guess_outline
from momoshtrem.torrents.containers.probe import MAX_REQUESTS, Probe
from tests.torrents.containers.clips import CHAPTERS as TITLES
from tests.torrents.containers.clips import make_clip, probe, run_probe

UNKNOWN = b"\x01" + b"\xff" * 7
VOID = 0xEC


def raw(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8 or 1, "big")


def element(kind: int, content: bytes, size: bytes | None = None) -> bytes:
    return raw(kind) + (size or (len(content) | 1 << 56).to_bytes(8, "big")) + content


def seek_head(*entries: tuple[int, int]) -> bytes:
    """It has the same length whatever the positions are."""
    seeks = (
        element(SEEK, element(SEEK_ID, raw(kind)) + element(SEEK_POSITION, at.to_bytes(8, "big")))
        for kind, at in entries
    )
    return element(SEEK_HEAD, b"".join(seeks))


def info(ticks: bytes, scale: int | None = None) -> bytes:
    return element(INFO, (element(TIMESTAMP_SCALE, raw(scale)) if scale else b"") + element(DURATION, ticks))


def segment(content: bytes, size: bytes | None = None) -> bytes:
    return element(EBML, b"") + element(SEGMENT, content, size)


BASE = len(segment(b""))
CLUSTERS = element(CLUSTER, bytes(3 * MIB))
MINUTE = info(struct.pack(">d", 60_000))


def lay_out(*parts: tuple[int, bytes], named: tuple[int, ...], front: bytes = MINUTE) -> bytes:
    """A file with a SeekHead, the front, the film, and the parts behind it; positions of those named."""
    at = len(seek_head(*((kind, 0) for kind in named))) + len(front) + len(CLUSTERS)
    places = {}
    for kind, content in parts:
        places[kind] = at
        at += len(content)
    head = seek_head(*((kind, places[kind]) for kind in named))
    return segment(head + front + CLUSTERS + b"".join(content for _, content in parts))


def test_cues_at_the_end_are_found_at_their_very_place() -> None:
    content = make_clip("mkv")
    outline, wanted = run_probe("film.mkv", content)
    cues = content.rindex(raw(CUES))
    assert wanted[1].start == cues
    assert any(cues in part and part.stop == len(content) for part in outline.index)


def test_cues_in_front_are_in_the_head() -> None:
    content = make_clip("mkv with cues in front")
    outline = probe("film.mkv", content)
    assert content.rindex(raw(CUES)) in outline.head
    assert outline.index == ()


def test_without_cues_the_guess_stays() -> None:
    content = make_clip("mkv without cues")
    assert probe("film.mkv", content).index == guess_outline("film.mkv", len(content)).index


@pytest.mark.parametrize("kind", ["mkv", "mkv with cues in front", "mkv without cues"])
def test_chapters(kind: str) -> None:
    found = probe("film.mkv", make_clip(kind)).chapters
    assert [(chapter.start, chapter.title) for chapter in found] == TITLES


@pytest.mark.parametrize(
    ("ticks", "scale", "seconds"),
    [
        (struct.pack(">d", 60_000), None, 60),
        (struct.pack(">f", 60_000), None, 60),
        (struct.pack(">d", 60_000), 2_000_000, 120),
        (struct.pack(">d", 60_000), 0, 60),
        (struct.pack(">d", float("nan")), None, None),
        (struct.pack(">d", -1), None, None),
        (b"", None, None),
        (b"123", None, None),
    ],
)
def test_the_duration(ticks: bytes, scale: int | None, seconds: float | None) -> None:
    assert probe("film.mkv", segment(info(ticks, scale))).duration == seconds


def test_a_segment_of_unknown_size_reaches_to_the_end() -> None:
    assert probe("film.webm", segment(MINUTE + CLUSTERS, UNKNOWN)).duration == 60


def test_all_that_players_read_behind_the_film_is_in_the_index() -> None:
    cues, tags = element(CUES, bytes(200_000)), element(TAGS, bytes(1000))
    later = element(CLUSTER, bytes(2 * MIB))
    content = lay_out((CUES, cues), (CLUSTER, later), (TAGS, tags), named=(TAGS, CUES))
    start = content.index(cues)
    assert probe("film.mkv", content).index == (
        range(start, start + len(cues)),
        range(len(content) - 128 * 1024, len(content)),
    )


def test_cues_whose_length_is_not_known_yet_are_taken_for_a_tail() -> None:
    content = lay_out((CUES, element(CUES, bytes(9000))), (CLUSTER, CLUSTERS), named=(CUES,))
    first = Probe("film.mkv", len(content))
    first.feed(content[: 16 * 1024])
    cues = content.index(raw(CUES), BASE + 64)
    assert first.outline.index == (range(cues, cues + TAIL),)
    assert first.wants is not None
    assert first.wants.start == cues


def test_a_second_seek_head_is_followed() -> None:
    cues, more = element(CUES, bytes(500)), element(CLUSTER, bytes(MIB))
    place = len(seek_head((SEEK_HEAD, 0))) + len(CLUSTERS)
    second = seek_head((CUES, place))
    content = segment(seek_head((SEEK_HEAD, place + len(cues))) + CLUSTERS + cues + second + more)
    at = content.index(cues)
    assert probe("film.mkv", content).index == (range(at, at + len(cues) + len(second)),)


def test_seek_heads_that_name_each_other_come_to_an_end() -> None:
    length = len(seek_head((SEEK_HEAD, 0)))
    heads = seek_head((SEEK_HEAD, length)) + seek_head((SEEK_HEAD, 0))
    _, wanted = run_probe("film.mkv", segment(heads + MINUTE + CLUSTERS))
    assert len(wanted) == 1


def test_a_seek_head_of_many_places_is_not_followed_everywhere() -> None:
    places = seek_head(*((TAGS, number * 20_000) for number in range(1, 140)))
    _, wanted = run_probe("film.mkv", segment(places + MINUTE + CLUSTERS))
    assert len(wanted) == MAX_REQUESTS


def test_only_the_first_places_that_it_names_are_followed() -> None:
    many = [(TAGS, number) for number in range(MAX_NAMED)]
    cues = element(CUES, bytes(500))
    place = len(seek_head(*many, (CUES, 0))) + len(CLUSTERS)
    content = segment(seek_head(*many, (CUES, place)) + CLUSTERS + cues)
    assert probe("film.mkv", content).index == guess_outline("film.mkv", len(content)).index


def test_a_place_where_something_else_stands_is_no_index() -> None:
    content = segment(seek_head((CUES, 2 * MIB)) + MINUTE + CLUSTERS)
    outline = probe("film.mkv", content)
    assert outline.index == guess_outline("film.mkv", len(content)).index
    assert outline.duration == 60


def test_attachments_are_stepped_over_and_wanted() -> None:
    fonts = element(ATTACHMENTS, bytes(2 * MIB))
    content = segment(element(VOID, b"") + fonts + MINUTE + CLUSTERS)
    outline, wanted = run_probe("film.mkv", content)
    assert outline.duration == 60
    assert content.index(fonts) in outline.index[0]
    assert len(wanted) == 2


def test_there_are_not_more_chapters_than_anyone_reads() -> None:
    many = element(CHAPTERS, element(EDITION, element(ATOM, b"") * (MAX_CHAPTERS + 1)))
    assert len(probe("film.mkv", segment(many)).chapters) == MAX_CHAPTERS


@pytest.mark.parametrize(
    "junk", [b"", b"\0", b"\x42\x86", b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3\x80\xec\x80"]
)
def test_no_segment_no_outline(junk: bytes) -> None:
    assert probe("film.mkv", junk) == guess_outline("film.mkv", len(junk))
