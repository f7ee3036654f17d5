"""An HTTP tracker (BEP 3) on loopback.

async with open_tracker() as tracker:
    tracker.url                               for the `tr` of a magnet
    tracker.peers = ("127.0.0.1:6881",)       what it gives
    tracker.interval = 10                     seconds after which a client may ask again
    tracker.refusal = b"unregistered torrent" or why it gives nothing
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from typing import Any

import libtorrent as lt


class Tracker:
    """Answers every announce the same; `asked` counts them, `agents` are the programs that asked."""

    def __init__(self) -> None:
        self.port = 0
        self.peers: tuple[str, ...] = ()
        self.interval = 1800
        self.refusal = b""
        self.asked = 0
        self.agents: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/announce?passkey=secret"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        self.agents |= set(re.findall(r"User-Agent: (.*)\r", head.decode()))
        body = lt.bencode(self._reply())
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    def _reply(self) -> dict[bytes, Any]:
        if self.refusal:
            return {b"failure reason": self.refusal}
        compact = b""
        for peer in self.peers:
            host, _, port = peer.partition(":")
            compact += IPv4Address(host).packed + int(port).to_bytes(2, "big")
        return {b"interval": self.interval, b"min interval": self.interval, b"peers": compact}


@asynccontextmanager
async def open_tracker() -> AsyncIterator[Tracker]:
    tracker = Tracker()
    server = await asyncio.start_server(tracker.answer, "127.0.0.1", 0)
    tracker.port = server.sockets[0].getsockname()[1]
    async with server:
        yield tracker
