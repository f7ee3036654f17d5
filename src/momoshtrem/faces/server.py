"""A face on its port: the listening socket, and uvicorn as it has to be for it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator
from functools import partial

import uvicorn

from momoshtrem.errors import StartFailed
from momoshtrem.faces.http import App
from momoshtrem.faces.protocol import LimitedProtocol
from momoshtrem.ticks import until_tick
from momoshtrem.tls import Certificate

GRACE = 1
"""Seconds that open responses get when the server stops."""
KEEP_ALIVE = 75
"""Seconds that a silent connection stays open."""
STALL_LIMIT = 3600.0
"""Seconds that a client may take nothing of an answer, where no setting says otherwise."""
BACKLOG = 512
DATE_INTERVAL = 1.0


class Server(uvicorn.Server):
    """One of two servers in one loop: the program takes the signals, and calls `stop`."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        """Renew the `Date` header until stopped. uvicorn's own wakes ten times a second to look."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(until_tick(DATE_INTERVAL)):
                    await self._stopping.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bind(host: str, port: int, key: str) -> socket.socket:
    """A listening socket. Raises StartFailed naming the setting to change."""
    try:
        return listen(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"Port {port} is in use by another program; choose another with {key}.port."
        else:
            reason = f"{host}:{port} cannot be used ({error.strerror}); set {key}.host and {key}.port."
        raise StartFailed(reason) from error


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def make_server(
    face: App, stall_limit: float = STALL_LIMIT, certificate: Certificate | None = None
) -> Server:
    return Server(
        uvicorn.Config(
            face,
            http=partial(LimitedProtocol, stall_limit=stall_limit),  # type: ignore[arg-type]
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ssl_context_factory=(lambda *_: certificate.context) if certificate else None,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
        )
    )


def address(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
