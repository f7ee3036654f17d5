"""The REST side of a server, over one connection that stays open: a call costs little more than itself."""

from __future__ import annotations

import base64
import json
from http.client import HTTPConnection
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from momoshtrem.spawn import SpawnedServer


class Rest:
    """Calls block; errors are raised."""

    def __init__(self, server: SpawnedServer) -> None:
        self._connection = HTTPConnection(urlsplit(server.api_url).netloc, timeout=60)
        token = base64.b64encode(":".join(server.auth).encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"}

    def get(self, path: str) -> Any:
        return json.loads(self._read(path))

    def read_metric(self, name: str) -> float:
        """The value of a metric, or the sum of its values."""
        lines = self._read("/metrics").decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))

    def _read(self, path: str) -> bytes:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer.status}, {body!r}")
        return body

    def time(self, path: str) -> float:
        """Seconds of one call."""
        started = perf_counter()
        self.get(path)
        return perf_counter() - started

    def count_readers(self, info_hash: str) -> int:
        return len(self.get(f"/api/torrents/{info_hash}")["readers"])

    def close(self) -> None:
        self._connection.close()
