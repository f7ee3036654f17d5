"""What happens, as server-sent events (WHATWG HTML, 9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

from momoshtrem.events import (
    JobChanged,
    LibraryChanged,
    MovieChanged,
    ShowChanged,
    StandbyPromoted,
    TorrentRemoved,
)
from momoshtrem.faces.api.inputs import EXAMPLE_HASH, Wired
from momoshtrem.faces.http import Message, Receive, Scope, Send
from momoshtrem.services.live import Happening, Listener, Live, Told, TorrentsSeen

HEARTBEAT = 15.0
"""Seconds of silence until a comment is sent, so that proxies keep the connection."""
STALL_LIMIT = 60.0
"""Seconds after which a client that takes nothing is cut off."""

NAMES: dict[type[Happening], str] = {
    MovieChanged: "movie_changed",
    ShowChanged: "show_changed",
    StandbyPromoted: "standby_promoted",
    TorrentRemoved: "torrent_removed",
    JobChanged: "job_changed",
    LibraryChanged: "library_changed",
    TorrentsSeen: "torrent_status",
}


class EventStream(StreamingResponse):
    """Goes on until the client leaves, falls behind, or the server stops."""

    media_type = "text/event-stream"

    def __init__(self, live: Live) -> None:
        super().__init__((), headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(STALL_LIMIT):
                await send(message)

        with self._live.listen() as listener, suppress(TimeoutError):
            self.body_iterator = write(listener)
            await super().__call__(scope, receive, send_in_time)


async def listen(services: Wired) -> EventStream:
    """Hear what happens, as server-sent events: `movie_changed`, `show_changed`, `torrent_removed` and
    `job_changed` name what to read anew; `standby_promoted` tells that players see another file, since the
    one before was not delivered; `torrent_status` holds all loaded torrents, at most once a second.

    Ids only tell the order: what happened while nobody listened is not told again. While nothing happens a
    comment comes every 15 s.
    """
    return EventStream(services.live)


async def write(listener: Listener) -> AsyncIterator[bytes]:
    """Everything the listener is told, and comments while it is told nothing."""
    yield format_sse_event(comment="hello")
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT):
                told = await listener.next()
        except TimeoutError:
            yield format_sse_event(comment="still here")
            continue
        if told is None:
            return
        yield render(told)


def render(told: Told) -> bytes:
    name = NAMES[type(told.happening)]
    return format_sse_event(data_str=json.dumps(asdict(told.happening)), event=name, id=str(told.number))


EVENTS_ANSWER: dict[str, Any] = {
    "responses": {
        "200": {
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": (
                        render(Told(7, MovieChanged(1))) + render(Told(8, TorrentRemoved(EXAMPLE_HASH)))
                    ).decode(),
                }
            }
        }
    }
}
"""As OpenAPI tells it."""
