from __future__ import annotations

import asyncio
import logging
from collections.abc import MutableMapping
from typing import Any

import pytest

from momoshtrem.errors import NoData
from momoshtrem.faces.http import Message, response_start
from momoshtrem.faces.webdav import stream
from momoshtrem.faces.webdav.app import WebDav
from momoshtrem.faces.webdav.request import ClientGone
from momoshtrem.faces.webdav.stream import CHUNK, send_span, while_connected
from tests.faces.webdav.library import CONTENT, example_streams
from tests.faces.webdav.server import LIMIT, Client, connect, serving
from tests.fakes.streams import FakeReader, FakeStreams, Script

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Wire:
    """The two callables of an ASGI server whose client stays until `gone` is set."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.sent: list[MutableMapping[str, Any]] = []

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


async def test_client_that_leaves_while_bytes_flow(streams: FakeStreams, client: Client) -> None:
    await client.send("GET", "/Movies/Big.mkv")
    await client.read_exactly(4 << 20)
    await client.close()
    reader = await streams.wait_opened(1)
    await reader.wait_closed()
    assert reader.reads[-1] < reader.size // 2


async def test_client_that_leaves_while_paused(streams: FakeStreams, client: Client) -> None:
    await client.send("GET", "/Movies/Big.mkv", {"Range": "bytes=5-"})
    await client.read_head()
    reader = await streams.wait_opened(1)
    seen = -1
    while seen != len(reader.reads):
        seen = len(reader.reads)
        await asyncio.sleep(0.05)
    assert not reader.closed.is_set()
    await client.close()
    await reader.wait_closed()


@pytest.mark.parametrize("name", ["Waits.mkv", "Never.mkv"])
async def test_client_that_leaves_while_a_piece_is_missing(
    streams: FakeStreams, client: Client, name: str
) -> None:
    await client.send("GET", f"/Movies/{name}")
    reader = await streams.wait_opened(1)
    async with asyncio.timeout(LIMIT):
        await reader.waiting.wait()
    assert not reader.closed.is_set()
    await client.close()
    await reader.wait_closed()


async def test_twenty_opens_leave_nothing_open(streams: FakeStreams, port: int) -> None:
    for turn in range(20):
        async with await connect(port) as client:
            await client.send("GET", "/Movies/Big.mkv", {"Range": f"bytes={turn * 1000000}-"})
            await client.read_exactly(33_000)
    last = await streams.wait_opened(20)
    assert len(streams.readers) == 20
    for reader in streams.readers:
        await reader.wait_closed()
    assert last.reads[0] == 19_000_000


@pytest.mark.parametrize(
    ("name", "level", "traceback"),
    [
        ("Cut.mkv", logging.WARNING, False),
        ("Short.mkv", logging.WARNING, False),
        ("Late Crash.mkv", logging.ERROR, True),
    ],
)
async def test_failure_after_the_head_cuts_the_response(
    streams: FakeStreams,
    client: Client,
    caplog: pytest.LogCaptureFixture,
    name: str,
    level: int,
    traceback: bool,
) -> None:
    reply = await client.request("GET", f"/Movies/{name.replace(' ', '%20')}")
    assert (reply.status, reply.complete) == (200, False)
    assert reply.headers["content-length"] == str(len(CONTENT))
    assert reply.body == CONTENT[:1000]
    await streams.readers[0].wait_closed()
    ours = [record for record in caplog.records if record.name == stream.__name__]
    assert [record.levelno for record in ours] == [level]
    assert bool(ours[0].exc_info) is traceback
    theirs = [record for record in caplog.records if record.name.startswith("uvicorn")]
    assert not any(record.exc_info for record in theirs)


async def test_stop_of_the_server_closes_the_reader() -> None:
    streams = example_streams()
    async with serving(WebDav(streams), grace=0.1) as port, asyncio.timeout(LIMIT):
        client = await connect(port)
        await client.send("GET", "/Movies/Waits.mkv")
        reader = await streams.wait_opened(1)
        await reader.waiting.wait()
    await reader.wait_closed()
    await client.close()


async def test_whole_body_in_chunks() -> None:
    content, end = CONTENT * 3, 2 * CHUNK + 20
    wire, reader = Wire(), FakeReader(len(content), Script(content))
    await send_span(reader, range(10, end), response_start(206, []), wire.receive, wire.send)
    assert wire.body == content[10:end]
    assert reader.reads == [10, 10 + CHUNK, 10 + 2 * CHUNK]
    bodies = [message for message in wire.sent if message.get("body")]
    assert [message["more_body"] for message in bodies] == [True, True, False]


async def test_others_run_between_chunks_of_a_client_that_never_pauses() -> None:
    wire, reader = Wire(), FakeReader(1 << 30, Script())
    seen: list[int] = []

    async def other() -> None:
        while True:
            seen.append(len(reader.reads))
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        beside = group.create_task(other())
        await send_span(reader, range(40 * CHUNK), {}, wire.receive, wire.send)
        beside.cancel()
    assert set(range(1, 41)) <= set(seen)


async def test_failed_first_read_sends_nothing() -> None:
    wire, script = Wire(), Script(fail_at=0, error=NoData("Nobody has it."))
    with pytest.raises(NoData, match="Nobody has it"):
        await send_span(FakeReader(9, script), range(9), {}, wire.receive, wire.send)
    assert wire.sent == []


async def test_false_bytes_are_never_a_whole_answer() -> None:
    """The last chunk is held back until all that was given is checked."""
    content = CONTENT * 2
    script = Script(content, false=NoData("False."))
    wire, reader = Wire(), FakeReader(len(content), script)
    end = CHUNK + 20
    await send_span(reader, range(end), response_start(200, []), wire.receive, wire.send)
    assert wire.body == content[:CHUNK]
    with pytest.raises(NoData, match="False"):
        await send_span(reader, range(20), response_start(200, []), wire.receive, wire.send)
    assert len(wire.body) == CHUNK


async def test_a_client_that_takes_nothing_holds_one_chunk() -> None:
    """As uvicorn does it: a message is taken at once, and the next one waits until the client took it."""
    wire, taken, waits = Wire(), asyncio.Event(), asyncio.Event()
    taken.set()

    async def send(message: Message) -> None:
        if not taken.is_set():
            waits.set()
        await taken.wait()
        await wire.send(message)
        if message["type"] == "http.response.body":
            taken.clear()

    reader = FakeReader(3 * CHUNK, Script(bytes(3 * CHUNK)))
    async with asyncio.TaskGroup() as group:
        group.create_task(send_span(reader, range(reader.size), {"type": "start"}, wire.receive, send))
        await waits.wait()
        assert reader.reads == [0]
        while len(wire.body) < reader.size:
            taken.set()
            await asyncio.sleep(0)
    assert reader.reads == [0, CHUNK, 2 * CHUNK]


async def test_while_connected_ends_the_block_when_the_client_goes() -> None:
    wire, ended = Wire(), asyncio.Event()

    async def block() -> None:
        async with while_connected(wire.receive):
            wire.gone.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

    with pytest.raises(ClientGone):
        await block()
    assert ended.is_set()


async def test_while_connected_raises_the_error_of_the_block() -> None:
    with pytest.raises(KeyError):
        async with while_connected(Wire().receive):
            raise KeyError


async def test_while_connected_lets_a_cancellation_through() -> None:
    async with asyncio.TaskGroup() as group:
        inside = asyncio.Event()

        async def block() -> None:
            async with while_connected(Wire().receive):
                inside.set()
                await asyncio.Event().wait()

        task = group.create_task(block())
        await inside.wait()
        task.cancel()
    assert task.cancelled()
