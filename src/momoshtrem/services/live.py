"""What happens, as it happens: changes of the library, of jobs and of the torrents that are loaded.

Nothing is polled but the engine's memory, and that only while somebody listens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from momoshtrem.errors import Unavailable
from momoshtrem.events import Event, EventBus
from momoshtrem.torrents.engine import Engine, TorrentStatus

MAX_LISTENERS = 32
MAX_UNREAD = 256
INTERVAL = 1.0
"""Seconds between two looks at the torrents that are loaded."""


@dataclass(frozen=True, slots=True)
class TorrentsSeen:
    """All torrents that are loaded, as they are now."""

    torrents: tuple[TorrentStatus, ...]


Happening = Event | TorrentsSeen


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened; numbers grow from the start of the server on."""

    number: int
    happening: Happening


class Listener:
    """What one listener has not read yet."""

    def __init__(self) -> None:
        self._unread: asyncio.Queue[Told | None] = asyncio.Queue()

    async def next(self) -> Told | None:
        """Wait for what happens next; None is the end."""
        return await self._unread.get()

    def is_behind(self) -> bool:
        return self._unread.qsize() >= MAX_UNREAD

    def tell(self, told: Told) -> None:
        self._unread.put_nowait(told)

    def end(self) -> None:
        self._unread.put_nowait(None)


class Live:
    """Tells everything to everybody who listens; whoever falls behind is let go."""

    def __init__(self, bus: EventBus, engine: Engine) -> None:
        self._engine = engine
        self._listeners: set[Listener] = set()
        self._numbers = count(1)
        self._seen: tuple[TorrentStatus, ...] = ()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        bus.subscribe(self._follow)

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        """A listener for as long as the block runs. Raises Unavailable when there are too many."""
        if self._closed:
            raise Unavailable("The server is stopping.")
        if len(self._listeners) >= MAX_LISTENERS:
            raise Unavailable(f"{MAX_LISTENERS} programs listen already; end one of them and try again.")
        listener = Listener()
        self._listeners.add(listener)
        self._seen = ()
        if self._timer is None:
            self._look()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """End all listeners, for good."""
        self._closed = True
        if self._timer:
            self._timer.cancel()
        for listener in self._listeners:
            listener.end()

    async def _follow(self, event: Event) -> None:
        self._tell(event)

    def _look(self) -> None:
        """Tell of the loaded torrents when something about them is new, and look again in a while."""
        self._timer = None
        if not self._listeners:
            return
        self._timer = asyncio.get_running_loop().call_later(INTERVAL, self._look)
        loaded = self._engine.health().loaded
        if loaded != self._seen:
            self._seen = loaded
            self._tell(TorrentsSeen(loaded))

    def _tell(self, happening: Happening) -> None:
        told = Told(next(self._numbers), happening)
        for listener in tuple(self._listeners):
            if listener.is_behind():
                self._listeners.discard(listener)
                listener.end()
            else:
                listener.tell(told)
