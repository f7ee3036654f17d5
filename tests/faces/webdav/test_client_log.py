from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.faces.http import Message, Scope
from momoshtrem.faces.webdav.app import WebDav
from momoshtrem.faces.webdav.client_log import ClientLog, describe_request, shape_header, shape_xml
from momoshtrem.folder import Credentials
from tests.faces.webdav.library import CONTENT, example_streams
from tests.faces.webdav.server import Client, connect, serving

BODY = b'<?xml version="1.0"?>\n<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'
BASIC = "Basic dXNlcjpodW50ZXIy"
TREE = example_streams().tree
PRIVATE = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "destination",
    "if",
    "if-match",
    "if-none-match",
    "if-range",
    "if-modified-since",
    "host",
    "origin",
    "referer",
    "slug",
    "x-api-key",
    "x-forwarded-for",
    "x-original-url",
]
SECRET = "BigBuckBunny"


class Logged:
    """A server with a log, one connection to it, and the lines that were written."""

    def __init__(self, port: int, client: Client, lines: list[str]) -> None:
        self.port = port
        self.client = client
        self.lines = lines

    async def request(self, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> Any:
        """The line of a request; the next answer is proof that it has been written."""
        before = len(self.lines)
        await self.client.request(method, target, {"Authorization": BASIC, **headers}, body)
        await self.client.request("OPTIONS", "/")
        return json.loads(self.lines[before])


@pytest_asyncio.fixture
async def logged() -> AsyncIterator[Logged]:
    lines: list[str] = []
    streams = example_streams()
    door = WebDav.protected(streams, Credentials("user", "hunter2", "token"))
    async with serving(ClientLog(door, streams, lines.append)) as port, await connect(port) as client:
        yield Logged(port, client, lines)


def a_scope(path: str = "/", headers: dict[str, str] | None = None, query: str = "") -> Scope:
    raw = [(name.encode(), value.encode("utf-8")) for name, value in (headers or {}).items()]
    return {
        "type": "http",
        "method": "GET",
        "http_version": "1.1",
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": raw,
    }


async def test_a_listing(logged: Logged) -> None:
    headers = {"Depth": "1", "User-Agent": "Player/1.0", "X-Odd": "mine", "Cookie": "a=b"}
    line = await logged.request("PROPFIND", "/Movies/", headers, BODY)
    assert (line["client"], line["http"], line["method"]) == (1, "1.1", "PROPFIND")
    assert (line["path"], line["level"], line["slash"]) == ("folder", 1, True)
    assert line["headers"] == {
        "host": "…",
        "authorization": "Basic …",
        "depth": "1",
        "user-agent": "Player/1.0",
        "x-odd": "…",
        "cookie": "…",
        "content-length": str(len(BODY)),
    }
    assert line["body"] == BODY.decode()
    assert (line["status"], line["complete"]) == (207, True)
    assert line["answer"] == {
        "content-type": "application/xml; charset=utf-8",
        "content-length": str(line["sent"]),
    }
    assert 0 <= line["ms"][0] <= line["ms"][1]


async def test_a_range_of_a_film(logged: Logged) -> None:
    line = await logged.request("GET", "/Movies/Film.mkv", {"Range": "bytes=5-9"})
    assert (line["path"], line["level"], line["extension"]) == ("file", 2, "mkv")
    assert (line["status"], line["sent"], line["body"]) == (206, 5, "")
    assert line["headers"]["range"] == "bytes=5-9"
    assert line["answer"]["content-range"] == f"bytes 5-9/{len(CONTENT)}"


async def test_a_request_without_credentials(logged: Logged) -> None:
    await logged.client.request("GET", "/Movies/Film.mkv")
    await logged.client.request("OPTIONS", "/")
    line = json.loads(logged.lines[0])
    assert (line["status"], line["path"]) == (401, "file")


async def test_connections_of_one_client_are_told_apart(logged: Logged) -> None:
    first = await logged.request("GET", "/", {})
    async with await connect(logged.port) as other:
        await other.request("OPTIONS", "/")
        await other.request("OPTIONS", "/")
    second = json.loads(logged.lines[-1])
    assert first["client"] == second["client"]
    assert first["port"] != second["port"]


async def test_one_that_left_is_told() -> None:
    streams = example_streams()
    lines: list[str] = []
    async with serving(ClientLog(WebDav(streams), streams, lines.append)) as port:
        async with await connect(port) as client:
            await client.send("GET", "/Movies/Waits.mkv")
            await client.read_head()
            await client.read_exactly(1000)
        await streams.readers[0].wait_closed()
    line = json.loads(lines[0])
    assert (line["status"], line["sent"], line["complete"]) == (200, 1000, False)


async def test_a_face_that_fails_has_its_line() -> None:
    lines: list[str] = []

    async def broken(*_: object) -> None:
        raise RuntimeError

    async def never() -> Message:
        raise AssertionError

    async def no_more(_: Message) -> None: ...

    with pytest.raises(RuntimeError):
        await ClientLog(broken, example_streams(), lines.append)(a_scope(), never, no_more)
    assert json.loads(lines[0])["status"] is None


async def test_other_than_requests_pass_by() -> None:
    lines: list[str] = []
    seen: list[str] = []

    async def face(scope: Scope, *_: object) -> None:
        seen.append(scope["type"])

    async def never(*_: object) -> Message:
        raise AssertionError

    await ClientLog(face, example_streams(), lines.append)({"type": "lifespan"}, never, never)  # type: ignore[arg-type]
    assert (seen, lines) == (["lifespan"], [])


@pytest.mark.parametrize(
    ("path", "kind", "name"),
    [
        ("/", "root", "…"),
        ("/Movies", "folder", "…"),
        ("/Movies/Film.mkv", "file", "…"),
        ("/Movies/Secret%20Film.mkv", "missing", "…"),
        ("/.metadata_never_index", "marker", ".metadata_never_index"),
        ("/Movies/folder.jpg", "missing", "folder.jpg"),
        ("/VIDEO_TS/VIDEO_TS.IFO", "missing", "VIDEO_TS.IFO"),
        ("/Movies/._Film.mkv", "missing", "._…"),
        ("/%ff", "unreadable", "…"),
    ],
)
def test_a_path_is_told_by_its_kind(path: str, kind: str, name: str) -> None:
    line = describe_request(a_scope(path), TREE)
    assert (line["path"], line["name"]) == (kind, name)


def test_how_a_path_is_written_is_told_by_its_marks() -> None:
    line = describe_request(a_scope("/odd%20&+ends/a(b)"), TREE)
    assert (line["marks"], line["level"]) == ("%&()+", 2)


@pytest.mark.parametrize(("query", "told"), [("", ""), ("m3u", "m3u"), ("token=x", "…")])
def test_a_query(query: str, told: str) -> None:
    assert describe_request(a_scope(query=query), TREE)["query"] == told


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("if-match", '"abc-0"', '"…"'),
        ("if-none-match", 'W/"abc-0", "x y"', 'W/"…", "…"'),
        ("if-none-match", "*", "*"),
        ("if-range", "abc-0", "…"),
        ("if-range", "Sat, 31 Jan 2026 12:00:00 GMT", "Sat, 31 Jan 2026 12:00:00 GMT"),
        ("if-modified-since", "Saturday, 31-Jan-26 12:00:00 GMT", "Saturday, 31-Jan-26 12:00:00 GMT"),
        ("if-unmodified-since", "Sat Jan 31 12:00:00 2026", "Sat Jan 31 12:00:00 2026"),
        ("authorization", "basic dXNlcg==", "basic …"),
        ("authorization", "dXNlcg==", "…"),
        ("range", "bytes=0-", "bytes=0-"),
        ("user-agent", "x" * 9999, "x" * 200),
    ],
)
def test_a_header(name: str, value: str, told: str) -> None:
    assert shape_header(name, value) == told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (BODY.decode(), BODY.decode()),
        ("<a:b xmlns:a='x' xmlns=\"y\"/>", "<a:b xmlns:a='x' xmlns=\"y\"/>"),
        ("<a>BigBuckBunny</a>", "<a>…</a>"),
        ("<a><!--BigBuckBunny--></a>", "<a>……</a>"),
        ("<a><![CDATA[BigBuckBunny]]></a>", "<a>……</a>"),
        ('<a name="BigBuckBunny"/>', "…… …"),
        ("<a", "……"),
        ("", ""),
    ],
)
def test_of_a_body_only_tags_are_told(body: str, told: str) -> None:
    assert shape_xml(body) == told


@pytest.mark.parametrize("header", PRIVATE)
@given(before=st.text(max_size=20), after=st.text(max_size=20))
def test_titles_and_secrets_stay_out(header: str, before: str, after: str) -> None:
    value = f"{before}{SECRET}{after}"
    scope = a_scope(f"/Movies/{SECRET}.mkv", {header: value}, query=f"m3u={SECRET}")
    assert SECRET not in json.dumps(describe_request(scope, TREE))


@given(before=st.text(max_size=40), after=st.text(max_size=40))
def test_what_stands_in_a_body_stays_out(before: str, after: str) -> None:
    text = f"<a>{before.replace('<', '')} {SECRET} {after.replace('<', '')}</a>"
    assert SECRET not in shape_xml(text)


async def test_a_flood_makes_a_short_line() -> None:
    headers = {f"x-{number}-{'y' * 500}": "z" * 5000 for number in range(500)}
    assert len(json.dumps(describe_request(a_scope("/" + "%20" * 20_000, headers), TREE))) < 20_000


async def test_a_long_body_is_cut(logged: Logged) -> None:
    line = await logged.request("PROPFIND", "/", {"Depth": "0"}, BODY + b" " * 60_000)
    assert line["status"] == 207
    assert line["body"].strip() == BODY.decode()
    assert len(line["body"]) == 2048
