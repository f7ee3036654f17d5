from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.readers.pace import (
    COPY_BYTES,
    GROWTH,
    MAX_WINDOW,
    MIB,
    MIN_WINDOW,
    NEAR_AHEAD,
    NEAR_BEHIND,
    SECONDS_READ,
    STREAMS_AFTER,
    TYPICAL_LENGTH,
    Pace,
    guess_rate,
)

RATE = 1e6
READS = st.lists(
    st.tuples(st.floats(0, 20), st.integers(0, 2**34), st.integers(1, 4 * MIB)), min_size=1, max_size=20
)


def read_on(pace: Pace, size: int, seconds: float, *, now: float = 0.0, step: int = MIB) -> float:
    """Read so many bytes in a row, evenly over a time; gives the time after it."""
    for _ in range(size // step):
        pace.ask(now, pace.position)
        now += seconds * step / size
        pace.give(now, step)
    return now


def test_a_reader_that_was_given_little_probes() -> None:
    pace = Pace()
    pace.ask(0.0, 500 * MIB)
    pace.give(0.1, STREAMS_AFTER - 1)
    assert pace.kind(0.1, RATE) == "probe"
    pace.ask(0.1, pace.position)
    pace.give(0.2, 1)
    assert pace.kind(0.2, RATE) == "playback"


def test_a_reader_among_many_scans_until_it_streams() -> None:
    pace = Pace(scans=True)
    pace.ask(0.0, 0)
    assert pace.kind(0.0, RATE) == "scan"
    pace.give(0.0, STREAMS_AFTER)
    assert pace.kind(0.0, RATE) == "playback"


def test_a_player_fills_its_buffer_and_then_reads_as_it_plays() -> None:
    pace = Pace()
    now = read_on(pace, 100 * MIB, 10)
    assert pace.kind(now, RATE) == "playback"
    now = read_on(pace, 600 * MIB, 600, now=now)
    assert pace.kind(now, RATE) == "playback"


def test_one_that_gets_far_ahead_copies_until_time_catches_up() -> None:
    pace = Pace()
    now = read_on(pace, COPY_BYTES + 2 * MIB, 1)
    assert pace.kind(now, RATE) == "copy"
    assert pace.kind(now + 60, RATE) == "playback"


def test_a_jump_begins_anew() -> None:
    pace = Pace()
    now = read_on(pace, 20 * MIB, 1)
    pace.ask(now, 500 * MIB)
    assert (pace.sent, pace.rate(now), pace.kind(now, RATE)) == (0, 0.0, "probe")


@pytest.mark.parametrize("distance", [NEAR_AHEAD, -NEAR_BEHIND])
def test_a_small_jump_is_none(distance: int) -> None:
    pace = Pace()
    now = read_on(pace, 20 * MIB, 1)
    pace.ask(now, pace.position + distance)
    assert pace.sent == 20 * MIB + distance


def test_reading_the_same_again_does_not_add_up() -> None:
    pace = Pace()
    for turn in range(20):
        pace.ask(float(turn), 4096)
        pace.give(float(turn), MIB // 2)
    assert pace.sent == MIB // 2


def test_the_rate_follows_the_reads() -> None:
    pace = Pace()
    now = read_on(pace, 100 * MIB, 50)
    assert pace.rate(now) == pytest.approx(2 * MIB, rel=0.15)
    assert pace.rate(now + 30) < 0.01 * MIB


def test_the_window_is_as_many_seconds_of_film() -> None:
    pace = Pace()
    now = read_on(pace, 100 * MIB, 100)
    assert pace.window(now, 2 * MIB, 30, MAX_WINDOW) == 60 * MIB
    assert pace.window(now, 1.0, 30, MAX_WINDOW) == MIN_WINDOW
    assert pace.window(now, 20 * MIB, 30, MAX_WINDOW) == MAX_WINDOW
    assert pace.window(now, 20 * MIB, 30, 8 * MIB) == 8 * MIB


def test_one_that_reads_fast_has_a_larger_window() -> None:
    pace = Pace()
    now = read_on(pace, 1000 * MIB, 25)
    assert pace.window(now, 1.0, 30, MAX_WINDOW) == pytest.approx(SECONDS_READ * 40 * MIB, rel=0.1)


@given(READS, st.floats(1, 1e9), st.integers(4 * MIB, MAX_WINDOW))
def test_windows_and_rates_keep_within_bounds(
    reads: list[tuple[float, int, int]], play_rate: float, room: int
) -> None:
    pace, now = Pace(), 0.0
    for seconds, offset, size in reads:
        pace.ask(now, offset)
        now += seconds
        pace.give(now, size)
        assert pace.position == offset + size
        assert pace.sent >= size
        assert pace.rate(now) >= 0
        assert pace.window(now, play_rate, 30, room) <= min(room, GROWTH * max(pace.sent, STREAMS_AFTER))


def test_without_a_duration_a_file_lasts_an_hour() -> None:
    assert guess_rate(7_200, None) == 7_200 / TYPICAL_LENGTH
    assert guess_rate(7_200, 100.0) == 72
    assert guess_rate(0, None) == 1
