"""The conformance suite: each answer as a client sees it on the wire."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, unquote
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from momoshtrem.faces.webdav.app import WebDav
from tests.faces.webdav.library import BIG, CONTENT, ODD_NAMES
from tests.faces.webdav.server import Client, connect
from tests.fakes.streams import FakeStreams

D = "{DAV:}"
N = len(CONTENT)
FILM = "/Movies/Film.mkv"
ETAG = f'"tag-{N}-0"'
DATE = "Sat, 31 Jan 2026 12:00:00 GMT"
WRITES = ["PUT", "DELETE", "MKCOL", "COPY", "MOVE", "PROPPATCH", "LOCK", "UNLOCK", "PATCH", "POST"]
UNREADABLE = ["bytes=0-0,5-9", "bytes=5-1", "bytes=-", "bytes=a-b", "items=0-1", "bytes 0-1", "bytes=1--2"]
MISSING = ["/nothing", "/Movies/nothing.mkv", f"{FILM}/x", "/../etc/passwd", "/Movies/..", "/%2e%2e", "/%zz"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


def propfind(*names: str) -> bytes:
    asked = "".join(f"<{name}/>" for name in names)
    return f'<propfind xmlns="DAV:"><prop>{asked}</prop></propfind>'.encode()


def hrefs(body: bytes) -> list[str]:
    return [element.text or "" for element in fromstring(body).iter(f"{D}href")]


def statuses(response: Element) -> dict[str, list[str]]:
    """Property names by the status line of their propstat."""
    return {
        propstat.findtext(f"{D}status", ""): [element.tag for element in propstat.find(f"{D}prop") or ()]
        for propstat in response.iter(f"{D}propstat")
    }


async def test_options_everywhere(client: Client) -> None:
    for target in ("/", "*", FILM, "/nothing"):
        reply = await client.request("OPTIONS", target)
        assert reply.status == 200
        assert reply.headers["content-length"] == "0"
        assert reply.headers["dav"] == "1"
        assert reply.headers["ms-author-via"] == "DAV"
        assert reply.headers["allow"] == "OPTIONS, GET, HEAD, PROPFIND"


async def test_whole_file(client: Client, streams: FakeStreams) -> None:
    reply = await client.request("GET", FILM)
    assert (reply.status, reply.body) == (200, CONTENT)
    assert reply.headers["content-length"] == str(N)
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["etag"] == ETAG
    assert reply.headers["last-modified"] == DATE
    assert reply.headers["content-type"] == "video/x-matroska"
    assert "content-encoding" not in reply.headers
    assert "content-range" not in reply.headers
    await streams.readers[0].wait_closed()


async def test_range_table(client: Client) -> None:
    table = {
        "bytes=0-": (0, N),
        "bytes=0-0": (0, 1),
        "bytes=100-199": (100, 200),
        "bytes=300000-": (300000, N),
        f"bytes={N - 1}-": (N - 1, N),
        f"bytes={N - 5}-{N + 5}": (N - 5, N),
        "bytes=0-99999999999999": (0, N),
        "bytes=-1000": (N - 1000, N),
        f"bytes=-{N + 1}": (0, N),
        "BYTES = 1 - 2": (1, 3),
    }
    for header, (start, stop) in table.items():
        reply = await client.request("GET", FILM, {"Range": header})
        assert (reply.status, reply.body) == (206, CONTENT[start:stop]), header
        assert reply.headers["content-range"] == f"bytes {start}-{stop - 1}/{N}"
        assert reply.headers["content-length"] == str(stop - start)


@pytest.mark.parametrize("header", [f"bytes={N}-", f"bytes={N}-{N}", "bytes=99999999999-", "bytes=-0"])
async def test_range_outside_the_file(client: Client, streams: FakeStreams, header: str) -> None:
    reply = await client.request("GET", FILM, {"Range": header})
    assert (reply.status, reply.body) == (416, b"")
    assert reply.headers["content-range"] == f"bytes */{N}"
    assert reply.headers["accept-ranges"] == "bytes"
    assert streams.readers == []


@pytest.mark.parametrize("header", UNREADABLE)
async def test_unusable_range_is_ignored(client: Client, header: str) -> None:
    reply = await client.request("GET", FILM, {"Range": header})
    assert (reply.status, reply.body) == (200, CONTENT)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Match": ETAG}, 206),
        ({"If-Match": "*"}, 206),
        ({"If-Match": f'"other", {ETAG}'}, 206),
        ({"If-Match": '"other"'}, 412),
        ({"If-Match": f"W/{ETAG}"}, 412),
        ({"If-Unmodified-Since": DATE}, 206),
        ({"If-Unmodified-Since": "Sat, 31 Jan 2026 11:59:59 GMT"}, 412),
        ({"If-Unmodified-Since": "nonsense"}, 206),
        ({"If-None-Match": ETAG}, 304),
        ({"If-None-Match": f"W/{ETAG}"}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"', "If-Modified-Since": DATE}, 206),
        ({"If-Modified-Since": DATE}, 304),
        ({"If-Modified-Since": "Saturday, 31-Jan-26 12:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Sat, 31 Jan 2026 11:59:59 GMT"}, 206),
        ({"If-Range": ETAG}, 206),
        ({"If-Range": DATE}, 206),
        ({"If-Range": '"other"'}, 200),
        ({"If-Range": f"W/{ETAG}"}, 200),
        ({"If-Range": "Sat, 31 Jan 2026 12:00:01 GMT"}, 200),
    ],
)
async def test_conditions(client: Client, headers: dict[str, str], status: int) -> None:
    reply = await client.request("GET", FILM, {"Range": "bytes=10-19", **headers})
    assert reply.status == status
    assert reply.body == {206: CONTENT[10:20], 200: CONTENT}.get(status, b"")
    assert reply.headers["etag"] == ETAG
    assert ("content-length" in reply.headers) == (status != 304)
    assert (await client.request("OPTIONS", "/")).status == 200


async def test_head_of_a_file(client: Client, streams: FakeStreams) -> None:
    reply = await client.request("HEAD", FILM, {"Range": "bytes=0-"})
    assert reply.status == 200
    assert reply.headers["content-length"] == str(N)
    assert reply.headers["etag"] == ETAG
    assert (await client.request("HEAD", "/Movies/Big.mkv")).headers["content-length"] == str(BIG)
    assert (await client.request("HEAD", "/Movies/Never.mkv")).status == 200
    assert streams.readers == []


async def test_empty_file(client: Client, streams: FakeStreams) -> None:
    for method in ("GET", "HEAD"):
        reply = await client.request(method, "/Movies/Empty.mkv", {"Range": "bytes=-5"})
        assert (reply.status, reply.headers["content-length"]) == (200, "0")
    assert (await client.request("GET", "/Movies/Empty.mkv", {"Range": "bytes=0-"})).status == 416
    assert streams.readers == []


async def test_folder_as_a_page(client: Client) -> None:
    for target in ("/Movies", "/Movies/", "/", "/TV%20Shows"):
        page = await client.request("GET", target, {"Range": "bytes=0-1"})
        assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        head = await client.request("HEAD", target)
        assert (head.status, head.headers["content-length"]) == (200, str(len(page.body)))


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [("No Data", 503, "Nobody has"), ("No Disk", 507, "disk is full"), ("Crash", 500, "inside the server")],
)
async def test_failure_before_the_first_byte(
    client: Client, streams: FakeStreams, name: str, status: int, text: str
) -> None:
    reply = await client.request("GET", f"/Movies/{quote(name)}.mkv", {"Range": "bytes=0-"})
    assert (reply.status, reply.headers.get("retry-after")) == (status, "7" if status == 503 else None)
    assert text in reply.body.decode()
    assert b"secret" not in reply.body
    assert "content-range" not in reply.headers
    assert streams.readers[0].closed.is_set()
    assert (await client.request("GET", FILM)).status == 200


@pytest.mark.parametrize("method", WRITES)
async def test_writes_are_refused(client: Client, method: str) -> None:
    for target in ("/", FILM, "/new"):
        reply = await client.request(method, target, body=b"x" * 300_000)
        assert reply.status == 403
    assert (await client.request("GET", FILM)).body == CONTENT


async def test_refused_write_that_waits_to_send(client: Client) -> None:
    reply = await client.request("PUT", "/new", {"Expect": "100-continue", "Content-Length": "9999"})
    assert (reply.status, reply.headers["connection"]) == (403, "close")
    assert await client.ended()


@pytest.mark.parametrize(
    "target",
    [
        "/nothing",
        "/Movies/nothing.mkv",
        f"{FILM}/x",
        "/../etc/passwd",
        "/Movies/../Movies",
        "/%2e%2e",
        "/%zz",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PROPFIND"])
async def test_missing_path(client: Client, method: str, target: str) -> None:
    assert (await client.request(method, target)).status == 404


@pytest.mark.parametrize("target", ["/%ff", "/Movies/%c3", "/a%00b", "/%ed%a0%80"])
@pytest.mark.parametrize("method", ["GET", "PROPFIND", "PUT"])
async def test_path_that_is_no_text(client: Client, method: str, target: str) -> None:
    assert (await client.request(method, target)).status == 400


async def test_hostile_targets_leave_the_server_well(port: int) -> None:
    for target in ("http://127.0.0.1", "Movies", "/\u00e9", "*", "http://[", "/" + "a" * 60_000, "//////"):
        async with await connect(port) as client:
            assert (await client.request("GET", target)).status in {200, 400, 404}
    async with await connect(port) as client:
        assert (await client.request("GET", f"http://elsewhere:1{FILM}?x=1")).body == CONTENT


async def test_reading_stops_spotlight(client: Client) -> None:
    for target in ("/.metadata_never_index", "/.ql_disablethumbnails"):
        assert (await client.request("PROPFIND", target, {"Depth": "0"})).status == 207
        assert (await client.request("GET", target)).headers["content-length"] == "0"
    listing = await client.request("PROPFIND", "/", {"Depth": "1"})
    assert hrefs(listing.body) == ["/", "/Movies/", "/TV%20Shows/", "/odd%20%26%20ends/"]


async def test_listing_with_and_without_slash(client: Client) -> None:
    bodies = [
        (await client.request("PROPFIND", path, {"Depth": "1"})).body for path in ("/Movies", "/Movies/")
    ]
    assert bodies[0] == bodies[1]
    assert hrefs(bodies[0])[:2] == ["/Movies/", "/Movies/Big.mkv"]
    assert b'<D:multistatus xmlns:D="DAV:">' in bodies[0]


@pytest.mark.parametrize(
    ("target", "depth", "count"),
    [("/", "0", 1), ("/", "1", 4), ("/", None, 4), (FILM, "0", 1), (FILM, "1", 1), (FILM, None, 1)],
)
async def test_depth(client: Client, target: str, depth: str | None, count: int) -> None:
    reply = await client.request("PROPFIND", target, {"Depth": depth} if depth else {})
    assert (reply.status, len(hrefs(reply.body))) == (207, count)
    assert reply.headers["content-type"].startswith("application/xml")


async def test_depth_infinity_is_refused(client: Client) -> None:
    reply = await client.request("PROPFIND", "/", {"Depth": "infinity"})
    assert reply.status == 403
    assert fromstring(reply.body).find(f"{D}propfind-finite-depth") is not None
    assert (await client.request("PROPFIND", "/", {"Depth": "2"})).status == 400


async def test_unknown_properties_stand_apart(client: Client) -> None:
    quota = ["quota", "quotaused", "quota-available-bytes", "quota-used-bytes"]
    reply = await client.request(
        "PROPFIND", FILM, {"Depth": "0"}, propfind("resourcetype", "getetag", *quota)
    )
    response = fromstring(reply.body)[0]
    assert statuses(response) == {
        "HTTP/1.1 200 OK": [f"{D}resourcetype", f"{D}getetag"],
        "HTTP/1.1 404 Not Found": [D + name for name in quota],
    }
    assert response.findtext(f".//{D}getetag") == ETAG


@pytest.mark.parametrize(
    "body",
    [
        b"<",
        b"<x/>",
        b'<propfind xmlns="DAV:"/>',
        b'<D:propfind xmlns:D="DAV:"><D:prop><bar:foo/></D:prop></D:propfind>',
        b'<D:propfind xmlns:D="DAV:"><D:prop>',
        b'<!DOCTYPE x [<!ENTITY a "b">]><propfind xmlns="DAV:"><allprop/></propfind>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x"><propfind xmlns="DAV:"><allprop/></propfind>',
        b'<?xml version="1.0" encoding="nonsense"?><propfind xmlns="DAV:"><allprop/></propfind>',
        b"\xff\xfe\x00",
        b"<a>" * 20_000,
    ],
)
async def test_bad_propfind_body(client: Client, body: bytes) -> None:
    assert (await client.request("PROPFIND", "/", {"Depth": "1"}, body)).status == 400
    assert (await client.request("PROPFIND", "/", {"Depth": "1"})).status == 207


async def test_big_propfind_body(client: Client) -> None:
    body = b'<propfind xmlns="DAV:"><allprop/></propfind>'
    assert (await client.request("PROPFIND", "/", {}, body.ljust(64 * 1024))).status == 207
    assert (await client.request("PROPFIND", "/", {}, body.ljust(64 * 1024 + 1))).status == 413
    assert (await client.request("PROPFIND", "/", {}, b" " * 3_000_000)).status == 413
    assert (await client.request("PROPFIND", "/")).status == 207


async def test_odd_names_go_round(client: Client) -> None:
    """Each listed href is pure ASCII, opens its file, and decodes to the name shown."""
    listing = await client.request("PROPFIND", "/odd%20&%20ends", {"Depth": "1"})
    found = fromstring(listing.body)[1:]
    names = [response.findtext(f".//{D}displayname", "") for response in found]
    assert sorted(names) == sorted(ODD_NAMES)
    for response, name in zip(found, names, strict=True):
        href = response.findtext(f"{D}href", "")
        assert unquote(href) == f"/odd & ends/{name}"
        assert (await client.request("GET", href, {"Range": "bytes=5-9"})).body == CONTENT[5:10]
        alone = await client.request("PROPFIND", href, {"Depth": "0"})
        assert hrefs(alone.body) == [href]


async def test_name_asked_for_in_nfd(client: Client) -> None:
    """macOS knows the entry of the folder itself by the length of its path."""
    decomposed = quote(unicodedata.normalize("NFD", "/odd & ends/Am\u00e9lie \u00d1.mkv"))
    reply = await client.request("PROPFIND", decomposed, {"Depth": "0"})
    assert hrefs(reply.body) == [decomposed.replace("&", "%26")]
    assert (await client.request("GET", decomposed)).body == CONTENT


async def test_lifespan_is_not_its_business(streams: FakeStreams) -> None:
    async def never(*_: object) -> None:
        raise AssertionError

    await WebDav(streams)({"type": "lifespan"}, never, never)  # type: ignore[arg-type]
