from __future__ import annotations

import pytest

from momoshtrem.torrents.containers.outline import MAX_TAIL, MIB, guess_outline
from momoshtrem.torrents.containers.probe import Probe
from tests.torrents.containers.clips import make_clip, probe, run_probe

FILM = 3 * MIB


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def listed(form: bytes, *chunks: bytes) -> bytes:
    return chunk(b"LIST", form + b"".join(chunks))


def words(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "little") for value in values)


def avih(microseconds: int, frames: int) -> bytes:
    return chunk(b"avih", words(microseconds, 0, 0, 0, frames) + bytes(36))


def strh(kind: bytes, scale: int, rate: int, length: int) -> bytes:
    return chunk(b"strh", kind + bytes(16) + words(scale, rate, 0, length) + bytes(20))


def indx(*places: tuple[int, int], index_type: int = 0) -> bytes:
    entries = b"".join(at.to_bytes(8, "little") + words(length, 25) for at, length in places)
    return chunk(b"indx", bytes([4, 0, 0, index_type]) + words(len(places)) + bytes(16) + entries)


def riff(*chunks: bytes) -> bytes:
    return chunk(b"RIFF", b"AVI " + b"".join(chunks))


def test_idx1_is_found_behind_the_film() -> None:
    content = make_clip("avi")
    outline, wanted = run_probe("film.avi", content)
    index = content.rindex(b"idx1")
    assert wanted[1].start == index
    assert index in outline.index[0]
    assert outline.index[0].stop == len(content)


def test_once_the_headers_are_here_what_follows_the_film_is_wanted() -> None:
    content = riff(
        listed(b"hdrl", avih(40_000, 250)), listed(b"movi", bytes(FILM)), bytes(MIB), bytes(9 * MIB)
    )
    first = Probe("film.avi", len(content))
    first.feed(content[: 16 * 1024])
    start = content.index(b"movi") + 4 + FILM
    assert first.outline.index == (range(start, start + MAX_TAIL),)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([avih(40_000, 250)], 10),
        ([avih(40_000, 250), listed(b"strl", strh(b"vids", 1001, 30_000, 300))], 10.01),
        ([avih(40_000, 250), listed(b"strl", strh(b"auds", 1, 48_000, 999))], 10),
        ([avih(40_000, 250), listed(b"strl", strh(b"vids", 1, 0, 300))], 10),
        ([avih(40_000, 250), listed(b"odml", chunk(b"dmlh", words(1000)))], 40),
        (
            [
                listed(b"strl", strh(b"vids", 1, 25, 250)),
                listed(b"odml", chunk(b"dmlh", words(1000))),
            ],
            40,
        ),
        ([], None),
    ],
)
def test_the_duration(headers: list[bytes], seconds: float | None) -> None:
    assert probe("film.avi", riff(listed(b"hdrl", *headers))).duration == seconds


def test_the_indexes_of_a_large_file_are_wanted_as_well() -> None:
    stream = listed(b"strl", strh(b"vids", 1, 25, 250), indx((MIB, 1000), (2 * MIB, 500)))
    content = riff(listed(b"hdrl", stream), listed(b"movi", bytes(FILM)), chunk(b"idx1", bytes(200_000)))
    assert probe("film.avi", content).index == (
        range(MIB, MIB + 1008),
        range(2 * MIB, 2 * MIB + 508),
        range(len(content) - 200_008, len(content)),
    )


def test_an_index_of_frames_lists_no_indexes() -> None:
    stream = listed(b"strl", indx((MIB, 1000), index_type=1))
    content = riff(listed(b"hdrl", stream), listed(b"movi", bytes(FILM)), chunk(b"idx1", bytes(200_000)))
    assert probe("film.avi", content).index == (range(len(content) - 200_008, len(content)),)


def test_a_film_of_an_odd_length_is_padded() -> None:
    content = riff(chunk(b"JUNK", b"x"), listed(b"movi", bytes(FILM + 1)), chunk(b"idx1", bytes(200_000)))
    assert probe("film.avi", content).index == (range(len(content) - 200_008, len(content)),)


def test_another_riff_is_no_avi() -> None:
    content = chunk(b"RIFF", b"WAVE" + bytes(FILM))
    assert probe("film.avi", content) == guess_outline("film.avi", len(content))
