from __future__ import annotations

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.torrents.cache.stamps import LATEST, REGION, StampClock, Stamps

MIB = 2**20
STAMPS = st.integers(0, LATEST)


@given(st.integers(1, 500), st.integers(1, 2 * REGION))
def test_every_piece_is_in_one_region(piece_count: int, piece_length: int) -> None:
    stamps = Stamps(piece_count, piece_length)
    regions = {region: list(group) for region, group in groupby(range(piece_count), stamps.region_of)}
    assert list(regions) == list(range(len(stamps)))
    for region, pieces in regions.items():
        assert len(pieces) == 1 or len(pieces) * piece_length <= REGION
        assert stamps.regions_of(pieces[0], pieces[-1]) == range(region, region + 1)


def test_a_touch_stamps_each_region_with_one_of_the_pieces() -> None:
    stamps = Stamps(130, MIB)
    stamps.touch(31, 32, 7)
    stamps.touch(128, 129, 9)
    assert [stamps[region] for region in range(len(stamps))] == [7, 7, 0, 0, 9]
    assert stamps.find_latest() == 9


@given(st.lists(STAMPS, min_size=1, max_size=8))
def test_stamps_outlive_the_process(values: list[int]) -> None:
    stamps = Stamps(len(values), REGION)
    for piece, value in enumerate(values):
        stamps.touch(piece, piece, value)
    packed = stamps.pack()
    assert len(packed) == 4 * len(values)
    assert Stamps(len(values), REGION, packed).pack() == packed


def test_stamps_are_stored_with_the_low_byte_first() -> None:
    stamps = Stamps(1, REGION)
    stamps.touch(0, 0, 0x01020304)
    assert stamps.pack() == b"\4\3\2\1"


@given(st.integers(1, 5), st.binary(max_size=40))
def test_a_blob_of_a_wrong_length_is_used_as_far_as_it_goes(count: int, packed: bytes) -> None:
    found = Stamps(count, REGION, packed).pack()
    assert len(found) == 4 * count
    assert found.startswith(packed[: 4 * count])
    assert not any(found[len(packed) :])


@given(st.lists(STAMPS, min_size=1, max_size=5))
def test_the_clock_is_past_all_it_met(values: list[int]) -> None:
    clock = StampClock()
    for value in values:
        stamps = Stamps(1, REGION)
        stamps.touch(0, 0, value)
        clock.meet(stamps)
    assert clock.now == min(max(values) + 1, LATEST)
    clock.tick()
    assert clock.now == min(max(values) + 2, LATEST)


def test_a_new_clock_is_past_never() -> None:
    clock = StampClock()
    clock.meet(Stamps(3, REGION))
    assert clock.now == 1
