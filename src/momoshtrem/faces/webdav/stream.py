"""The byte loop: from a reader to a client that may be fast, paused or gone.

Four things here are measured needs. The wait before each read: uvicorn's `send` takes one message more than
the client does, so a paused client would hold two chunks. The yield after it: `send` suspends only when the
client is slow, so one fast client would freeze the loop. The watcher: `send` is silent after a disconnect, so
a film would be fetched to its end for nobody. The first read before the headers: a swarm without data can
then still be a 503.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from momoshtrem.errors import MomoshtremError, StorageFailed
from momoshtrem.faces.http import Message, Receive, Send
from momoshtrem.faces.webdav.request import ClientGone
from momoshtrem.torrents.engine import Reader

CHUNK = 768 * 1024
"""Bytes read at a time, and held for each paused client: less is slower, more is not faster."""
NOTHING: Message = {"type": "http.response.body", "body": b"", "more_body": True}
"""What `send` takes only once the client took what came before."""

log = logging.getLogger(__name__)


async def send_span(reader: Reader, span: range, start: Message, receive: Receive, send: Send) -> None:
    """Answer with `start` and the bytes of a span that is not empty.

    Raises what the first read raises, before anything is sent, and ClientGone. A later failure ends the
    response before its Content-Length is reached, which makes the server close the connection.
    """
    async with while_connected(receive):
        rest = await _send_chunk(reader, span, send, start)
        try:
            while rest:
                await send(NOTHING)
                await asyncio.sleep(0)
                rest = await _send_chunk(reader, rest, send)
        except MomoshtremError as error:
            log.warning("A response was cut: %s", error)
        except Exception:
            log.exception("A response was cut.")


async def _send_chunk(reader: Reader, span: range, send: Send, *before: Message) -> range:
    """Read, send what comes `before` the bytes, then these; gives what is left of the span."""
    chunk = await reader.read(span.start, min(CHUNK, len(span)))
    if not chunk:
        raise StorageFailed(f"The file ends at byte {span.start}, before its size.")
    rest = span[len(chunk) :]
    if not rest:
        await reader.check()
    for message in before:
        await send(message)
    await send({"type": "http.response.body", "body": chunk, "more_body": bool(rest)})
    return rest


@asynccontextmanager
async def while_connected(receive: Receive) -> AsyncIterator[None]:
    """Run the block; when the client leaves before its end, cancel it and raise ClientGone."""
    try:
        async with asyncio.TaskGroup() as group:
            watcher = group.create_task(_wait_gone(receive))
            yield
            watcher.cancel()
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _wait_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    raise ClientGone
