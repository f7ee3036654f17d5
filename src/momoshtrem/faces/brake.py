"""Guessing takes time: an address that gives wrong credentials is answered later and later."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
MAX_WAITING = 16
"""Answers to an address that wait at a time."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Visitor:
    """An address: its wrong tries, when the last came, whether somebody signed in, and how many wait."""

    wrong: int = 0
    wrong_at: float = -math.inf
    known: bool = False
    waiting: int = 0


class Brake:
    """Counts wrong tries by address and holds the answers back.

    After too many, right credentials wait as long as wrong ones: else whoever is not answered at once would
    know that they are wrong, and go on. But where somebody has signed in before, right ones never wait: a
    player plays on beside a guesser.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._visitors: OrderedDict[str, Visitor] = OrderedDict()

    async def hold(self, host: str, *, right: bool) -> bool:
        """Return when a try may be answered; False, at once, if too many of its address wait already."""
        address, now = neighbourhood(host), self._now()
        visitor = self._find(address)
        if now - visitor.wrong_at >= WINDOW:
            visitor.wrong = 0
        if not right:
            _count(visitor, address, now)
        is_free = visitor.wrong <= FREE or (right and visitor.known)
        if not is_free and not await self._wait(visitor):
            return False
        visitor.known = visitor.known or right
        return True

    async def _wait(self, visitor: Visitor) -> bool:
        if visitor.waiting >= MAX_WAITING:
            return False
        visitor.waiting += 1
        try:
            await self._sleep(min(MAX_DELAY, STEP * (visitor.wrong - FREE)))
        finally:
            visitor.waiting -= 1
        return True

    def _find(self, address: str) -> Visitor:
        """The visitor of that address; those that tried longest ago are forgotten."""
        visitor = self._visitors.setdefault(address, Visitor())
        self._visitors.move_to_end(address)
        if len(self._visitors) > MAX_ADDRESSES:
            self._visitors.popitem(last=False)
        return visitor


def _count(visitor: Visitor, address: str, now: float) -> None:
    visitor.wrong, visitor.wrong_at = visitor.wrong + 1, now
    if visitor.wrong == FREE + 1:
        log.warning("Wrong credentials from %s, again and again: it is answered slowly.", address)


def neighbourhood(host: str) -> str:
    """What one guesser has: an IPv4 address, or a /64 of IPv6. Whatever is no address counts as one."""
    try:
        address = ip_address(host.removeprefix("::ffff:"))
    except ValueError:
        return "an unknown address"
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((int(address) >> 64 << 64, 64)))
