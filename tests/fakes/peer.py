"""A peer that has nothing but an info dictionary (BEP 9, BEP 10), which may be as wrong as a test wants it.

async with open_peer(info) as peer:
    peer.magnet          names it
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import sha1
from secrets import token_bytes
from typing import Any

import libtorrent as lt

PART = 16 * 1024
EXTENDED, HANDSHAKE, METADATA = 20, 0, 1
PROTOCOL = b"\x13BitTorrent protocol" + bytes([0, 0, 0, 0, 0, 0x10, 0, 0])


class Peer:
    """Sends `info` to all who ask, and counts them; `claimed` is what its info-hash stands for."""

    def __init__(self, info: bytes, claimed: bytes) -> None:
        self.address = ""
        self.asked = 0
        self._info = info
        self._hash = sha1(claimed).digest()

    @property
    def magnet(self) -> str:
        return f"magnet:?xt=urn:btih:{self._hash.hex()}&x.pe={self.address}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readexactly(68)
            writer.write(PROTOCOL + self._hash + token_bytes(20))
            self._send(
                writer, HANDSHAKE, {b"m": {b"ut_metadata": METADATA}, b"metadata_size": len(self._info)}
            )
            theirs = 0
            while True:
                body = await reader.readexactly(int.from_bytes(await reader.readexactly(4)))
                if body[:1] != bytes([EXTENDED]):
                    continue
                message: Any = lt.bdecode(body[2:])
                if body[1] == HANDSHAKE:
                    theirs = message[b"m"].get(b"ut_metadata", 0)
                elif message.get(b"msg_type") == 0:
                    self._send_part(writer, theirs, message[b"piece"])
        writer.close()

    def _send_part(self, writer: asyncio.StreamWriter, kind: int, part: int) -> None:
        self.asked += 1
        head: dict[bytes, Any] = {b"msg_type": 1, b"piece": part, b"total_size": len(self._info)}
        self._send(writer, kind, head, self._info[part * PART : (part + 1) * PART])

    def _send(
        self, writer: asyncio.StreamWriter, kind: int, message: dict[bytes, Any], tail: bytes = b""
    ) -> None:
        body = bytes([EXTENDED, kind]) + lt.bencode(message) + tail
        writer.write(len(body).to_bytes(4) + body)


@asynccontextmanager
async def open_peer(info: bytes, *, claimed: bytes | None = None) -> AsyncIterator[Peer]:
    peer = Peer(info, claimed or info)
    server = await asyncio.start_server(peer.talk, "127.0.0.1", 0)
    peer.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield peer
