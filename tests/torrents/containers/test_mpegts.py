from __future__ import annotations

import pytest

from momoshtrem.torrents.containers.outline import TS_HEAD, TS_TAIL, guess_outline
from tests.torrents.containers.clips import make_clip, probe

WRAP = 2**33
PLAIN = b"\x47\x01\x00\x10" + bytes(184)
GAP = 10_000


def clock(ticks: int, pid: int = 256) -> bytes:
    value = (ticks << 7).to_bytes(5, "big")
    return b"\x47" + pid.to_bytes(2, "big") + b"\x20\xb7\x10" + value + bytes(177)


def stream(*clocks: bytes, length: int = 188) -> bytes:
    """Packets without a clock between those with one."""
    packets = [packet for each in clocks for packet in (each, *[PLAIN] * GAP)]
    return b"".join(bytes(length - 188) + packet for packet in packets[:-GAP])


@pytest.mark.parametrize("kind", ["ts", "m2ts"])
def test_the_head_is_long_and_the_tail_short(kind: str) -> None:
    content = make_clip(kind)
    outline = probe("film.xyz", content)
    assert outline.head == range(TS_HEAD)
    assert outline.index == (range(len(content) - TS_TAIL, len(content)),)


@pytest.mark.parametrize("length", [188, 192])
def test_the_duration_is_between_the_first_and_the_last_clock(length: int) -> None:
    content = stream(clock(90_000), clock(20 * 90_000), clock(61 * 90_000), length=length)
    assert probe("film.ts", content).duration == 60


def test_a_clock_that_begins_again() -> None:
    assert probe("film.ts", stream(clock(WRAP - 90_000), clock(59 * 90_000))).duration == 60


def test_only_the_clock_of_one_program_counts() -> None:
    content = stream(clock(0), clock(60 * 90_000) + clock(5, pid=300))
    assert probe("film.ts", content).duration == 60


def test_a_file_that_ends_within_a_packet() -> None:
    content = stream(clock(0), clock(60 * 90_000), PLAIN)[:-100]
    assert probe("film.ts", content[: -GAP * 188 + 900]).duration == 60


@pytest.mark.parametrize("content", [PLAIN * 4000, stream(clock(0), PLAIN), b"\x47" * 4000])
def test_without_two_clocks_there_is_no_duration(content: bytes) -> None:
    assert probe("film.ts", content).duration is None


def test_a_few_marks_by_chance_are_no_stream() -> None:
    content = PLAIN * 5 + bytes(10**6)
    assert probe("film.xyz", content) == guess_outline("film.xyz", len(content))
