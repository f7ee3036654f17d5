"""What clients do, request by request, as traced with the real programs."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from momoshtrem.faces.webdav.app import WebDav
from momoshtrem.folder import Credentials
from tests.faces.webdav.library import BIG, CONTENT, example_streams
from tests.faces.webdav.server import Client, Reply, connect, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

N = len(CONTENT)
FILM = "/Movies/Film.mkv"
BIG_FILM = "/Movies/Big.mkv"
PASSWORD = "p:%41\u00f6"
SIGNED = {"Authorization": "Basic " + base64.b64encode(f"u:{PASSWORD}".encode()).decode()}
KODI_BODY = (
    b'<?xml version="1.0" encoding="utf-8" ?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/>'
    b"<D:getcontentlength/><D:getlastmodified/><D:creationdate/><D:displayname/></D:prop></D:propfind>"
)
KODI_LIST = {"Depth": "1", "Range": "bytes=0-", "Content-Type": 'text/xml; charset="utf-8"'}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded() -> AsyncIterator[int]:
    """The port of a server that asks for credentials."""
    door = WebDav.protected(example_streams(), Credentials("u", PASSWORD, ""))
    async with serving(door) as port:
        yield port


@pytest_asyncio.fixture(loop_scope="module")
async def client(guarded: int) -> AsyncIterator[Client]:
    async with await connect(guarded) as client:
        yield client


async def challenged(
    client: Client, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Reply:
    """Ask without credentials, then with them on the same connection."""
    first = await client.request(method, target, headers, body)
    assert first.status == 401
    assert first.headers["www-authenticate"].startswith("Basic realm=")
    assert first.headers["dav"] == "1"
    assert "connection" not in first.headers
    return await client.request(method, target, {**(headers or {}), **SIGNED}, body)


async def start_reading(port: int, target: str, headers: Mapping[str, str]) -> Client:
    """A connection that has the head of an answer and leaves its bytes to come."""
    client = await connect(port)
    await client.send("GET", target, {**headers, **SIGNED})
    assert (await client.read_head()).status == 206
    return client


async def test_kodi_lists_plays_and_seeks(guarded: int, client: Client) -> None:
    for probe in ("/VIDEO_TS.IFO", "/VIDEO_TS/VIDEO_TS.IFO", "/index.bdmv", "/BDMV/INDEX.BDM", "/folder.jpg"):
        assert (await challenged(client, "HEAD", probe)).status == 404
    for folder in ("/", "/odd%20%26%20ends/", "/Movies/", "/Movies/"):
        listing = await challenged(client, "PROPFIND", folder, KODI_LIST, KODI_BODY)
        assert listing.status == 207
        good = listing.body.count(b"<D:status>HTTP/1.1 200 OK</D:status>")
        assert good == listing.body.count(b"<D:response>")
        assert b"404" not in listing.body
    async with await start_reading(guarded, BIG_FILM, {"Range": "bytes=0-"}):
        tail = await challenged(client, "GET", BIG_FILM, {"Range": f"bytes={BIG - 131072}-"})
        assert len(tail.body) == 131072
        async with await start_reading(guarded, BIG_FILM, {"Range": f"bytes={BIG // 2}-"}) as seek:
            assert len(await seek.read_exactly(1 << 20)) == 1 << 20
        assert (await challenged(client, "HEAD", FILM)).headers["content-length"] == str(N)


async def test_vlc_sends_if_match_with_each_seek(guarded: int) -> None:
    async with await connect(guarded) as first:
        await first.send("GET", FILM, {"Range": "bytes=0-", **SIGNED})
        etag = (await first.read_head()).headers["etag"]
        await first.read_exactly(82_000)
    for start in (N - 13_142, 123, N // 2):
        async with await connect(guarded) as seek:
            reply = await seek.request("GET", FILM, {"Range": f"bytes={start}-", "If-Match": etag, **SIGNED})
            assert reply.headers["content-range"] == f"bytes {start}-{N - 1}/{N}"
            assert reply.body == CONTENT[start:]


async def test_mpv_and_ffmpeg_open_the_new_place_before_they_leave_the_old(guarded: int) -> None:
    common = {"User-Agent": "Lavf/59", "Icy-MetaData": "1", "Connection": "close", "Accept": "*/*"}
    async with await connect(guarded) as unsigned:
        assert (await unsigned.request("GET", BIG_FILM, {"Range": "bytes=0-", **common})).status == 401
    readers = [
        await start_reading(guarded, BIG_FILM, {"Range": f"bytes={at}-", **common})
        for at in (0, BIG - 13_142, BIG // 2)
    ]
    assert len(await readers[1].read_exactly(13_142)) == 13_142
    assert await readers[1].ended()
    for reader in readers:
        await reader.close()


async def test_rclone_lists_reads_and_mounts(client: Client) -> None:
    for target in (FILM, "/Movies", "/Movies/"):
        assert (await client.request("PROPFIND", target, {"Depth": "1", **SIGNED})).status == 207
    part = await client.request("GET", FILM, {"Range": "bytes=7000-7099", "Depth": "0", **SIGNED})
    assert part.body == CONTENT[7000:7100]
    mount = await client.request("GET", FILM, {"Range": "bytes=0-134217727", **SIGNED})
    assert (mount.status, mount.body) == (206, CONTENT)
    asked = b'<D:propfind xmlns:D="DAV:"><D:prop><D:quota-available-bytes/></D:prop></D:propfind>'
    about = await client.request("PROPFIND", "/", {"Depth": "0", **SIGNED}, asked)
    assert b"404 Not Found" in about.body
    assert b"200 OK" not in about.body


async def test_macos_mounts_probes_and_reads(client: Client) -> None:
    mounted = await client.request("OPTIONS", "/", {"User-Agent": "WebDAVLib/1.3"})
    assert (mounted.status, mounted.headers["dav"]) == (200, "1")
    assert (await challenged(client, "PROPFIND", "/", {"Depth": "0"})).status == 207
    for probe in ("/._.", "/.DS_Store", "/Movies/._Film.mkv", "/.hidden", "/.Spotlight-V100"):
        assert (await client.request("PROPFIND", probe, {"Depth": "0", **SIGNED})).status == 404
    whole = await client.request("GET", FILM, SIGNED)
    date = whole.headers["last-modified"]
    part = await client.request("GET", FILM, {"Range": "bytes=100-199", "If-Range": date, **SIGNED})
    assert (part.status, part.body) == (206, CONTENT[100:200])
    again = await client.request("GET", FILM, {"If-Modified-Since": date, **SIGNED})
    assert again.status == 304
    assert (await client.request("LOCK", FILM, SIGNED, b"<lockinfo/>")).status == 403


async def test_write_without_credentials_is_not_read(client: Client) -> None:
    assert (await client.request("PUT", "/x", body=b"x" * 500_000)).status == 401
    assert (await client.request("GET", FILM, SIGNED)).body == CONTENT
