"""What the face does with the engine, its failures and its settings; `conformance` has the rest."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from momoshtrem.faces.webdav.app import WebDav
from momoshtrem.folder import Credentials
from tests.faces.webdav.library import CONTENT, example_streams
from tests.faces.webdav.server import Client, connect, serving
from tests.fakes.streams import FakeStreams

N = len(CONTENT)
FILM = "/Movies/Film.mkv"
ETAG = f'"tag-{N}-0"'
WRITES = ["PUT", "DELETE", "MKCOL", "COPY", "MOVE", "PROPPATCH", "LOCK", "UNLOCK", "PATCH", "POST"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_get_reads_the_file_and_lets_it_go(client: Client, streams: FakeStreams) -> None:
    reply = await client.request("GET", FILM)
    assert (reply.status, reply.body, reply.headers["etag"]) == (200, CONTENT, ETAG)
    await streams.readers[0].wait_closed()


@pytest.mark.parametrize("method", ["OPTIONS", "PROPFIND", "HEAD", *WRITES])
@pytest.mark.parametrize("target", ["/", "/Movies", FILM, "/Movies/Never.mkv"])
async def test_only_a_get_touches_the_engine(
    client: Client, streams: FakeStreams, method: str, target: str
) -> None:
    await client.request(method, target, {"Range": "bytes=0-"})
    assert streams.readers == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Range": f"bytes={N}-"}, 416),
        ({"If-None-Match": ETAG}, 304),
        ({"If-Match": '"other"'}, 412),
    ],
)
async def test_an_answer_without_bytes_opens_nothing(
    client: Client, streams: FakeStreams, headers: dict[str, str], status: int
) -> None:
    assert (await client.request("GET", FILM, headers)).status == status
    assert (await client.request("GET", "/Movies/Empty.mkv")).status == 200
    assert streams.readers == []


@pytest.mark.parametrize(
    "target", ["/.metadata_never_index", "/.ql_disablethumbnails", "/.DS_Store", "/Movies/._Film.mkv"]
)
async def test_what_macos_looks_for_starts_no_torrent(
    client: Client, streams: FakeStreams, target: str
) -> None:
    for method in ("PROPFIND", "HEAD", "GET"):
        assert (await client.request(method, target, {"Depth": "0"})).status in {200, 207, 404}
    assert streams.readers == []


@pytest.mark.parametrize(
    ("name", "status", "again", "text"),
    [
        ("No Data", 503, "7", "Nobody has"),
        ("No Disk", 503, "30", "disk is full"),
        ("Crash", 500, None, "inside the server"),
    ],
)
async def test_failure_before_the_first_byte(
    client: Client, streams: FakeStreams, name: str, status: int, again: str | None, text: str
) -> None:
    reply = await client.request("GET", f"/Movies/{quote(name)}.mkv", {"Range": "bytes=0-"})
    assert (reply.status, reply.headers.get("retry-after")) == (status, again)
    assert text in reply.body.decode()
    assert b"secret" not in reply.body
    assert "content-range" not in reply.headers
    assert streams.readers[0].closed.is_set()
    assert (await client.request("GET", FILM)).status == 200


@pytest.mark.parametrize("part", ["bytes=0-", "bytes=100-200", "bytes=-5", ""])
async def test_without_data_each_form_of_get_is_told_to_come_again(client: Client, part: str) -> None:
    reply = await client.request("GET", "/Movies/No%20Data.mkv", {"Range": part} if part else {})
    assert (reply.status, reply.headers["retry-after"]) == (503, "7")


async def test_without_data_a_head_is_answered_all_the_same(client: Client, streams: FakeStreams) -> None:
    reply = await client.request("HEAD", "/Movies/No%20Data.mkv")
    assert (reply.status, reply.headers["content-length"]) == (200, str(len(CONTENT)))
    assert streams.readers == []


@pytest.mark.parametrize(("level", "dav"), [(1, "1"), (2, "1, 2")])
async def test_the_class_that_is_claimed(level: int, dav: str) -> None:
    door = WebDav.protected(example_streams(), Credentials("u", "p", ""), level=level)
    async with serving(door) as port, await connect(port) as client:
        for method, status in (("OPTIONS", 200), ("PROPFIND", 401)):
            reply = await client.request(method, "/")
            assert (reply.status, reply.headers["dav"]) == (status, dav)


async def test_lifespan_is_not_its_business(streams: FakeStreams) -> None:
    async def never(*_: object) -> None:
        raise AssertionError

    await WebDav(streams)({"type": "lifespan"}, never, never)  # type: ignore[arg-type]
