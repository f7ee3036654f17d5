"""One connection: how long it may ask for nothing or take nothing, and how much a head may hold."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_LIMIT = 30.0
"""Seconds in which a new connection, or a request that has begun, must bring a whole head."""
BODY_LIMIT = 120.0
"""Seconds in which its body must follow."""
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
        self.arriving = False
        self.head_left: int | None = None
        self._stall_limit = stall_limit
        self.stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.arrival_timer = self.loop.call_later(HEAD_LIMIT, transport.close)

    def data_received(self, data: bytes) -> None:
        if not self.arriving:
            # Blank lines before a request (RFC 9112 section 2.2): uvicorn would no longer wait for its end.
            data = data.lstrip(b"\r\n")
        if self.head_left is not None:
            self.head_left -= len(data)
        if self.head_left is not None and self.head_left < 0:
            self.send_400_response("The head of the request is too long.")
        elif data:
            super().data_received(data)

    def on_message_begin(self) -> None:
        self.arriving = True
        self.head_left = HEAD_SIZE
        self._allow(HEAD_LIMIT)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.head_left = None
        self._allow(BODY_LIMIT)
        super().on_headers_complete()
        if self.expect_100_continue:
            # Refused, it may or may not send its body: what comes then could be either.
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self.arriving = False
        self.arrival_timer.cancel()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """To what cannot be read; but not into the midst of an answer, whose bytes it would be taken for."""
        cycle: RequestResponseCycle | None = self.cycle
        if self.pipeline or (cycle and cycle.response_started and not cycle.response_complete):
            self.transport.close()
        else:
            super().send_400_response(msg)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.stall_timer = self.loop.call_later(self._stall_limit, self._drop)

    def resume_writing(self) -> None:
        self._stop_stall_timer()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self.arrival_timer.cancel()
        self._stop_stall_timer()
        super().connection_lost(exc)

    def _allow(self, seconds: float) -> None:
        """Close when the part of the request that is due does not come in time."""
        self.arrival_timer.cancel()
        self.arrival_timer = self.loop.call_later(seconds, self.transport.close)

    def _stop_stall_timer(self) -> None:
        if self.stall_timer:
            self.stall_timer.cancel()

    def _drop(self) -> None:
        log.info("A client that took nothing for %.0f s was dropped.", self._stall_limit)
        self.transport.abort()
