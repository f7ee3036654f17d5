"""A server in a process of its own, closed to the outside: for the demo, the tests and the benches."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from momoshtrem.errors import StartFailed
from momoshtrem.folder import DataFolder
from momoshtrem.tls import trust_only

START_LIMIT = 30.0
STOP_LIMIT = 10.0
LOOPBACK = "127.0.0.1"
CLOSED = {
    "MOMOSHTREM_API__HOST": LOOPBACK,
    "MOMOSHTREM_WEBDAV__HOST": LOOPBACK,
    "MOMOSHTREM_TORRENT__INTERFACE": LOOPBACK,
    "MOMOSHTREM_TORRENT__LISTEN_PORT": "0",
    "MOMOSHTREM_TORRENT__DHT": "false",
    "MOMOSHTREM_TORRENT__LSD": "false",
    "MOMOSHTREM_TORRENT__PORT_FORWARDING": "false",
    "MOMOSHTREM_STREAMING__WARM": "never",
}
"""Settings with which nothing leaves this machine, and nothing is fetched that was not asked for."""


class SpawnedServer:
    """`momoshtrem serve` on free ports of this machine.

    Args:
        data_dir: the data folder.
        environment: further settings, as `MOMOSHTREM_…` variables; they win over the closed ones.
    """

    def __init__(self, data_dir: Path, environment: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.username, self.password = "momoshtrem", secrets.token_urlsafe(9)
        api_port, webdav_port = find_free_ports(2)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not _is_setting(name)},
            **CLOSED,
            "MOMOSHTREM_DATA_DIR": str(data_dir),
            "MOMOSHTREM_API__PORT": str(api_port),
            "MOMOSHTREM_WEBDAV__PORT": str(webdav_port),
            "MOMOSHTREM_AUTH__PASSWORD": self.password,
            **(environment or {}),
        }
        certificate = self._environment.get("MOMOSHTREM_TLS__CERTIFICATE")
        self.trust = trust_only(certificate) if certificate else None
        scheme = "https" if certificate else "http"
        self.api_url = f"{scheme}://{LOOPBACK}:{self._environment['MOMOSHTREM_API__PORT']}"
        self.webdav_url = f"{scheme}://{LOOPBACK}:{self._environment['MOMOSHTREM_WEBDAV__PORT']}"
        self.log = data_dir / "server.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def auth(self) -> tuple[str, str]:
        return self.username, self.password

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    async def start(self) -> None:
        """Return when the server answers. Raises StartFailed with what it said."""
        DataFolder(self.data_dir).make()
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "momoshtrem", "serve"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        try:
            await self._wait_for_answer(self._process)
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> int:
        """End the server as a service manager would; gives its exit code."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> int:
        """End the server without a warning."""
        return await self._end(signal.SIGKILL)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _wait_for_answer(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with (
                asyncio.timeout(START_LIMIT),
                httpx2.AsyncClient(auth=self.auth, trust_env=False, verify=self.trust or True) as client,
            ):
                while not await self._answers(client):
                    if process.returncode is not None:
                        raise StartFailed(self.log.read_text().strip())
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise StartFailed(f"The server did not answer within {START_LIMIT:g} s.") from None

    async def _answers(self, client: httpx2.AsyncClient) -> bool:
        with contextlib.suppress(httpx2.TransportError):
            found = await client.get(f"{self.api_url}/api/status")
            return found.status_code == httpx2.codes.OK
        return False

    async def _end(self, number: signal.Signals) -> int:
        assert self._process
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)
        try:
            async with asyncio.timeout(STOP_LIMIT):
                return await self._process.wait()
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()


def _is_setting(name: str) -> bool:
    """Whether a variable of the user's own server would reach into this one."""
    return name.upper().startswith("MOMOSHTREM_")


def find_free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on at the moment."""
    with contextlib.ExitStack() as stack:
        bound = [stack.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in bound]
