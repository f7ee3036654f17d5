"""How long the event loop is held at a time: everybody else waits for that long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Hold:
    """Seconds of the longest hold so far."""

    longest: float = 0.0


@asynccontextmanager
async def watch_loop() -> AsyncIterator[Hold]:
    """Watch the loop during the block."""
    hold = Hold()

    async def tick() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0)
            hold.longest = max(hold.longest, time.perf_counter() - before)

    async with asyncio.TaskGroup() as tasks:
        ticking = tasks.create_task(tick())
        await asyncio.sleep(0)
        yield hold
        await asyncio.sleep(0)
        ticking.cancel()
