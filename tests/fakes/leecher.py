"""A peer that has nothing and wants everything, and counts what it is sent (BEP 3, BEP 6).

async with open_leecher("127.0.0.1:6881", info_hash) as leecher:
    leecher.messages        by the id of the message
    leecher.ask()           for a block, whether it is choked or not
"""

from __future__ import annotations

import asyncio
import struct
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from secrets import token_bytes

from momoshtrem.torrents.metainfo import split_peer

UNCHOKE, INTERESTED, REQUEST, PIECE = 1, 2, 6, 7
HAVE_ALL, HAVE_NONE, ALLOWED_FAST = 14, 15, 17
HANDSHAKE = b"\x13BitTorrent protocol" + bytes([0, 0, 0, 0, 0, 0, 0, 4])
BLOCK = 16 * 1024


class Leecher:
    """It knows the fast extension, so that it may be allowed pieces while it is choked."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.messages: Counter[int] = Counter()
        self.ended = False
        self._writer = writer

    async def talk(self, reader: asyncio.StreamReader, info_hash: str) -> None:
        self._writer.write(HANDSHAKE + bytes.fromhex(info_hash) + token_bytes(20))
        try:
            await reader.readexactly(68)
            self._send(HAVE_NONE)
            self._send(INTERESTED)
            while True:
                if length := int.from_bytes(await reader.readexactly(4)):
                    self.messages[(await reader.readexactly(length))[0]] += 1
        except (OSError, asyncio.IncompleteReadError):
            self.ended = True

    def ask(self) -> None:
        """For the first block of the first piece."""
        self._send(REQUEST, struct.pack(">III", 0, 0, BLOCK))

    def _send(self, kind: int, body: bytes = b"") -> None:
        self._writer.write(struct.pack(">IB", 1 + len(body), kind) + body)


@asynccontextmanager
async def open_leecher(address: str, info_hash: str) -> AsyncIterator[Leecher]:
    reader, writer = await asyncio.open_connection(*split_peer(address))
    leecher = Leecher(writer)
    async with asyncio.TaskGroup() as tasks:
        talking = tasks.create_task(leecher.talk(reader, info_hash))
        yield leecher
        talking.cancel()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
