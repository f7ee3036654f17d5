"""The byte loop: from a reader to a client that may be fast, paused or gone.

Three things here are measured needs. The yield after each chunk: uvicorn's `send` suspends only when the
client is slow, so one fast client would freeze the loop. The watcher: uvicorn's `send` is silent after a
disconnect, so a film would be fetched to its end for nobody. The first read before the headers: a swarm
without data can then still be a 503.
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

CHUNK = 512 * 1024
"""Bytes read at a time: half of it is markedly slower, twice as much is memory for each paused client."""
STALL_LIMIT = 3600.0
"""Seconds after which a client that takes nothing is dropped; players pause by not reading."""

log = logging.getLogger(__name__)


async def send_span(reader: Reader, span: range, start: Message, receive: Receive, send: Send) -> None:
    """Answer with `start` and the bytes of a span that is not empty.

    Raises what the first read raises, before anything is sent, and ClientGone. A later failure ends the
    response before its Content-Length is reached, which makes the server close the connection.
    """
    async with while_connected(receive):
        chunk = await _read(reader, span)
        await send(start)
        try:
            await _send_chunks(reader, span, chunk, send)
        except TimeoutError:
            log.info("A client that took nothing for %.0f s was dropped.", STALL_LIMIT)
        except MomoshtremError as error:
            log.warning("A response was cut: %s", error)
        except Exception:
            log.exception("A response was cut.")


async def _send_chunks(reader: Reader, span: range, chunk: bytes | bytearray, send: Send) -> None:
    while True:
        span = span[len(chunk) :]
        async with asyncio.timeout(STALL_LIMIT):
            await send({"type": "http.response.body", "body": chunk, "more_body": bool(span)})
        await asyncio.sleep(0)
        if not span:
            return
        chunk = await _read(reader, span)


async def _read(reader: Reader, span: range) -> bytes | bytearray:
    chunk = await reader.read(span.start, min(CHUNK, len(span)))
    if not chunk:
        raise StorageFailed(f"The file ends at byte {span.start}, before its size.")
    return chunk


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
