"""Guessing takes time: wrong credentials are answered later and later, while right ones never wait."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, ip_address, ip_network

FREE = 5
"""Wrong tries of an address that are answered at once: people mistype."""
STEP = 0.5
"""Seconds by which each further answer is later."""
MAX_DELAY = 5.0
"""Seconds; players wait 8 or more, and shall hear that their password is wrong."""
WINDOW = 600.0
"""Seconds without a wrong try after which an address is as good as new."""
MAX_ADDRESSES = 4096
MAX_WAITING = 64
"""Answers that wait at a time."""

log = logging.getLogger(__name__)


class Brake:
    """Counts wrong tries by address and holds their answers back.

    It slows whoever waits for answers. Who does not needs a new connection for each try, and finds no more
    than `MAX_WAITING` of them held.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._waiting = 0

    async def hold(self, host: str) -> bool:
        """Count a wrong try and return when it may be answered; False, at once, if too many wait already."""
        over = self._count(neighbourhood(host)) - FREE
        if over <= 0:
            return True
        if self._waiting >= MAX_WAITING:
            return False
        self._waiting += 1
        try:
            await self._sleep(min(MAX_DELAY, STEP * over))
        finally:
            self._waiting -= 1
        return True

    def _count(self, address: str) -> int:
        """The wrong tries of an address up to this one; those that tried longest ago are forgotten."""
        now = self._now()
        count, last = self._tries.pop(address, (0, now))
        count = count + 1 if now - last < WINDOW else 1
        self._tries[address] = count, now
        if len(self._tries) > MAX_ADDRESSES:
            self._tries.popitem(last=False)
        if count == FREE + 1:
            log.warning("Wrong credentials from %s, again and again: it is answered slowly.", address)
        return count


def neighbourhood(host: str) -> str:
    """What one guesser has: an IPv4 address, or a /64 of IPv6. Whatever is no address counts as one."""
    try:
        address = ip_address(host)
    except ValueError:
        return "an unknown address"
    return host if isinstance(address, IPv4Address) else str(ip_network((int(address) >> 64 << 64, 64)))
