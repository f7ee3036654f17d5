from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from momoshtrem.services.lag import LoopLag


async def sample(lag: LoopLag, count: int) -> None:
    """Let it take so many samples."""
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(lag.run())
        while lag.seconds.count < count:
            await asyncio.sleep(0)
        running.cancel()


async def test_each_sleep_is_a_sample() -> None:
    lag = LoopLag(interval=0.001)
    await sample(lag, 3)
    assert lag.seconds.count == 3
    assert lag.seconds.sum >= 0


async def test_a_loop_that_is_held_is_late() -> None:
    lag = LoopLag(interval=0.001)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(lag.run())
        await asyncio.sleep(0)
        time.sleep(0.05)
        while not lag.seconds.count:
            await asyncio.sleep(0)
        running.cancel()
    assert dict(lag.seconds.cumulate())[0.025] < lag.seconds.count


async def test_it_ends_when_it_is_cancelled() -> None:
    running = asyncio.get_running_loop().create_task(LoopLag().run())
    await asyncio.sleep(0)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert running.cancelled()
