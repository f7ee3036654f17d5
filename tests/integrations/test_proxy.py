from __future__ import annotations

import asyncio

import httpx2
import pytest

from momoshtrem.errors import NotConfigured
from momoshtrem.integrations.http import open_client
from momoshtrem.integrations.proxy import find_proxy

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy.test:3128"}, "http://proxy.test:3128"),
        ({"https_proxy": "proxy.test:3128"}, "http://proxy.test:3128"),
        ({"HTTP_PROXY": "http://proxy.test:3128"}, None),
        ({"ALL_PROXY": "http://all.test:1"}, "http://all.test:1"),
        ({"ALL_PROXY": "http://all.test:1", "HTTPS_PROXY": "http://own.test:2"}, "http://own.test:2"),
        ({"HTTPS_PROXY": "http://proxy.test:3128", "NO_PROXY": "x.test,tmdb.test"}, None),
        ({"HTTPS_PROXY": "http://proxy.test:3128", "NO_PROXY": "*"}, None),
    ],
)
def test_the_environment_names_the_proxy(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], proxy: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert find_proxy(httpx2.URL("https://tmdb.test/3")) == proxy


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machine_needs_no_proxy(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    assert find_proxy(httpx2.URL(f"http://{host}:8080/3")) is None


async def test_requests_go_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        host, port = server.sockets[0].getsockname()
        monkeypatch.setenv("HTTP_PROXY", f"http://{host}:{port}")
        async with open_client("http://tmdb.test/3") as client:
            assert (await client.get("/movie/603")).json() == {}
    assert asked == [b"GET http://tmdb.test/3/movie/603 HTTP/1.1\r\n"]


@pytest.mark.parametrize("proxy", ["gopher://proxy.test:1", "http://proxy.test:port"])
async def test_a_senseless_proxy_is_reported_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    async with open_client("https://tmdb.test/3") as client:
        with pytest.raises(NotConfigured, match=r"HTTPS_PROXY names") as caught:
            await client.get("/movie/603")
    assert "proxy.test" not in str(caught.value)
