"""The guard of the network: by which interfaces the swarm is reached, and who is blocked.

Without the interfaces that were chosen nothing is fetched, and nothing leaves by another one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Protocol

from momoshtrem.errors import MomoshtremError, Unavailable
from momoshtrem.model.network import NetworkStatus
from momoshtrem.settings import Torrent as TorrentSettings
from momoshtrem.ticks import tick
from momoshtrem.torrents.network.blocklist import Blocklist
from momoshtrem.torrents.network.interfaces import Address, Binding, find_binding, list_addresses
from momoshtrem.torrents.network.refusals import Refusals

log = logging.getLogger(__name__)

INTERVAL = 0.25
"""Seconds between two looks at the interfaces."""
RETRY_AFTER = 10
"""Seconds after which it makes sense for a player to try again."""
LIST = "block list"
"""Why torrents are held until it was read."""


class GuardedSession(Protocol):
    """What the guard asks of the session."""

    @property
    def binding(self) -> Binding: ...

    @property
    def refusals(self) -> Refusals: ...

    def bind(self, binding: Binding) -> None: ...

    def hold(self, reason: str) -> None: ...

    def release(self, reason: str) -> None: ...


class Guard:
    """Watches over a session. `cut_off` is given the error for all who wait, and None when it is over."""

    def __init__(
        self,
        settings: TorrentSettings,
        session: GuardedSession,
        cut_off: Callable[[MomoshtremError | None], None],
        find_addresses: Callable[[], Collection[Address]] = list_addresses,
    ) -> None:
        self._settings = settings
        self._session = session
        self._cut_off = cut_off
        self._find_addresses = find_addresses
        self._blocklist: Blocklist | None = None
        if settings.blocklist:
            session.hold(LIST)
            self._blocklist = Blocklist(settings.blocklist, session.refusals, ipv6=settings.ipv6)
        self._tell()

    async def run(self) -> None:
        """Until cancelled, as far as there is anything to guard."""
        async with asyncio.TaskGroup() as tasks:
            if self._settings.interfaces:
                tasks.create_task(self._watch())
            if self._blocklist:
                tasks.create_task(self._blocklist.run(lambda: self._session.release(LIST)))

    async def _watch(self) -> None:
        while True:
            await tick(INTERVAL)
            try:
                self.look()
            except OSError:
                log.exception("the interfaces of this machine cannot be listed")

    def look(self) -> None:
        """Follow the interfaces."""
        settings = self._settings
        binding = find_binding(settings.interfaces, self._find_addresses(), ipv6=settings.ipv6)
        if binding != self._session.binding:
            self._session.bind(binding)
            self._tell()

    def _tell(self) -> None:
        binding = self._session.binding
        if binding.problem:
            log.error(binding.problem)
        elif self._settings.interfaces:
            log.info("the swarm is reached by %s", ", ".join(binding.listen))
        self._cut_off(Unavailable(binding.problem, RETRY_AFTER) if binding.problem else None)

    def describe(self) -> NetworkStatus:
        proxy = self._settings.parse_proxy()
        return NetworkStatus(
            interface=self._settings.interface,
            addresses=self._session.binding.listen if self._settings.interface else (),
            problem=self._session.binding.problem,
            proxy=str(proxy) if proxy else None,
            blocklist=self._blocklist.status if self._blocklist else None,
        )
