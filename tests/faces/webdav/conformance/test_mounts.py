"""What drives and file managers do, as traced with the real programs or read in their sources."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.faces.webdav.conformance.files import BIG, BIG_SIZE, FILM, N
from tests.faces.webdav.conformance.multistatus import D, asking, propfind, read_entries
from tests.faces.webdav.conformance.replay import UNSIGNED, challenged
from tests.faces.webdav.conformance.site import Connection, Site
from tests.faces.webdav.library import CONTENT

EXECUTABLE = '<executable xmlns="http://apache.org/dav/props/"/>'
MAC_ASKS = asking("getlastmodified", "getcontentlength", "creationdate", "resourcetype")
MAC_QUOTA = asking("quota-available-bytes", "quota-used-bytes", "quota", "quotaused")
MAC_PROBES = ["/._.", "/.DS_Store", "/Movies/._Film.mkv", "/.hidden", "/.Spotlight-V100", "/mach_kernel"]
GVFS_ASKS = asking(
    *("creationdate", "displayname", "getcontentlength", "getcontenttype", "getetag", "getlastmodified"),
    "resourcetype",
)
WINDOWS = {
    "User-Agent": "Microsoft-WebDAV-MiniRedir/10.0.19045",
    "Translate": "f",
    "Connection": "Keep-Alive",
}
WIN32 = propfind(
    "<D:prop><D:resourcetype/><D:getcontentlength/><D:getlastmodified/><D:creationdate/><D:displayname/>"
    '<Win32FileAttributes xmlns="urn:schemas-microsoft-com:"/>'
    '<Win32LastModifiedTime xmlns="urn:schemas-microsoft-com:"/></D:prop>'
)


def test_finder_mounts_lists_and_probes(connection: Connection) -> None:
    for agent in ("WebDAVLib/1.3", "WebDAVFS/3.0.0 (03008000) Darwin/24.0.0"):
        mounted = challenged(connection, "OPTIONS", "/", {"User-Agent": agent, "Accept": "*/*"})
        assert (mounted.status, mounted.headers["DAV"][0]) == (200, "1")
    [root] = read_entries(challenged(connection, "PROPFIND", "/", {"Depth": "0"}, MAC_ASKS))
    assert {f"{D}resourcetype", f"{D}getlastmodified", f"{D}creationdate"} <= set(root.found)
    assert connection.ask("PROPFIND", "/", {"Depth": "0"}, MAC_QUOTA).status == 207
    for folder in ("/", "/Movies/"):
        first, *_ = read_entries(connection.ask("PROPFIND", folder, {"Depth": "1"}, MAC_ASKS))
        assert first.path.endswith(folder)
    for probe in MAC_PROBES:
        assert connection.ask("PROPFIND", probe, {"Depth": "0"}, MAC_ASKS).status == 404


@pytest.mark.ours
def test_finder_mounts_read_only_and_without_quota(connection: Connection) -> None:
    mounted = connection.ask("OPTIONS", "/", {"User-Agent": "WebDAVLib/1.3", **UNSIGNED})
    assert mounted.headers["DAV"] == "1"
    [root] = read_entries(connection.ask("PROPFIND", "/", {"Depth": "0"}, MAC_QUOTA))
    assert (root.found, len(root.missing)) == ({}, 4)
    assert connection.ask("LOCK", FILM, body=b"<lockinfo/>").status == 403


def test_finder_reads_ahead_of_its_download(connection: Connection, site: Site) -> None:
    """It loads the whole file, reads what is far ahead by ranges, and opens it again by its date."""
    with site.connect() as download:
        whole = download.start("GET", FILM)
        date = whole.msg["Last-Modified"]
        for start in (N - 4096, N // 2):
            fields = {"Range": f"bytes={start}-{start + 4095}", "If-Range": date}
            part = connection.ask("GET", FILM, fields)
            assert (part.status, part.body) == (206, CONTENT[start : start + 4096])
        assert whole.read() == CONTENT
    body = asking("getlastmodified", "getetag")
    [entry] = read_entries(connection.ask("PROPFIND", FILM, {"Depth": "0"}, body))
    assert entry.text("getlastmodified") == date
    assert connection.ask("GET", FILM, {"If-Modified-Since": date}).status == 304


def test_windows_maps_a_drive_and_copies_a_file(connection: Connection) -> None:
    assert challenged(connection, "OPTIONS", "/", WINDOWS).status == 200
    for path in ("/", "/TV%20Shows", "/TV%20Shows/A%20Show", "/TV%20Shows/A%20Show/Season%2001"):
        for body in (b"", WIN32):
            [entry] = read_entries(challenged(connection, "PROPFIND", path, {**WINDOWS, "Depth": "0"}, body))
            assert entry.is_folder
    for path in ("/", "/Movies"):
        assert len(read_entries(connection.ask("PROPFIND", path, {**WINDOWS, "Depth": "1"}, WIN32))) > 1
    for probe in ("/desktop.ini", "/Movies/Thumbs.db", "/AutoRun.inf", "/Movies/folder.jpg", "/nothing"):
        assert connection.ask("PROPFIND", probe, {**WINDOWS, "Depth": "0"}).status == 404
    assert connection.ask("GET", FILM, WINDOWS).body == CONTENT


def test_rclone_lists_copies_and_mounts(connection: Connection, site: Site) -> None:
    for path in (FILM, "/Movies", "/Movies/"):
        assert connection.ask("PROPFIND", path, {"Depth": "1"}).status == 207
    part = connection.ask("GET", FILM, {"Range": "bytes=7000-7099", "Depth": "0"})
    assert part.body == CONTENT[7000:7100]
    quarter = N // 4 + 1
    with ExitStack() as stack:
        connections = [stack.enter_context(site.connect()) for _ in range(4)]
        for number, each in enumerate(connections):
            start = number * quarter
            each.send(each.head("GET", FILM, {"Range": f"bytes={start}-{min(start + quarter, N) - 1}"}))
        assert b"".join(each.finish("GET").body for each in connections) == CONTENT
    mount = connection.ask("GET", FILM, {"Range": "bytes=0-134217727"})
    assert (mount.status, mount.body) == (206, CONTENT)


@pytest.mark.ours
def test_rclone_about_finds_no_quota(connection: Connection) -> None:
    body = asking("quota-available-bytes", "quota-used-bytes")
    [entry] = read_entries(connection.ask("PROPFIND", "/", {"Depth": "0"}, body))
    assert (entry.found, len(entry.missing)) == ({}, 2)


def test_gvfs_mounts_and_jumps(connection: Connection, site: Site) -> None:
    agent = {"User-Agent": "gvfs/1.50.3"}
    assert challenged(connection, "OPTIONS", "/", agent).headers["DAV"]
    assert challenged(connection, "PROPFIND", "/", {**agent, "Depth": "1"}, GVFS_ASKS).status == 207
    for _ in range(3):
        [entry] = read_entries(connection.ask("PROPFIND", BIG, {**agent, "Depth": "0"}, GVFS_ASKS))
        assert entry.text("getcontentlength") == str(BIG_SIZE)
    with site.connect() as dropped:
        assert len(dropped.start("GET", BIG, agent).read(8192)) == 8192
    with site.connect() as jumped:
        part = jumped.start("GET", BIG, {**agent, "Range": f"bytes={BIG_SIZE - 9000}-"})
        assert len(part.read()) == 9000


def test_davfs2_and_cadaver_mount_and_read(connection: Connection) -> None:
    assert challenged(connection, "OPTIONS", "/", {"User-Agent": "davfs2/1.6.1 neon/0.32.5"}).headers["DAV"]
    asks = propfind(
        "<D:prop><D:resourcetype/><D:getcontentlength/><D:getetag/><D:getlastmodified/>"
        f"{EXECUTABLE}<D:checked-in/><D:checked-out/></D:prop>"
    )
    for path in ("/", "/Movies/"):
        for depth in ("0", "1"):
            listing = challenged(connection, "PROPFIND", path, {"Depth": depth}, asks)
            entries = read_entries(listing)
            assert all(f"{D}checked-in" in entry.missing for entry in entries)
    assert connection.ask("GET", FILM).body == CONTENT
    for method in ("PUT", "MKCOL", "LOCK", "DELETE", "MOVE"):
        assert connection.ask(method, "/new").status in {403, 405}


def test_npm_webdav_looks_for_everything_below(connection: Connection) -> None:
    assert (
        connection.ask("PROPFIND", "/", {"Depth": "1", "Accept": "text/plain,application/xml"}).status == 207
    )
    assert connection.ask("PROPFIND", "/", {"Depth": "infinity"}).status == 403
    assert connection.ask("PROPFIND", "/nope", {"Depth": "0"}).status == 404
    assert connection.ask("GET", FILM, {"Range": "bytes=7000-7999"}).body == CONTENT[7000:8000]


@pytest.mark.ours
def test_python_clients_name_no_depth(connection: Connection) -> None:
    assert len(read_entries(connection.ask("PROPFIND", FILM))) == 1
    assert len(read_entries(connection.ask("PROPFIND", "/Movies"))) > 1
    with_length = connection.ask("PROPFIND", FILM, {"Content-Length": "0"})
    assert read_entries(with_length)[0].text("getcontentlength") == str(N)


def test_wget_resumes_and_lftp_reads_in_parallel(connection: Connection, site: Site) -> None:
    resumed = challenged(connection, "GET", FILM, {"Range": "bytes=500000-", "Accept-Encoding": "identity"})
    assert (resumed.status, resumed.body) == (206, CONTENT[500_000:])
    assert challenged(connection, "HEAD", "/").status == 200
    page = challenged(connection, "GET", "/Movies/")
    assert b"Film.mkv" in page.body
    with site.connect() as first, site.connect() as second:
        first.send(first.head("GET", FILM, {"Range": "bytes=0-349999"}))
        second.send(second.head("GET", FILM, {"Range": f"bytes=350000-{N - 1}"}))
        assert second.finish("GET").body + first.finish("GET").body == CONTENT[350_000:] + CONTENT[:350_000]
