from __future__ import annotations

import asyncio

import pytest

from momoshtrem.torrents.waiters import Waiters


async def test_all_who_wait_for_a_piece_are_woken_and_no_others() -> None:
    waiters = Waiters()
    async with asyncio.TaskGroup() as tasks:
        first, second, other = (tasks.create_task(waiters.wait(piece)) for piece in (1, 1, 2))
        await asyncio.sleep(0)
        waiters.wake(1)
        waiters.wake(1)
        await asyncio.gather(first, second)
        assert not other.done()
        waiters.wake_all()


async def test_a_wake_that_came_before_is_not_kept() -> None:
    waiters = Waiters()
    waiters.wake(1)
    async with asyncio.TaskGroup() as tasks:
        late = tasks.create_task(waiters.wait(1))
        await asyncio.sleep(0)
        assert not late.done()
        waiters.wake(1)


async def test_one_error_ends_them_all() -> None:
    waiters = Waiters()

    async def wait(piece: int) -> None:
        with pytest.raises(KeyError, match="gone"):
            await waiters.wait(piece)

    async with asyncio.TaskGroup() as tasks:
        for piece in (1, 2):
            tasks.create_task(wait(piece))
        await asyncio.sleep(0)
        waiters.fail(KeyError("gone"))
        waiters.wake_all()


async def test_who_gives_up_leaves_the_others() -> None:
    waiters = Waiters()
    async with asyncio.TaskGroup() as tasks:
        first, second = (tasks.create_task(waiters.wait(1)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        waiters.wake(1)
        await second
    assert first.cancelled()
