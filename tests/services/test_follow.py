from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.services.follow import ENOUGH, NEARLY_OVER, FollowedReader, Progress
from tests.fakes.streams import FakeReader, Script

MIB = 2**20
SIZE = 1000 * MIB


class Followed:
    def __init__(self, size: int = SIZE) -> None:
        self.told = 0
        self.size = size
        self.progress = Progress()
        self.open()

    def open(self) -> None:
        self.inner = FakeReader(self.size, Script())
        self.reader = FollowedReader(self.inner, self.progress, self._count)

    def _count(self) -> None:
        self.told += 1

    async def read(self, *offsets: int, limit: int = MIB // 4) -> int:
        """Read at each of these; gives how often it told."""
        for offset in offsets:
            await self.reader.read(offset, limit)
        return self.told


def steps(start: int, stop: int) -> range:
    return range(start, stop, MIB // 4)


async def test_it_reads_as_the_reader_does() -> None:
    followed = Followed(1000)
    assert followed.reader.size == 1000
    assert await followed.reader.read(990, 100) == bytes(10)
    followed.reader.close()
    assert followed.inner.closed.is_set()


async def test_it_tells_once_when_the_end_is_near() -> None:
    followed = Followed()
    assert await followed.read(*steps(0, 899 * MIB)) == 0
    assert await followed.read(*steps(899 * MIB, 901 * MIB)) == 1
    assert await followed.read(*steps(901 * MIB, SIZE)) == 1


async def test_who_opens_the_file_anew_for_each_part_is_followed() -> None:
    followed = Followed()
    for begin in range(890 * MIB, 910 * MIB, 2 * MIB):
        followed.open()
        await followed.read(*steps(begin, begin + 2 * MIB))
    assert followed.told == 1


async def test_many_looks_at_the_end_are_no_end() -> None:
    followed = Followed()
    for _ in range(5):
        followed.open()
        assert await followed.read(0, *steps(SIZE - 8 * MIB, SIZE)) == 0


async def test_a_look_at_the_end_is_no_end() -> None:
    assert await Followed().read(0, *steps(SIZE - 8 * MIB, SIZE)) == 0


async def test_who_begins_near_the_end_and_stays_is_told_of() -> None:
    assert await Followed().read(*steps(950 * MIB, 950 * MIB + ENOUGH)) == 1


@pytest.mark.parametrize(("start", "told"), [(0, 1), (int(0.96 * MIB), 0)])
async def test_of_a_short_file_a_part_is_enough(start: int, told: int) -> None:
    assert await Followed(MIB).read(*range(start, MIB, 1000), limit=1000) == told


@given(size=st.integers(1, 10**6), chunk=st.integers(1, 10**6))
async def test_whoever_reads_all_is_told_of_once(size: int, chunk: int) -> None:
    followed = Followed(size)
    position = 0
    while found := await followed.reader.read(position, max(chunk, size // 50)):
        position += len(found)
        assert followed.told == (position >= size * NEARLY_OVER)
