from __future__ import annotations

import asyncio
import itertools

import pytest

from momoshtrem.faces.http import App, Message, Receive, Scope, Send, respond, respond_without_body
from momoshtrem.faces.traffic import Counted, Traffic


async def answer_hello(_scope: Scope, _receive: Receive, send: Send) -> None:
    await respond(send, 206, body=b"hello")


async def answer_nothing(_scope: Scope, _receive: Receive, send: Send) -> None:
    await respond_without_body(send, 304, ())


async def leave(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """As for a client that is gone."""


async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError


async def ask(app: App, method: str = "GET", kind: str = "http") -> tuple[Traffic, list[Message]]:
    """One second passes at each look at the clock."""
    traffic, sent = Traffic(), list[Message]()

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    counted = Counted(app, "webdav", traffic, itertools.count().__next__)
    await counted({"type": kind, "method": method}, receive, send)
    return traffic, sent


async def test_an_answer_is_passed_on_and_counted() -> None:
    traffic, sent = await ask(answer_hello)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert traffic.answers == {("webdav", "GET", "2xx"): 1}
    assert traffic.bytes == {"webdav": 5}
    assert (traffic.first_bytes["webdav", "GET"].count, traffic.first_bytes["webdav", "GET"].sum) == (1, 1.0)
    assert traffic.open == {"webdav": 0}


async def test_only_the_first_bytes_are_timed() -> None:
    async def answer_in_parts(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for body in (b"", b"a", b"", b"bc"):
            await send({"type": "http.response.body", "body": body, "more_body": True})

    traffic, _ = await ask(answer_in_parts)
    assert traffic.first_bytes["webdav", "GET"].count == 1
    assert traffic.bytes == {"webdav": 3}


async def test_an_answer_without_a_body_has_no_first_byte() -> None:
    traffic, _ = await ask(answer_nothing, "HEAD")
    assert traffic.answers == {("webdav", "HEAD", "3xx"): 1}
    assert traffic.first_bytes == {}


async def test_a_client_that_left_before_the_answer() -> None:
    traffic, _ = await ask(leave)
    assert traffic.answers == {("webdav", "GET", "none"): 1}


async def test_what_clients_make_up_is_one_method() -> None:
    traffic, _ = await ask(answer_hello, "BREW")
    assert traffic.answers == {("webdav", "other", "2xx"): 1}


async def test_an_answer_is_open_until_it_ends() -> None:
    seen = list[int]()
    traffic = Traffic()

    async def look(_scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(traffic.open["api"])

    async def receive() -> Message:
        raise AssertionError

    async def send(_: Message) -> None:
        raise AssertionError

    await Counted(look, "api", traffic)({"type": "http", "method": "GET"}, receive, send)
    assert (seen, traffic.open["api"]) == ([1], 0)


async def test_an_error_is_passed_on_and_the_answer_is_over() -> None:
    traffic = Traffic()

    async def unused() -> Message:
        raise AssertionError

    async def send(_: Message) -> None:
        raise AssertionError

    with pytest.raises(RuntimeError):
        await Counted(fail, "api", traffic)({"type": "http", "method": "GET"}, unused, send)
    assert traffic.open == {"api": 0}


async def test_what_is_not_http_is_not_counted() -> None:
    traffic, _ = await ask(leave, kind="lifespan")
    assert traffic == Traffic()


async def test_answers_at_the_same_time_count_for_themselves() -> None:
    async def answer_late(_scope: Scope, _receive: Receive, send: Send) -> None:
        await asyncio.sleep(0)
        await respond(send, 200, body=b"x")

    traffic = Traffic()

    async def receive() -> Message:
        raise AssertionError

    async def send(_: Message) -> None:
        await asyncio.sleep(0)

    counted = Counted(answer_late, "api", traffic)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(counted({"type": "http", "method": "GET"}, receive, send))
    assert traffic.answers == {("api", "GET", "2xx"): 5}
    assert traffic.first_bytes["api", "GET"].count == 5
