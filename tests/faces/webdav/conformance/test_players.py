"""What players do, request by request, as traced with the real programs or read in their sources."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.faces.webdav.conformance.files import BIG, BIG_SIZE, FILM, N
from tests.faces.webdav.conformance.multistatus import MISSING, OK, D, propfind, read_entries
from tests.faces.webdav.conformance.replay import KODI_BODY, KODI_LIST, UNSIGNED, challenged, started
from tests.faces.webdav.conformance.site import Connection, Site
from tests.faces.webdav.library import CONTENT

MIB = 1 << 20
KODI_PROBES = [
    *("/VIDEO_TS.IFO", "/VIDEO_TS/VIDEO_TS.IFO", "/index.bdmv", "/BDMV/index.bdmv"),
    *("/INDEX.BDM", "/BDMV/INDEX.BDM", "/folder.jpg", "/Movies/Film-poster.jpg"),
]
KODI_FILE = {"Accept-Encoding": "deflate, gzip, br, zstd", "Icy-MetaData": "1"}


def test_kodi_lists_plays_seeks_and_stops(connection: Connection, site: Site) -> None:
    for probe in KODI_PROBES:
        assert challenged(connection, "HEAD", probe).status == 404
    for folder in ("/", "/odd%20%26%20ends/", "/Movies/", "/Movies/"):
        listing = challenged(connection, "PROPFIND", folder, KODI_LIST, KODI_BODY)
        assert listing.body.count(f"<D:status>{OK}</D:status>".encode()) == len(read_entries(listing))
    with site.connect() as playing, site.connect() as seeking:
        old = started(playing, BIG, {"Range": "bytes=0-", **KODI_FILE})
        tail = challenged(seeking, "GET", BIG, {"Range": f"bytes={BIG_SIZE - 131_072}-", **KODI_FILE})
        assert len(tail.body) == 131_072
        new = started(seeking, BIG, {"Range": f"bytes={BIG_SIZE // 2}-", **KODI_FILE})
        assert len(new.read(MIB)) == MIB
        assert len(old.read(MIB)) == MIB
    stopped = challenged(connection, "HEAD", FILM)
    assert (stopped.status, stopped.headers["Content-Length"]) == (200, str(N))
    assert stopped.headers.get_content_type() != "text/html"


@pytest.mark.ours
def test_kodi_gets_what_it_asks_for_in_one_part(connection: Connection) -> None:
    listing = connection.ask("PROPFIND", "/Movies/", KODI_LIST, KODI_BODY)
    assert MISSING.encode() not in listing.body


def test_vlc_3_sends_if_match_with_each_seek(site: Site) -> None:
    with site.connect() as first:
        opened = started(first, FILM, {"Range": "bytes=0-", "User-Agent": "VLC/3.0.24 LibVLC/3.0.24"})
        etag = opened.msg["ETag"]
        opened.read(82_000)
    for start in (N - 13_142, 123, N // 2):
        answer = site.ask("GET", FILM, {"Range": f"bytes={start}-", "If-Match": etag})
        assert answer.headers["Content-Range"] == f"bytes {start}-{N - 1}/{N}"
        assert answer.body == CONTENT[start:]


def test_vlc_4_knows_the_folder_itself_by_its_path(site: Site, connection: Connection) -> None:
    fields = {"Depth": "1", "Content-Length": "0", "Accept": "application/xml, text/xml"}
    for path in ("/", "/Movies/"):
        entries = read_entries(connection.ask("PROPFIND", path, fields))
        assert [entry.href for entry in entries].count(site.prefix + path) == 1
        for entry in entries[1:]:
            assert entry.is_folder or int(entry.text("getcontentlength")) >= 0


def test_mpv_and_ffmpeg_open_the_new_place_before_they_leave_the_old(site: Site) -> None:
    common = {"User-Agent": "Lavf/59", "Icy-MetaData": "1", "Connection": "close", "Accept": "*/*"}
    assert site.ask("GET", BIG, {"Range": "bytes=0-", **common, **UNSIGNED}).status == 401
    with ExitStack() as stack:
        connections = [stack.enter_context(site.connect()) for _ in range(3)]
        places = (0, BIG_SIZE - 13_142, BIG_SIZE // 2)
        first, index, seek = (
            started(connection, BIG, {"Range": f"bytes={at}-", **common})
            for connection, at in zip(connections, places, strict=True)
        )
        assert (len(index.read()), len(seek.read(MIB)), len(first.read(MIB))) == (13_142, MIB, MIB)
        assert connections[1].is_ended()


def test_ffmpeg_searches_a_transport_stream(site: Site) -> None:
    for back in (940, 3008, 7144, 15_228, 31_584, 64_000):
        with site.connect() as connection:
            part = started(connection, BIG, {"Range": f"bytes={BIG_SIZE - back}-", "Connection": "close"})
            assert part.msg["Content-Length"] == str(back)


def test_exoplayer_opens_without_a_range_and_reads_the_end_from_416(site: Site) -> None:
    fields = {"Accept-Encoding": "identity", "User-Agent": "ExoPlayerLib/2.19", "Connection": "Keep-Alive"}
    with site.connect() as connection:
        opened = connection.start("GET", FILM, fields)
        assert (opened.status, opened.msg["Content-Length"]) == (200, str(N))
        assert opened.read(50_000) == CONTENT[:50_000]
    seek = site.ask("GET", FILM, {**fields, "Range": f"bytes={N // 2}-"})
    assert (seek.status, seek.body) == (206, CONTENT[N // 2 :])
    assert site.ask("GET", FILM, {**fields, "Range": f"bytes={N}-"}).status == 416


def test_infuse_lists_and_plays(connection: Connection, site: Site) -> None:
    agent = {"User-Agent": "Infuse-Direct/8.0"}
    assert challenged(connection, "OPTIONS", "/", agent).headers["DAV"].startswith("1")
    body = propfind("<D:prop><D:resourcetype/><D:getcontentlength/><D:getlastmodified/></D:prop>")
    pending = ["/"]
    files: list[str] = []
    while pending:
        listing = connection.ask("PROPFIND", pending.pop(), {"Depth": "1", **agent}, body)
        for entry in read_entries(listing)[1:]:
            (pending if entry.is_folder else files).append(entry.href.removeprefix(site.prefix))
    assert FILM in files
    for start, stop in ((0, 65_536), (N - 65_536, N), (N // 2, N)):
        part = connection.ask("GET", FILM, {"Range": f"bytes={start}-{stop - 1}", **agent})
        assert part.body == CONTENT[start:stop]


@pytest.mark.ours
def test_infuse_tells_folders_by_iscollection(connection: Connection) -> None:
    body = propfind("<D:prop><D:iscollection/><D:resourcetype/><D:getcontentlength/></D:prop>")
    for path, told in (("/", {("1", "0")}), ("/Movies/Film.mkv", {("0", str(N))})):
        entries = read_entries(connection.ask("PROPFIND", path, {"Depth": "1"}, body))
        assert {(entry.text("iscollection"), entry.text("getcontentlength")) for entry in entries} == told
        assert not any(entry.missing for entry in entries)


def test_nplayer_signs_after_401_on_the_same_connection(connection: Connection) -> None:
    agent = {"User-Agent": "nPlayer/3.0"}
    for path in ("/", "/Movies/"):
        entries = read_entries(challenged(connection, "PROPFIND", path, {"Depth": "1", **agent}))
        assert {f"{D}resourcetype", f"{D}getlastmodified"} <= set(entries[0].found)
    assert challenged(connection, "GET", FILM, {"Range": "bytes=0-", **agent}).body == CONTENT
    assert challenged(connection, "GET", FILM, {"Range": "bytes=700000-", **agent}).body == CONTENT[-1:]
