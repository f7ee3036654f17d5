"""Proxies: SOCKS5 (RFC 1928, 1929) with UDP, and HTTP (CONNECT, and requests passed on).

async with open_socks5("127.0.0.1", "user", "word") as proxy:
    proxy.url                                   as the setting takes it
    proxy.names["tracker.test"] = "127.0.0.1"   what it alone resolves
    proxy.asked                                 (host, port) of each connection and datagram
    proxy.carried                               bytes towards the client
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from typing import TypeVar, cast
from urllib.parse import urlsplit

CHUNK = 64 * 2**10
SUCCEEDED, REFUSED, NO_METHOD = 0, 1, 0xFF
CONNECT, ASSOCIATE = 1, 3
V4, NAME, V6 = 1, 3, 4
Asked = tuple[str, int]


class Proxy:
    """What both kinds have in common."""

    def __init__(self, scheme: str, host: str, username: str, password: str) -> None:
        self.host = host
        self.port = 0
        self.names: dict[str, str] = {}
        self.asked: list[Asked] = []
        self.refused = 0
        self.carried = 0
        self._scheme = scheme
        self.username, self.password = username, password

    @property
    def url(self) -> str:
        credentials = f"{self.username}:{self.password}@" if self.username else ""
        return f"{self._scheme}://{credentials}{self.host}:{self.port}"

    async def reach(self, asked: Asked) -> tuple[StreamReader, StreamWriter]:
        self.asked.append(asked)
        return await asyncio.open_connection(self.resolve(asked[0]), asked[1])

    def resolve(self, host: str) -> str:
        return self.names.get(host, host)

    async def join(
        self, reader: StreamReader, writer: StreamWriter, far: tuple[StreamReader, StreamWriter]
    ) -> None:
        """Carry both ways until either side ends."""
        try:
            async with asyncio.TaskGroup() as tasks:
                up = tasks.create_task(self._carry(reader, far[1], counts=False))
                down = tasks.create_task(self._carry(far[0], writer, counts=True))
                await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
                up.cancel()
                down.cancel()
        finally:
            far[1].transport.abort()

    async def _carry(self, source: StreamReader, sink: StreamWriter, *, counts: bool) -> None:
        with suppress(OSError):
            while chunk := await source.read(CHUNK):
                self.carried += len(chunk) * counts
                sink.write(chunk)
                await sink.drain()


Kind = TypeVar("Kind", bound=Proxy)


class Socks5(Proxy):
    async def talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        if not await self._admit(reader, writer):
            return
        _, command, _ = await reader.readexactly(3)
        asked = await read_address(reader)
        if command == ASSOCIATE:
            await self._associate(reader, writer)
        elif command == CONNECT:
            await self._connect(asked, reader, writer)

    async def _admit(self, reader: StreamReader, writer: StreamWriter) -> bool:
        _, count = await reader.readexactly(2)
        method = 2 if self.username else 0
        if method not in await reader.readexactly(count):
            self.refused += 1
            writer.write(bytes([5, NO_METHOD]))
            return False
        writer.write(bytes([5, method]))
        if not method:
            return True
        await reader.readexactly(1)
        given = [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)]
        right = given == [self.username, self.password]
        self.refused += not right
        writer.write(bytes([1, SUCCEEDED if right else REFUSED]))
        return right

    async def _connect(self, asked: Asked, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            far = await self.reach(asked)
        except OSError:
            writer.write(bytes([5, REFUSED, 0]) + pack_address("0.0.0.0", 0))
            return
        writer.write(bytes([5, SUCCEEDED, 0]) + pack_address(*far[1].get_extra_info("sockname")[:2]))
        await self.join(reader, writer, far)

    async def _associate(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Datagrams are carried until the client ends the connection that asked for it."""
        relay, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Relay(self), (self.host, 0)
        )
        try:
            writer.write(bytes([5, SUCCEEDED, 0]) + pack_address(*relay.get_extra_info("sockname")[:2]))
            await reader.read()
        finally:
            relay.close()


class Relay(asyncio.DatagramProtocol):
    """The first to send something is the client; what others send goes to it, with their address."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._client: Asked | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: Asked) -> None:
        self._client = self._client or address
        if address != self._client:
            self._proxy.carried += len(data)
            self._transport.sendto(bytes(3) + pack_address(*address[:2]) + data, self._client)
            return
        (host, port), rest = split_address(data[3:])
        self._proxy.asked.append((host, port))
        self._transport.sendto(rest, (self._proxy.resolve(host), port))


class Http(Proxy):
    async def talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, *_ = head.split()
        right = b64encode(f"{self.username}:{self.password}".encode()).decode()
        if self.username and f"Basic {right}" not in head:
            self.refused += 1
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        elif method == "CONNECT":
            host, _, port = target.rpartition(":")
            await self._tunnel((host.strip("[]"), int(port)), reader, writer)
        else:
            await self._pass_on(target, head, reader, writer)

    async def _tunnel(self, asked: Asked, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            far = await self.reach(asked)
        except OSError:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await self.join(reader, writer, far)

    async def _pass_on(self, url: str, head: str, reader: StreamReader, writer: StreamWriter) -> None:
        """A request with the whole URL in its first line."""
        parts = urlsplit(url)
        far = await self.reach((parts.hostname or "", parts.port or 80))
        far[1].write(head.replace(url, url.split(parts.netloc, 1)[1], 1).encode("latin-1"))
        await self.join(reader, writer, far)


def pack_address(host: str, port: int) -> bytes:
    """As SOCKS5 writes it."""
    packed = ip_address(host).packed
    return bytes([V4 if len(packed) == 4 else V6]) + packed + port.to_bytes(2)


async def read_address(reader: StreamReader) -> Asked:
    head = await reader.readexactly(2)
    size = {V4: 4, V6: 16, NAME: head[1] + 1}[head[0]]
    return split_address(head + await reader.readexactly(size + 1))[0]


def split_address(raw: bytes) -> tuple[Asked, bytes]:
    """The address at the start, and the rest."""
    begin = 2 if raw[0] == NAME else 1
    end = begin + {V4: 4, V6: 16, NAME: raw[1]}[raw[0]]
    host = raw[begin:end].decode() if raw[0] == NAME else str(ip_address(raw[begin:end]))
    return (host, int.from_bytes(raw[end : end + 2])), raw[end + 2 :]


@asynccontextmanager
async def open_socks5(
    host: str = "127.0.0.1", username: str = "", password: str = ""
) -> AsyncIterator[Socks5]:
    async with _open(Socks5("socks5", host, username, password), Socks5.talk) as proxy:
        yield proxy


@asynccontextmanager
async def open_http(host: str = "127.0.0.1", username: str = "", password: str = "") -> AsyncIterator[Http]:
    async with _open(Http("http", host, username, password), Http.talk) as proxy:
        yield proxy


@asynccontextmanager
async def _open(
    proxy: Kind, talk: Callable[[Kind, StreamReader, StreamWriter], Awaitable[None]]
) -> AsyncIterator[Kind]:
    async with asyncio.TaskGroup() as tasks:
        talks: set[asyncio.Task[None]] = set()

        def accept(reader: StreamReader, writer: StreamWriter) -> None:
            talks.add(task := tasks.create_task(_end(talk(proxy, reader, writer), writer)))
            task.add_done_callback(talks.discard)

        server = await asyncio.start_server(accept, proxy.host, 0)
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            for task in talks:
                task.cancel()


async def _end(talking: Awaitable[None], writer: StreamWriter) -> None:
    """Whatever becomes of a connection, it is closed at last."""
    try:
        with suppress(OSError, EOFError):
            await talking
            await writer.drain()
    finally:
        writer.close()
