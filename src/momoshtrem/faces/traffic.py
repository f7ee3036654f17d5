"""What the faces answered: plain numbers that only grow, but for the open answers."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from momoshtrem.faces.http import App, Message, Receive, Scope, Send
from momoshtrem.histogram import Histogram

FaceName = Literal["webdav", "api"]
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "POST", "PUT", "PATCH", "DELETE"})
OTHER = "other"
"""Any other method: clients may send what they like."""
GONE = "none"
"""The class of status of an answer that never began: its client left before."""


def make_first_byte_times() -> Histogram:
    """In seconds; what is on disk takes milliseconds, the swarm up to `streaming.timeout`."""
    return Histogram(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)


@dataclass(slots=True)
class Traffic:
    """By face: `answers` (with method and class of status), seconds until the first byte of a body (with the
    method), `bytes` of bodies, and how many answers are `open`.
    """

    answers: Counter[tuple[FaceName, str, str]] = field(default_factory=Counter)
    first_bytes: defaultdict[tuple[FaceName, str], Histogram] = field(
        default_factory=lambda: defaultdict(make_first_byte_times)
    )
    bytes: Counter[FaceName] = field(default_factory=Counter)
    open: Counter[FaceName] = field(default_factory=Counter)


class Counted:
    """Lets every request through to the app, and counts it and its answer."""

    def __init__(
        self, app: App, face: FaceName, traffic: Traffic, now: Callable[[], float] = time.perf_counter
    ) -> None:
        self._app = app
        self._face = face
        self._traffic = traffic
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        traffic, face = self._traffic, self._face
        method = scope["method"] if scope["method"] in METHODS else OTHER
        began, status = self._now(), GONE
        awaits_byte = True

        async def send_counted(message: Message) -> None:
            nonlocal status, awaits_byte
            await send(message)
            if message["type"] == "http.response.start":
                status = f"{message['status'] // 100}xx"
            elif size := len(message.get("body", b"")):
                traffic.bytes[face] += size
                if awaits_byte:
                    awaits_byte = False
                    traffic.first_bytes[face, method].observe(self._now() - began)

        traffic.open[face] += 1
        try:
            await self._app(scope, receive, send_counted)
        finally:
            traffic.open[face] -= 1
            traffic.answers[face, method, status] += 1
