from __future__ import annotations

import asyncio

import pytest

from momoshtrem.faces.webdav.slices import SLICE, make_in_slices


@pytest.mark.parametrize("count", [0, 1, SLICE, 3 * SLICE + 1])
async def test_all_are_made_in_order(count: int) -> None:
    assert await make_in_slices(str, range(count)) == [str(number) for number in range(count)]


async def test_others_have_their_turn_after_each_slice() -> None:
    made: list[int] = []
    seen: list[int] = []

    async def look() -> None:
        while len(made) < 3 * SLICE:
            seen.append(len(made))
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(look())
        await asyncio.sleep(0)
        await make_in_slices(made.append, range(3 * SLICE))
    assert seen == [0, SLICE, 2 * SLICE]
