"""Who is refused: the block list, slow peers for a while, and with `ipv6` off all of its version."""

from __future__ import annotations

import asyncio

import libtorrent as lt

BLOCKED = 1
"""The flag of an address in a filter."""
FEW = 1000
"""Ranges of a filter that is copied faster than a thread is asked to."""


def make_filter(*, ipv6: bool = True) -> lt.ip_filter:
    """A filter that blocks nobody, or all addresses of version 6."""
    blocked = lt.ip_filter()
    if not ipv6:
        blocked.add_rule("::", "ffff:" * 7 + "ffff", BLOCKED)
    return blocked


class Refusals:
    """The filter of a session. It is changed in place: a block list of a million ranges is made once."""

    def __init__(self, session: lt.session, *, ipv6: bool = True) -> None:
        self._session = session
        self._filter = make_filter(ipv6=ipv6)
        self._ranges = 0
        self._before: dict[str, int] = {}
        self._changing = asyncio.Lock()
        if not ipv6:
            session.set_ip_filter(self._filter)

    async def refuse(self, hosts: frozenset[str]) -> None:
        """Have no connection with these hosts, and with all others as before."""
        async with self._changing:
            if hosts != self._before.keys():
                self._change(hosts)
                await self._apply()

    async def block(self, blocked: lt.ip_filter, ranges: int) -> None:
        """Have this filter, which has so many ranges, in place of that at the start."""
        async with self._changing:
            refused = frozenset(self._before)
            self._before.clear()
            self._filter, self._ranges = blocked, ranges
            self._change(refused)
            await self._apply()

    def _change(self, hosts: frozenset[str]) -> None:
        for host in self._before.keys() - hosts:
            self._filter.add_rule(host, host, self._before.pop(host))
        for host in hosts - self._before.keys():
            self._before[host] = self._filter.access(host)
            self._filter.add_rule(host, host, BLOCKED)

    async def _apply(self) -> None:
        """The session takes a copy, and nobody else waits while a large one is made."""
        if self._ranges <= FEW:
            self._session.set_ip_filter(self._filter)
        else:
            await asyncio.to_thread(self._session.set_ip_filter, self._filter)
