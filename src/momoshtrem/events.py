"""What has happened, told after the commit; and the bus that tells it.

Subscribers are awaited in order of subscription, so that whoever changed the library gets the answer
only when the tree shows the change. A subscriber that fails is logged and undoes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MovieChanged:
    """A movie, or what is assigned to it, was added, changed or removed."""

    movie_id: int


@dataclass(frozen=True, slots=True)
class ShowChanged:
    """A show, its episodes, or what is assigned to them, was added, changed or removed."""

    show_id: int


@dataclass(frozen=True, slots=True)
class StandbyPromoted:
    """A standby is shown in the place of a file that the swarm did not deliver; both by their assignments."""

    assignment_id: int
    failed_id: int


@dataclass(frozen=True, slots=True)
class TorrentRemoved:
    """A torrent was taken out of the library."""

    info_hash: str


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A job was added, or moved on: its state or what it says of itself."""

    job_id: int


@dataclass(frozen=True, slots=True)
class LibraryChanged:
    """So much was changed at once that everything is to be read anew."""


Event = MovieChanged | ShowChanged | StandbyPromoted | TorrentRemoved | JobChanged | LibraryChanged
Subscriber = Callable[[Event], Awaitable[None]]


class EventBus:
    """Delivers events to subscribers."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)

    async def publish(self, event: Event) -> None:
        for subscriber in self._subscribers:
            try:
                await subscriber(event)
            except Exception:
                log.exception("a subscriber failed at %s", event)
