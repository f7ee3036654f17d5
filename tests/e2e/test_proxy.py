"""A real nginx in front, configured as docs/proxy.md says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote

import httpx2
import pytest

from momoshtrem.faces.brake import FREE
from momoshtrem.faces.forwarded import Forwarded
from momoshtrem.faces.webdav.app import WebDav
from momoshtrem.folder import Credentials
from momoshtrem.settings import ReverseProxy
from momoshtrem.spawn import LOOPBACK, find_free_ports
from momoshtrem.vfs.tree import folder
from tests.clients.programs import needs, running, until
from tests.e2e.conftest import StartServer
from tests.faces.webdav.library import BIG, CONTENT, ODD_NAMES, a_file, a_tree
from tests.faces.webdav.server import serving
from tests.fakes.certificates import Files, write_certificate
from tests.fakes.streams import FakeStreams, Script

NGINX = "/usr/sbin/nginx"
DOCUMENTED = re.search(
    r"```nginx\n(.+?)```", (Path(__file__).parents[2] / "docs" / "proxy.md").read_text(), re.DOTALL
)
MAIN = """
daemon off;
master_process off;
pid {work}/pid;
error_log {work}/errors.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {work}/bodies;
    proxy_temp_path {work}/kept;
    {server}
}}
"""
PLAYER = "127.0.0.2"
KODI_LIST = {"Depth": "1", "Range": "bytes=0-", "Content-Type": 'text/xml; charset="utf-8"'}
KODI_BODY = b'<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:displayname/></D:prop></D:propfind>'
CREDENTIALS = Credentials("user", "secret", "token")
MIB = 2**20

pytestmark = needs(NGINX)


def configure(work: Path, port: int, files: Files, webdav: int, api: int) -> str:
    """The documented server, moved to other ports and files."""
    assert DOCUMENTED
    return (
        re.sub(r"/etc/letsencrypt\S+/(fullchain|privkey)\.pem", r"{\1}", DOCUMENTED[1])
        .replace("{fullchain}", str(files.certificate))
        .replace("{privkey}", str(files.key))
        .replace("listen 443", f"listen {LOOPBACK}:{port}")
        .replace(":36911", f":{webdav}")
        .replace(":4444", f":{api}")
    )


@asynccontextmanager
async def nginx(
    tmp_path: Path, webdav: int, api: int = 9, cut_prefix: bool = False
) -> AsyncIterator[httpx2.AsyncClient]:
    """A signed-in client of an nginx in front of these ports."""
    (port,) = find_free_ports(1)
    files = write_certificate(tmp_path / "tls")
    server = configure(tmp_path, port, files, webdav, api)
    if cut_prefix:
        server = server.replace("location /dav ", "location /dav/ ").replace(f":{webdav};", f":{webdav}/;")
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(MAIN.format(work=tmp_path, server=server))
    async with (
        running(NGINX, "-p", tmp_path, "-c", configuration),
        httpx2.AsyncClient(
            base_url=f"https://{LOOPBACK}:{port}",
            auth=(CREDENTIALS.username, CREDENTIALS.password),
            transport=httpx2.AsyncHTTPTransport(verify=files.trust(), local_address=PLAYER),
            timeout=30,
        ) as client,
    ):
        await until(lambda: is_open(port))
        yield client


async def is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.fixture
def streams() -> FakeStreams:
    scripts = {name: Script(CONTENT) for name in [*ODD_NAMES, "Film.mkv"]}
    movies = folder("Movies", [a_file("Film.mkv"), a_file("Big.mkv", BIG)])
    return FakeStreams(a_tree(movies, folder("odd & ends #1 100%", map(a_file, ODD_NAMES))), scripts)


def face(streams: FakeStreams) -> Forwarded:
    return Forwarded(WebDav.protected(streams, CREDENTIALS), ReverseProxy().trusted)


async def walk(client: httpx2.AsyncClient, path: str) -> list[str]:
    """The files below a folder, each href followed as it was given."""
    listing = await client.request("PROPFIND", path, headers={"Depth": "1"})
    assert listing.status_code == 207, (path, listing.text)
    own, *hrefs = re.findall(r"<D:href>([^<]+)</D:href>", listing.text)
    assert own.rstrip("/") == path.rstrip("/")
    files = [href for href in hrefs if not href.endswith("/")]
    for folder_href in set(hrefs) - set(files):
        files += await walk(client, folder_href)
    return files


@pytest.mark.parametrize("cut_prefix", [False, True])
async def test_every_href_leads_through_the_proxy(
    streams: FakeStreams, tmp_path: Path, cut_prefix: bool
) -> None:
    async with serving(face(streams)) as port, nginx(tmp_path, port, cut_prefix=cut_prefix) as client:
        files = await walk(client, "/dav/")
        assert {unquote(href).rpartition("/")[2] for href in files} == {*ODD_NAMES, "Film.mkv", "Big.mkv"}
        for href in files:
            if not href.endswith("Big.mkv"):
                part = await client.get(href, headers={"Range": "bytes=1000-1999"})
                assert (part.status_code, part.content) == (206, CONTENT[1000:2000]), href


async def test_the_prefix_without_its_slash(streams: FakeStreams, tmp_path: Path) -> None:
    async with serving(face(streams)) as port, nginx(tmp_path, port) as client:
        assert len(await walk(client, "/dav")) == len(ODD_NAMES) + 2
        assert (await client.request("PROPFIND", "/davs", headers={"Depth": "1"})).status_code == 404


async def test_kodi_lists_and_plays(streams: FakeStreams, tmp_path: Path) -> None:
    async with serving(face(streams)) as port, nginx(tmp_path, port) as client:
        for method, path, headers, body, status in (
            ("PROPFIND", "/dav/Movies/", KODI_LIST, KODI_BODY, 207),
            ("GET", "/dav/Movies/Film.mkv", {"Range": "bytes=0-"}, b"", 206),
            ("GET", "/dav/Movies/Film.mkv", {"Range": f"bytes={len(CONTENT) - 99}-"}, b"", 206),
            ("HEAD", "/dav/Movies/Film.nfo", {}, b"", 404),
        ):
            unsigned = await client.request(method, path, headers=headers, content=body, auth=httpx2.Auth())
            assert unsigned.status_code == 401
            assert unsigned.headers["dav"] == "1"
            signed = await client.request(method, path, headers=headers, content=body)
            assert signed.status_code == status
            if status == 206:
                assert CONTENT.endswith(signed.content)


async def test_a_paused_player_makes_the_proxy_fetch_nothing(streams: FakeStreams, tmp_path: Path) -> None:
    async with serving(face(streams)) as port, nginx(tmp_path, port) as client:
        async with client.stream("GET", "/dav/Movies/Big.mkv") as answer:
            chunks = answer.aiter_raw()
            taken = len(await anext(chunks))
            reader = streams.readers[0]
            await until(lambda: is_settled(reader.reads))
            assert max(reader.reads) < 64 * MIB
            while taken < 128 * MIB:
                taken += len(await anext(chunks))
        await asyncio.wait_for(reader.closed.wait(), 30)


async def is_settled(reads: list[int]) -> bool:
    """Whether nothing is read for half a second."""
    before = len(reads)
    await asyncio.sleep(0.5)
    return len(reads) == before


async def test_both_faces_of_the_real_command(start_server: StartServer, tmp_path: Path) -> None:
    user = await start_server()
    webdav, api = (int(url.rpartition(":")[2]) for url in (user.server.webdav_url, user.server.api_url))
    async with nginx(tmp_path, webdav, api) as client:
        client.auth = user.server.auth
        assert await walk(client, "/dav/") == []
        made = await client.post(
            "/api/movies", json={"title": "Film"}, headers={"Origin": str(client.base_url).rstrip("/")}
        )
        assert made.status_code == 201, made.text
        forged = {"X-Forwarded-For": "198.51.100.1"}
        for _ in range(FREE + 1):
            await client.get("/api/status", auth=("user", "guess"), headers=forged)
        assert f"Wrong credentials from {PLAYER}" in user.server.log.read_text()
