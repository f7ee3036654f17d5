"""The way out: straight, or through the proxy that the environment names."""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

import httpx2

from momoshtrem.errors import NotConfigured

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class LazyTransport(httpx2.AsyncBaseTransport):
    """The network, opened by the first request: certificates take 0.1 s to read, and not every start asks."""

    def __init__(self, url: httpx2.URL) -> None:
        self._url = url
        self._opened: httpx2.AsyncBaseTransport | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises NotConfigured for a proxy that cannot be used."""
        if self._opened is None:
            self._opened = open_transport(self._url)
        return await self._opened.handle_async_request(request)

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.aclose()


def open_transport(url: httpx2.URL) -> httpx2.AsyncBaseTransport:
    """The network, through the proxy that the environment names for the address."""
    try:
        return httpx2.AsyncHTTPTransport(proxy=find_proxy(url))
    except (ValueError, ImportError, httpx2.InvalidURL) as error:
        name = f"{url.scheme.upper()}_PROXY"
        raise NotConfigured(f"The proxy that {name} names cannot be used: correct or unset it.") from error


def find_proxy(url: httpx2.URL) -> str | None:
    """As HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say; none for this machine itself."""
    if url.host in LOOPBACK or proxy_bypass(url.netloc.decode()):
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy
