from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.errors import (
    InvalidInput,
    MomoshtremError,
    NotConfigured,
    NotFound,
    ServiceDown,
    ServiceRefused,
)
from momoshtrem.integrations.http import (
    OK,
    Credentials,
    Limits,
    Outgoing,
    Pace,
    open_client,
    parse_retry_after,
)
from tests.fakes.clock import FakeTime

Outcome = httpx2.Response | Exception
GOOD = httpx2.Response(200, json={"good": True})
SECRET = "0123456789abcdef"


class Script(httpx2.AsyncBaseTransport):
    """A service that answers as told, and with its last answer from then on."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return httpx2.Response(outcome.status_code, headers=outcome.headers, content=outcome.content)


def outgoing(transport: httpx2.AsyncBaseTransport, time: FakeTime, limits: Limits | None = None) -> Outgoing:
    client = open_client("https://service.test/v1", transport=transport)
    return Outgoing("Example", client, limits=limits, clock=time.clock())


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


async def test_an_answer_comes_at_once(time: FakeTime) -> None:
    script = Script(GOOD)
    assert await outgoing(script, time).get_json("/things", {"a": 1}) == {"good": True}
    assert [str(sent.url) for sent in script.requests] == ["https://service.test/v1/things?a=1"]
    assert script.requests[0].headers["Accept"] == "application/json"
    assert script.requests[0].headers["User-Agent"].startswith("momoshtrem/")
    assert time.sleeps == []


@pytest.mark.parametrize(
    "failure",
    [
        *(httpx2.Response(status) for status in (408, 429, 500, 502, 503, 504, 522)),
        httpx2.ConnectError("no"),
        httpx2.ReadTimeout("slow"),
        httpx2.RemoteProtocolError("gone"),
    ],
    ids=str,
)
class TestPassingFailures:
    async def test_a_second_try_succeeds(self, time: FakeTime, failure: Outcome) -> None:
        script = Script(failure, GOOD)
        assert await outgoing(script, time).get_json("/x") == {"good": True}
        assert len(script.requests) == 2
        assert 0.25 <= time.sleeps[0] <= 0.5

    async def test_the_last_try_gives_up(self, time: FakeTime, failure: Outcome) -> None:
        script = Script(failure)
        with pytest.raises(ServiceDown, match="Example") as caught:
            await outgoing(script, time, Limits(tries=3)).get_json("/x")
        assert len(script.requests) == 3
        assert caught.value.retry_after == 30

    async def test_what_changes_something_is_sent_once(self, time: FakeTime, failure: Outcome) -> None:
        script = Script(failure)
        client = open_client("https://service.test", transport=script)
        with pytest.raises(ServiceDown):
            await Outgoing("Example", client, clock=time.clock()).send(
                client.build_request("POST", "/x", json={})
            )
        assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, ServiceDown),
        (400, InvalidInput),
        (401, ServiceRefused),
        (403, ServiceRefused),
        (404, NotFound),
        (405, InvalidInput),
        (406, InvalidInput),
        (410, NotFound),
        (422, InvalidInput),
        (501, ServiceDown),
    ],
)
async def test_a_final_answer_is_not_asked_for_again(
    time: FakeTime, status: int, error: type[MomoshtremError]
) -> None:
    script = Script(httpx2.Response(status, html="<h1>no</h1>"))
    with pytest.raises(MomoshtremError, match="Example") as caught:
        await outgoing(script, time).get_json("/x")
    assert type(caught.value) is error
    assert len(script.requests) == 1


async def test_requests_count_by_what_came_of_them(time: FakeTime) -> None:
    service = outgoing(Script(httpx2.Response(503), GOOD, httpx2.Response(404), GOOD), time)
    await service.get_json("/x")
    with pytest.raises(NotFound):
        await service.get_json("/x")
    await service.get_json("/x")
    assert service.outcomes == {OK: 2, "not_found": 1}


async def test_backoff_doubles_up_to_the_number_of_tries(time: FakeTime) -> None:
    limits = Limits(tries=4, total=60, backoff=1)
    with pytest.raises(ServiceDown):
        await outgoing(Script(httpx2.Response(503)), time, limits).get_json("/x")
    assert len(time.sleeps) == 3
    for slept, longest in zip(time.sleeps, (1, 2, 4), strict=True):
        assert longest / 2 <= slept <= longest


async def test_no_try_begins_after_the_total_time(time: FakeTime) -> None:
    limits = Limits(tries=100, total=10, backoff=1)
    with pytest.raises(ServiceDown):
        await outgoing(Script(httpx2.Response(503)), time, limits).get_json("/x")
    assert sum(time.sleeps) < 10


async def test_retry_after_is_obeyed(time: FakeTime) -> None:
    script = Script(httpx2.Response(429, headers={"Retry-After": "3"}), GOOD)
    assert await outgoing(script, time).get_json("/x") == {"good": True}
    assert time.sleeps == [3.0]


async def test_a_long_retry_after_is_told_and_not_waited_for(time: FakeTime) -> None:
    script = Script(httpx2.Response(429, headers={"Retry-After": "120"}))
    with pytest.raises(ServiceDown, match="too often") as caught:
        await outgoing(script, time).get_json("/x")
    assert caught.value.retry_after == 120
    assert len(script.requests) == 1
    assert time.sleeps == []


class Hanging(httpx2.AsyncBaseTransport):
    """Never answers; `most` is how many requests it held at once."""

    def __init__(self) -> None:
        self.held = self.most = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.held += 1
        self.most = max(self.most, self.held)
        try:
            await asyncio.Event().wait()
        finally:
            self.held -= 1
        raise AssertionError("unreachable")


async def test_a_service_that_hangs_is_given_up(time: FakeTime) -> None:
    hanging = Hanging()
    with pytest.raises(ServiceDown, match="in time"):
        await outgoing(hanging, time, Limits(tries=2, timeout=0.01)).get_json("/x")
    assert hanging.held == 0


async def test_a_try_ends_with_the_total_time(time: FakeTime) -> None:
    with pytest.raises(ServiceDown, match="in time"):
        await outgoing(Hanging(), time, Limits(timeout=3600, total=0.01)).get_json("/x")


async def test_only_so_many_requests_run_at_once(time: FakeTime) -> None:
    hanging = Hanging()
    busy = outgoing(hanging, time, Limits(tries=1, timeout=0.01, concurrent=2))
    answers = await asyncio.gather(*(busy.get_json("/x") for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ServiceDown] * 5
    assert hanging.most == 2


async def test_the_pace_lets_a_burst_through_and_then_keeps_the_rate(time: FakeTime) -> None:
    pace = Pace(per_second=8, burst=3, clock=time.clock())
    for _ in range(23):
        await pace.turn()
    assert time.now == 20 / 8
    assert len(time.sleeps) == 20


async def test_the_pace_fills_up_only_to_a_burst(time: FakeTime) -> None:
    pace = Pace(per_second=8, burst=3, clock=time.clock())
    await pace.turn()
    time.now += 3600
    for _ in range(4):
        await pace.turn()
    assert time.sleeps == [1 / 8]


@pytest.mark.parametrize("text", ["<html>login</html>", "", "\x80"])
async def test_a_body_that_is_not_json(time: FakeTime, text: str) -> None:
    script = Script(httpx2.Response(200, content=text.encode("latin-1")))
    with pytest.raises(ServiceDown, match="not JSON"):
        await outgoing(script, time).get_json("/x")


async def test_a_service_may_judge_its_answers_itself(time: FakeTime) -> None:
    client = open_client("https://service.test", transport=Script(httpx2.Response(500)))
    judged = Outgoing("Example", client, judge=lambda _: NotFound("Own."), clock=time.clock())
    with pytest.raises(NotFound, match="Own"):
        await judged.get_json("/x")
    assert time.sleeps == []


@pytest.mark.parametrize("outcome", [GOOD, httpx2.Response(401), httpx2.ConnectError("no")])
async def test_secrets_are_sent_and_never_told(
    outcome: Outcome, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    script = Script(outcome)
    credentials = Credentials({"Authorization": f"Bearer {SECRET}"}, {"api_key": SECRET})
    told: list[str] = [repr(credentials)]
    client = open_client("https://service.test", credentials, script)
    try:
        await Outgoing("Example", client, clock=time.clock()).get_json("/x", {"a": 1})
    except MomoshtremError as error:
        told += [repr(error), repr(error.__cause__), repr(vars(error))]
    assert str(script.requests[0].url) == f"https://service.test/x?a=1&api_key={SECRET}"
    assert script.requests[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert script.requests[0].headers["Host"] == "service.test"
    assert SECRET not in caplog.text + "".join(told)


@pytest.mark.parametrize("address", ["", "service.test", "ftp://service.test", "http://host:port", "http://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(NotConfigured, match="not an address"):
        open_client(address)


async def test_closing_closes_the_transport(time: FakeTime) -> None:
    closed: list[bool] = []

    class Closing(Script):
        async def aclose(self) -> None:
            closed.append(True)

    await outgoing(Closing(GOOD), time).aclose()
    assert closed == [True]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("999999999999", 86_400),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Mon, 01 Jan 9999 00:00:00 -0000", 86_400),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("²", None),
    ],
)
def test_retry_after_forms(header: str, seconds: float | None) -> None:
    assert parse_retry_after(header) == seconds


def test_retry_after_as_a_date() -> None:
    header = format_datetime(datetime.now(UTC) + timedelta(hours=10), usegmt=True)
    seconds = parse_retry_after(header)
    assert seconds is not None
    assert 35_000 < seconds <= 36_000


@given(st.text())
def test_any_retry_after_is_read_safely(header: str) -> None:
    seconds = parse_retry_after(header)
    assert seconds is None or 0 <= seconds <= 86_400
