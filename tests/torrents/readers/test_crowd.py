from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.readers.crowd import (
    SCAN_FILES,
    SCAN_TIME,
    SMALL_WINDOW,
    TOTAL_WINDOWS,
    WINDOW_SHARE,
    Crowd,
)
from momoshtrem.torrents.readers.pace import MAX_WINDOW, MIB

HASH = "ab" * 20
GIB = 2**30


def test_many_files_in_a_short_time_are_a_scan() -> None:
    crowd = Crowd(30, Quota())
    opened = [crowd.open(float(number), HASH, number) for number in range(SCAN_FILES + 2)]
    assert opened == [False] * (SCAN_FILES - 1) + [True] * 3


def test_files_of_many_torrents_are_a_scan_too() -> None:
    crowd = Crowd(30, Quota())
    assert [crowd.open(0.0, f"{number:040x}", 0) for number in range(SCAN_FILES)][-1]


def test_one_file_opened_often_is_no_scan() -> None:
    crowd = Crowd(30, Quota())
    assert not any(crowd.open(float(turn), HASH, turn % 2) for turn in range(50))


def test_files_opened_one_after_another_over_a_long_time_are_no_scan() -> None:
    crowd = Crowd(30, Quota())
    assert not any(crowd.open(number * SCAN_TIME / 3, HASH, number) for number in range(20))


@given(st.integers(0, 10_000), st.integers(0, 10 * GIB))
def test_the_room_is_shared_and_never_too_small(streaming: int, size: int) -> None:
    crowd = Crowd(30, Quota(size))
    crowd.streaming = streaming
    room = crowd.room()
    assert SMALL_WINDOW <= room <= MAX_WINDOW
    assert room == SMALL_WINDOW or room * max(1, streaming) <= min(TOTAL_WINDOWS, size // WINDOW_SHARE)


def test_one_reader_on_a_free_disk_may_take_most() -> None:
    assert Crowd(30, Quota()).room() == MAX_WINDOW


def test_a_disk_that_fills_leaves_less_room() -> None:
    quota = Quota(GIB, min_free=GIB)
    crowd, found = Crowd(30, quota), []
    for free in (4, 1.5, 1, 0):
        quota.tell_free(int(free * GIB), 0)
        found.append(crowd.room())
    assert found == [256 * MIB, 128 * MIB, SMALL_WINDOW, SMALL_WINDOW]
