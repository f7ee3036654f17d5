"""Requests to outside services: paced, tried again, and with errors that a user can read.

A user may be waiting for the answer, so a request gives up within `Limits.total` seconds. Secrets are
added below the client (`Secrets`): its log lines and errors never hold them.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from momoshtrem import __version__
from momoshtrem.errors import (
    InvalidInput,
    MomoshtremError,
    NotConfigured,
    NotFound,
    ServiceDown,
    ServiceRefused,
)
from momoshtrem.integrations.proxy import LazyTransport

log = logging.getLogger(__name__)

REPEATABLE = frozenset({"GET", "HEAD"})
OK = "ok"
LONGEST_WAIT = 86_400
"""Seconds, however long a service asks us to wait."""

Params = Mapping[str, str | int]
Judge = Callable[[httpx2.Response], MomoshtremError | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard a service is asked. Times in seconds.

    `total` bounds one request with all its tries, `timeout` one try; `backoff` is the longest pause
    before the second try and doubles with each further one.
    """

    tries: int = 4
    total: float = 10.0
    timeout: float = 5.0
    backoff: float = 0.5
    per_second: float = 20.0
    concurrent: int = 8


@dataclass(frozen=True, slots=True)
class Clock:
    """The passing of time, so that tests need not wait."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class Setback:
    """A try that failed and may be repeated, after `wait` seconds if the service said so."""

    sentence: str
    wait: float | None = None
    cause: Exception | None = None


class Pace:
    """A token bucket: `per_second` on average, and at most `burst` at once."""

    def __init__(self, per_second: float, burst: int, clock: Clock) -> None:
        self._interval = 1 / per_second
        self._slack = (burst - 1) * self._interval
        self._clock = clock
        self._next = -math.inf

    async def turn(self) -> None:
        """Wait until one more request may go out."""
        now = self._clock.now()
        due = max(self._next, now)
        self._next = due + self._interval
        if (wait := due - self._slack - now) > 0:
            await self._clock.sleep(wait)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a service wants to see with every request."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)


class Secrets(httpx2.AsyncBaseTransport):
    """Adds credentials below the client."""

    def __init__(self, transport: httpx2.AsyncBaseTransport, credentials: Credentials) -> None:
        self._transport = transport
        self._credentials = credentials

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        signed = httpx2.Request(
            request.method,
            request.url.copy_merge_params(self._credentials.params),
            headers=[*request.headers.raw, *httpx2.Headers(self._credentials.headers).raw],
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._transport.handle_async_request(signed)

    async def aclose(self) -> None:
        await self._transport.aclose()


def open_client(
    base_url: str,
    credentials: Credentials | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> httpx2.AsyncClient:
    """A client for one service; `Outgoing` keeps its time. NotConfigured if the address is none."""
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL as error:
        raise NotConfigured(f"{base_url!r} is not an address: correct it.") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise NotConfigured(f"{base_url!r} is not an address: it must begin with http(s)://.")
    return httpx2.AsyncClient(
        base_url=url,
        headers={"Accept": "application/json", "User-Agent": f"momoshtrem/{__version__}"},
        timeout=None,
        transport=Secrets(transport or LazyTransport(url), credentials or Credentials()),
    )


class Outgoing:
    """Requests to one outside service.

    `judge` reads an answer first, for what only this service means by it; None leaves the answer to
    the rules that hold for all.
    """

    def __init__(
        self,
        service: str,
        client: httpx2.AsyncClient,
        *,
        judge: Judge = lambda _: None,
        limits: Limits | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._service = service
        self._client = client
        self._judge = judge
        self._limits = limits or Limits()
        self._clock = clock or Clock()
        self._slots = asyncio.Semaphore(self._limits.concurrent)
        self._pace = Pace(self._limits.per_second, self._limits.concurrent, self._clock)
        self._problem: str | None = None
        self.outcomes: Counter[str] = Counter()
        """Requests, by OK or the code of the error that came of them."""

    @property
    def problem(self) -> str | None:
        """What was wrong with the service when it was asked last, as a sentence."""
        return self._problem

    async def aclose(self) -> None:
        await self._client.aclose()

    async def get_json(self, path: str, params: Params | None = None) -> Any:
        """The decoded body of an answer; errors as in `send`."""
        response = await self.send(self._client.build_request("GET", path, params=params))
        try:
            return response.json()
        except ValueError as error:
            raise ServiceDown(f"{self._service} gave an answer that is not JSON.") from error

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        """A good answer, or ServiceDown, ServiceRefused, NotFound or InvalidInput.

        Only GET and HEAD are tried again. Waiting for a free slot does not count as time.
        """
        async with self._slots:
            try:
                response = await self._send_until(request, self._clock.now() + self._limits.total)
            except MomoshtremError as error:
                self.outcomes[error.code] += 1
                if isinstance(error, ServiceDown | ServiceRefused):
                    self._problem = str(error)
                raise
            self.outcomes[OK] += 1
            self._problem = None
            return response

    async def _send_until(self, request: httpx2.Request, deadline: float) -> httpx2.Response:
        last = self._limits.tries if request.method in REPEATABLE else 1
        attempt = 1
        while isinstance(outcome := await self._send_once(request, deadline), Setback):
            wait = self._backoff(attempt) if outcome.wait is None else outcome.wait
            if attempt >= last or self._clock.now() + wait >= deadline:
                raise ServiceDown(outcome.sentence, *retry_hint(outcome)) from outcome.cause
            log.info("%s Trying again in %.1f s.", outcome.sentence, wait)
            await self._clock.sleep(wait)
            attempt += 1
        return outcome

    async def _send_once(self, request: httpx2.Request, deadline: float) -> httpx2.Response | Setback:
        await self._pace.turn()
        time_left = min(self._limits.timeout, deadline - self._clock.now())
        try:
            async with asyncio.timeout(time_left):
                response = await self._client.send(request)
        except (TimeoutError, httpx2.TimeoutException) as error:
            return Setback(f"{self._service} does not answer in time.", cause=error)
        except httpx2.RequestError as error:
            return Setback(f"{self._service} cannot be reached.", cause=error)
        return self._weigh(response)

    def _weigh(self, response: httpx2.Response) -> httpx2.Response | Setback:
        if verdict := self._judge(response):
            raise verdict
        if response.is_success:
            return response
        if is_passing(response.status_code):
            return setback(self._service, response)
        raise refusal(self._service, response.status_code)

    def _backoff(self, attempt: int) -> float:
        longest = self._limits.backoff * 2 ** (attempt - 1)
        return random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret


def is_passing(status: int) -> bool:
    """Whether the same request may get a better answer soon."""
    return status in (408, 429) or (status >= 500 and status != 501)


def setback(service: str, response: httpx2.Response) -> Setback:
    status = response.status_code
    sentence = f"{service} is asked too often." if status == 429 else f"{service} has a fault ({status})."
    return Setback(sentence, parse_retry_after(response.headers.get("Retry-After", "")))


def retry_hint(outcome: Setback) -> tuple[int, ...]:
    return () if outcome.wait is None else (max(1, math.ceil(outcome.wait)),)


def refusal(service: str, status: int) -> MomoshtremError:
    """The error for an answer that will stay the same."""
    if status in (401, 403):
        return ServiceRefused(f"{service} refused our credentials ({status}): check them.")
    if status in (404, 410):
        return NotFound(f"{service} does not have what was asked for.")
    if 400 <= status < 500:
        return InvalidInput(f"{service} did not accept the request ({status}).")
    return ServiceDown(f"{service} gave an unexpected answer ({status}).")


def parse_retry_after(value: str) -> float | None:
    """Seconds from a Retry-After header (RFC 9110, 10.2.3), at most a day; None if it has none."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(value).astimezone(UTC) - datetime.now(UTC)
    except (ValueError, OverflowError):
        return None
    return min(max(wait.total_seconds(), 0.0), LONGEST_WAIT)
