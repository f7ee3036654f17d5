from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from momoshtrem.errors import Unavailable
from momoshtrem.events import EventBus, JobChanged, MovieChanged, ShowChanged, StandbyPromoted, TorrentRemoved
from momoshtrem.faces.api import live as face
from momoshtrem.faces.api.app import make_api
from momoshtrem.faces.api.live import EventStream, render
from momoshtrem.services.live import Happening, Listener, Live, Told, TorrentsSeen
from momoshtrem.torrents.engine import TorrentStatus
from tests.faces.webdav.server import Client, connect, serving
from tests.fakes.engine import FakeEngine
from tests.fakes.services import HASH, READER, make_fakes
from tests.fakes.store import MemoryStore

HEAD = {"Authorization": "Bearer token", "Accept": "text/event-stream"}


class Station:
    """An API whose events the test makes, on a real server."""

    def __init__(self, port: int, bus: EventBus, live: Live) -> None:
        self.port = port
        self.bus = bus
        self.live = live

    async def listen(self) -> Client:
        """A client that has got the head and the first comment."""
        client = await connect(self.port)
        await client.send("GET", "/api/events", HEAD)
        head = await client.read_head()
        assert head.status == 200
        assert head.headers["content-type"].startswith("text/event-stream")
        assert head.headers["cache-control"] == "no-cache"
        assert await read_event(client) == ": hello"
        return client

    async def left(self) -> None:
        """Wait until nobody listens."""
        async with asyncio.timeout(10):
            while self.live.listeners:
                await asyncio.sleep(0.001)


async def read_event(client: Client) -> str:
    """The next chunk (RFC 9112, 7.1), which holds one event."""
    size = b""
    while not size.endswith(b"\r\n"):
        size += await client.read_exactly(1)
    return (await client.read_exactly(int(size, 16) + 2)).decode().rstrip()


@pytest.fixture
async def station() -> AsyncIterator[Station]:
    bus = EventBus()
    live = Live(bus, FakeEngine(MemoryStore()))
    fakes = make_fakes()
    object.__setattr__(fakes, "live", live)
    async with serving(make_api(fakes.bundle())) as port:
        yield Station(port, bus, live)
        live.close()


async def test_events_reach_every_listener(station: Station) -> None:
    async with await station.listen() as one, await station.listen() as other:
        await station.bus.publish(MovieChanged(7))
        for client in (one, other):
            assert await read_event(client) == 'event: movie_changed\ndata: {"movie_id": 7}\nid: 1'


async def test_a_listener_that_leaves_is_forgotten(station: Station) -> None:
    async with await station.listen():
        assert station.live.listeners == 1
    await station.left()


async def test_the_end_of_the_server_ends_the_stream_at_once(station: Station) -> None:
    async with await station.listen() as client:
        station.live.close()
        assert await read_event(client) == ""
        await station.left()


async def test_too_many_listeners(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("momoshtrem.services.live.MAX_LISTENERS", 1)
    async with await station.listen(), await connect(station.port) as client:
        answer = await client.request("GET", "/api/events", HEAD)
        assert answer.status == 503
        assert answer.headers["retry-after"] == "30"
        assert json.loads(answer.body)["error"]["code"] == Unavailable.code


async def test_while_nothing_happens_a_comment_comes(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face, "HEARTBEAT", 0.001)
    async with await station.listen() as client:
        assert [await read_event(client), await read_event(client)] == [": still here", ": still here"]


async def test_a_client_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face, "STALL_LIMIT", 0.001)
    live = Live(EventBus(), FakeEngine(MemoryStore()))

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    async with asyncio.timeout(10):
        await EventStream(live)({"type": "http"}, never, never)  # type: ignore[arg-type]
    assert live.listeners == 0


@pytest.mark.parametrize(
    ("happening", "name", "content"),
    [
        (MovieChanged(1), "movie_changed", {"movie_id": 1}),
        (ShowChanged(2), "show_changed", {"show_id": 2}),
        (StandbyPromoted(4, 5), "standby_promoted", {"assignment_id": 4, "failed_id": 5}),
        (TorrentRemoved(HASH), "torrent_removed", {"info_hash": HASH}),
        (JobChanged(3), "job_changed", {"job_id": 3}),
        (TorrentsSeen(()), "torrent_status", {"torrents": []}),
    ],
)
def test_an_event_on_the_wire(happening: Happening, name: str, content: dict[str, object]) -> None:
    lines = render(Told(9, happening)).decode().split("\n")
    assert lines == [f"event: {name}", f"data: {json.dumps(content)}", "id: 9", "", ""]


def test_the_status_of_a_torrent_on_the_wire() -> None:
    status = TorrentStatus(HASH, "streaming", 0.5, 100, 10, 3, (READER,), 8)
    told = render(Told(1, TorrentsSeen((status,)))).decode().split("data: ")[1].split("\n")[0]
    (torrent,) = json.loads(told)["torrents"]
    assert (torrent["info_hash"], torrent["progress"], torrent["download_rate"]) == (HASH, 0.5, 100)


async def test_a_listener_that_is_let_go_has_its_stream_ended() -> None:
    listener = Listener()
    listener.tell(Told(1, MovieChanged(1)))
    listener.end()
    assert [chunk async for chunk in face.write(listener)][1:] == [render(Told(1, MovieChanged(1)))]
