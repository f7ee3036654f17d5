"""How late the event loop is: whatever holds it holds all players and the API."""

from __future__ import annotations

import asyncio
import time

from momoshtrem.histogram import Histogram
from momoshtrem.ticks import until_tick

INTERVAL = 0.25
"""Seconds between two samples: few enough to cost nothing, and a hold as long as this is met by one."""


class LoopLag:
    """Measures in seconds by how much a sleep is too long, at the ticks, when most is to be done."""

    def __init__(self, interval: float = INTERVAL) -> None:
        self.seconds = Histogram(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
        self._interval = interval

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            wait = until_tick(self._interval)
            due = time.perf_counter() + wait
            await asyncio.sleep(wait)
            self.seconds.observe(max(0.0, time.perf_counter() - due))
