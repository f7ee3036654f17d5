"""Timers that go off together: to wake the process once for all of them costs less than once for each."""

from __future__ import annotations

import asyncio


async def tick(interval: float) -> None:
    """Sleep until the next tick; `interval` is in seconds."""
    await asyncio.sleep(until_tick(interval))


def until_tick(interval: float) -> float:
    """Seconds until the clock of the event loop is at a multiple of `interval` again."""
    return interval - asyncio.get_running_loop().time() % interval
