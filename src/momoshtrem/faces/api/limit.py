"""Bodies of requests are bounded before anyone reads them."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from momoshtrem.faces.http import App, Message, Receive, Scope, Send


class BodyLimit:
    """Ends the reading of a body with a 413 once more than `limit` bytes are announced or have come.

    `larger` limits hold for some paths.
    """

    def __init__(self, app: App, limit: int, larger: Mapping[str, int]) -> None:
        self._app = app
        self._limit = limit
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"].removeprefix(scope.get("root_path", "")), self._limit)
        announced = Headers(scope=scope).get("content-length", "")
        size = int(announced) if announced.isdecimal() else 0
        received = 0

        async def receive_bounded() -> Message:
            nonlocal received
            if size <= limit:
                message = await receive()
                received += len(message.get("body", b""))
                if received <= limit:
                    return message
            raise HTTPException(413, f"The body of the request has more than {limit >> 20} MiB")

        await self._app(scope, receive_bounded, send)
