"""A synchronous way to an ASGI app, for clients that know nothing of asyncio."""

from __future__ import annotations

import asyncio

import httpx2

from momoshtrem.faces.http import App


class DirectTransport(httpx2.BaseTransport):
    """Gives each request to the app, in a loop of its own."""

    def __init__(self, app: App) -> None:
        self._app = app

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return asyncio.run(self._pass(request.method, request.url, request.headers, request.read()))

    async def _pass(
        self, method: str, url: httpx2.URL, headers: httpx2.Headers, content: bytes
    ) -> httpx2.Response:
        transport = httpx2.ASGITransport(self._app, raise_app_exceptions=False)
        request = httpx2.Request(method, url, headers=headers, content=content)
        response = await transport.handle_async_request(request)
        return httpx2.Response(response.status_code, headers=response.headers, content=await response.aread())
