from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.crowd import (
    SCAN_FILES,
    SCAN_TIME,
    SMALL_WINDOW,
    TOTAL_WINDOWS,
    Crowd,
    find_pressure,
)
from momoshtrem.torrents.pace import MAX_WINDOW

HASH = "ab" * 20
GIB = 2**30


def test_many_files_in_a_short_time_are_a_scan() -> None:
    crowd = Crowd(read_ahead=30)
    opened = [crowd.open(float(number), HASH, number) for number in range(SCAN_FILES + 2)]
    assert opened == [False] * (SCAN_FILES - 1) + [True] * 3


def test_files_of_many_torrents_are_a_scan_too() -> None:
    crowd = Crowd(read_ahead=30)
    assert [crowd.open(0.0, f"{number:040x}", 0) for number in range(SCAN_FILES)][-1]


def test_one_file_opened_often_is_no_scan() -> None:
    crowd = Crowd(read_ahead=30)
    assert not any(crowd.open(float(turn), HASH, turn % 2) for turn in range(50))


def test_files_opened_one_after_another_over_a_long_time_are_no_scan() -> None:
    crowd = Crowd(read_ahead=30)
    assert not any(crowd.open(number * SCAN_TIME / 3, HASH, number) for number in range(20))


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_the_room_is_shared_and_never_too_small(streaming: int, pressure: float) -> None:
    crowd = Crowd(read_ahead=30)
    crowd.streaming, crowd.pressure = streaming, pressure
    room = crowd.room()
    assert SMALL_WINDOW <= room <= MAX_WINDOW
    assert room == SMALL_WINDOW or room * max(1, streaming) <= TOTAL_WINDOWS


def test_one_reader_on_a_free_disk_may_take_most() -> None:
    assert Crowd(read_ahead=30).room() == MAX_WINDOW


def test_pressure_grows_as_the_disk_fills() -> None:
    found = [find_pressure(free * GIB, 2 * GIB) for free in (9, 4, 3, 2, 0)]
    assert found == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert find_pressure(0, 0) == 0.0
