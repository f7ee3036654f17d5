from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.fakes.proxies import Asked, open_http, open_socks5, pack_address, split_address

ECHO = "echo.test"


@asynccontextmanager
async def open_echo() -> AsyncIterator[int]:
    """The port of a server that sends back what comes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(100))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))


@pytest.mark.parametrize("asked", [("192.0.2.1", 80), ("2001:db8::1", 6881)])
def test_an_address_is_read_as_it_was_written(asked: Asked) -> None:
    assert split_address(pack_address(*asked) + b"rest") == (asked, b"rest")


async def test_socks_carries_to_a_name_that_it_alone_knows() -> None:
    async with open_echo() as port, open_socks5() as proxy:
        proxy.names[ECHO] = "127.0.0.1"
        reader, writer = await connect(proxy.url)
        name = bytes([3, len(ECHO)]) + ECHO.encode()
        writer.write(b"\5\1\0" + b"\5\1\0" + name + port.to_bytes(2))
        assert await reader.readexactly(2 + 3 + 7) >= b"\5\0\5\0\0"
        writer.write(b"hello")
        assert await reader.read() == b"hello"
        assert (proxy.asked, proxy.carried) == ([(ECHO, port)], 5)
        writer.close()


async def test_http_carries_to_a_name_that_it_alone_knows() -> None:
    async with open_echo() as port, open_http(username="me", password="word") as proxy:
        proxy.names[ECHO] = "127.0.0.1"
        reader, writer = await connect(proxy.url)
        writer.write(
            f"CONNECT {ECHO}:{port} HTTP/1.1\r\nProxy-Authorization: Basic bWU6d29yZA==\r\n\r\n".encode()
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.write(b"hello")
        assert await reader.read() == b"hello"
        assert proxy.asked == [(ECHO, port)]
        writer.close()


async def test_who_has_no_right_to_is_refused() -> None:
    async with (
        open_http(username="me", password="word") as http,
        open_socks5("127.0.0.1", "me", "word") as socks,
    ):
        for proxy, said in ((http, b"CONNECT a:1 HTTP/1.1\r\n\r\n"), (socks, b"\5\1\0")):
            reader, writer = await connect(proxy.url)
            writer.write(said)
            await reader.read()
            writer.close()
        assert (http.refused, socks.refused, http.asked, socks.asked) == (1, 1, [], [])
