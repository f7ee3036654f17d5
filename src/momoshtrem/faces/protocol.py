"""One connection: how long it may ask for nothing or take nothing, and how much a head may hold."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT = 30.0
"""Seconds in which a new connection, or a request that has begun, must bring a whole head."""
HEAD_SIZE = 256 * 1024
"""Bytes of a head, after the read in which it begins; the parser would take any number."""

log = logging.getLogger(__name__)


class LimitedProtocol(HttpToolsProtocol):
    """Closes what is only held open: with enough such connections nobody else could connect.

    Args:
        stall_limit: seconds after which a client that takes nothing is dropped; players pause by not reading.
    """

    def __init__(self, *args: Any, stall_limit: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.head_left: int | None = None
        self._stall_limit = stall_limit
        self.stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.head_timer = self.loop.call_later(HEAD_LIMIT, transport.close)

    def data_received(self, data: bytes) -> None:
        if self.head_left is not None:
            self.head_left -= len(data)
        if self.head_left is None or self.head_left >= 0:
            super().data_received(data)
        else:
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        self.head_left = HEAD_SIZE
        self.head_timer.cancel()
        self.head_timer = self.loop.call_later(HEAD_LIMIT, self.transport.close)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.head_left = None
        self.head_timer.cancel()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.stall_timer = self.loop.call_later(self._stall_limit, self._drop)

    def resume_writing(self) -> None:
        self._stop_stall_timer()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self.head_timer.cancel()
        self._stop_stall_timer()
        super().connection_lost(exc)

    def _stop_stall_timer(self) -> None:
        if self.stall_timer:
            self.stall_timer.cancel()

    def _drop(self) -> None:
        log.info("A client that took nothing for %.0f s was dropped.", self._stall_limit)
        self.transport.abort()
