"""Alerts of the libtorrent session, brought to the event loop.

libtorrent writes a byte into a pipe when its queue turns non-empty; the callback form of the binding can
deadlock the process. Alert objects die at the next `pop_alerts`: they are dispatched at once and nobody
keeps one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import time
from collections.abc import Callable

import libtorrent as lt

log = logging.getLogger(__name__)


PAUSE = 0.01
"""Seconds between two looks at the queue while much happens: to wake up costs more than an alert."""


class AlertPump:
    """Calls `dispatch` for every alert, on the event loop that starts it."""

    def __init__(self, session: lt.session, dispatch: Callable[[lt.alert], None]) -> None:
        self._session: lt.session | None = session
        self._dispatch = dispatch
        self._read_fd, self._write_fd = os.pipe()
        os.set_blocking(self._read_fd, False)
        os.set_blocking(self._write_fd, False)
        self._pumped_at = -math.inf

    def start(self) -> None:
        assert self._session
        asyncio.get_running_loop().add_reader(self._read_fd, self._on_readable)
        self._session.set_alert_fd(self._write_fd)

    def pump(self) -> None:
        """Dispatch what is queued; also called by a timer, in case a byte got lost."""
        if self._session is None:
            return
        self._pumped_at = time.monotonic()
        for alert in self._session.pop_alerts():
            try:
                self._dispatch(alert)
            except Exception:
                log.exception("an alert could not be dispatched: %s", type(alert).__name__)

    def _on_readable(self) -> None:
        """One byte comes for all alerts until the next look."""
        with contextlib.suppress(BlockingIOError):
            while len(os.read(self._read_fd, 4096)) == 4096:
                pass
        wait = self._pumped_at + PAUSE - time.monotonic()
        asyncio.get_running_loop().call_later(max(0.0, wait), self.pump)

    def stop(self) -> None:
        """Stop listening and let go of the session; close the pipe with `close` when it is gone."""
        asyncio.get_running_loop().remove_reader(self._read_fd)
        self._session = None

    def close(self) -> None:
        os.close(self._read_fd)
        os.close(self._write_fd)
