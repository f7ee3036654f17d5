"""OPTIONS, whole files, HEAD, the door, and refused writes."""

from __future__ import annotations

import base64
import re

import pytest

from tests.faces.webdav.conformance.files import BIG, BIG_SIZE, EMPTY, FILM, N
from tests.faces.webdav.conformance.site import Connection, Site
from tests.faces.webdav.library import CONTENT

UNSIGNED = {"Authorization": ""}
WRITES = ["PUT", "DELETE", "MKCOL", "COPY", "MOVE", "PROPPATCH", "LOCK", "UNLOCK", "PATCH"]
ENCODINGS = {"Accept-Encoding": "deflate, gzip, br, zstd"}


def test_options_tell_that_this_is_webdav(connection: Connection) -> None:
    for path in ("/", "/Movies/", FILM, "*"):
        answer = connection.ask("OPTIONS", path)
        assert (answer.status, answer.body, answer.closes) == (200, b"", False)
        assert answer.headers["Content-Length"] == "0"
        if path != "*":
            assert answer.headers["DAV"].startswith("1")
            assert {"OPTIONS", "GET", "HEAD", "PROPFIND"} <= set(re.split(", *", answer.headers["Allow"]))


@pytest.mark.ours
def test_options_need_no_credentials_and_name_no_writes(connection: Connection) -> None:
    for path in ("/", FILM, "/nothing", "*"):
        answer = connection.ask("OPTIONS", path, UNSIGNED)
        assert (answer.status, answer.headers["Content-Length"]) == (200, "0")
        assert answer.headers["DAV"] == "1"
        assert answer.headers["MS-Author-Via"] == "DAV"
        assert answer.headers["Allow"] == "OPTIONS, GET, HEAD, PROPFIND"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PROPFIND"])
def test_401_asks_for_basic_and_keeps_the_connection(connection: Connection, method: str) -> None:
    for _ in range(20):
        answer = connection.ask(method, FILM, UNSIGNED)
        assert (answer.status, answer.closes) == (401, False)
        assert answer.headers["WWW-Authenticate"].startswith('Basic realm="')
        assert answer.headers["Content-Length"] or method == "HEAD"
    assert connection.ask("GET", FILM).body == CONTENT


@pytest.mark.ours
def test_401_says_that_this_is_webdav(connection: Connection) -> None:
    for method in ("PROPFIND", "PUT"):
        answer = connection.ask(method, "/", UNSIGNED)
        assert (answer.status, answer.headers["DAV"], answer.headers["MS-Author-Via"]) == (401, "1", "DAV")


@pytest.mark.parametrize("path", [FILM, "/nothing", "/Movies/", "/../etc/passwd", "/%ff"])
def test_nothing_is_told_without_credentials(site: Site, path: str) -> None:
    answer = site.ask("GET", path, UNSIGNED)
    assert answer.status in {400, 401}
    assert b"mkv" not in answer.body


def test_nothing_is_told_for_wrong_credentials(site: Site) -> None:
    nobody = "Basic " + base64.b64encode(b"nobody:nothing").decode()
    for value in (nobody, "Basic !!!", "Negotiate abc"):
        assert site.ask("GET", FILM, {"Authorization": value}).status == 401


def test_the_scheme_is_basic_in_any_case(site: Site, connection: Connection) -> None:
    value = site.authorization.replace("Basic", "bAsIc")
    assert connection.ask("HEAD", FILM, {"Authorization": value}).status == 200


def test_a_whole_file(connection: Connection) -> None:
    answer = connection.ask("GET", FILM)
    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.headers["Content-Length"] == str(N)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Last-Modified"] == "Sat, 31 Jan 2026 12:00:00 GMT"
    assert answer.headers["Content-Range"] is None


@pytest.mark.parametrize("headers", [ENCODINGS, {**ENCODINGS, "Range": "bytes=0-"}, {"TE": "chunked"}])
def test_media_are_neither_compressed_nor_chunked(connection: Connection, headers: dict[str, str]) -> None:
    answer = connection.ask("GET", FILM, headers)
    assert answer.body == CONTENT
    assert answer.headers["Content-Length"] == str(N)
    assert answer.headers["Content-Encoding"] is None
    assert answer.headers["Transfer-Encoding"] is None


def test_head_is_get_without_its_body(connection: Connection) -> None:
    for path, size in ((FILM, N), (BIG, BIG_SIZE)):
        answer = connection.ask("HEAD", path)
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(size))
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.headers["ETag"]
    assert connection.ask("HEAD", EMPTY).status == 200
    assert connection.ask("GET", EMPTY).body == b""


@pytest.mark.parametrize("path", ["/", "/Movies", "/Movies/", "/Nothing%20in%20here", "/TV%20Shows/A%20Show"])
def test_head_of_a_folder_is_200(connection: Connection, path: str) -> None:
    assert connection.ask("HEAD", path).status == 200


@pytest.mark.parametrize(
    ("path", "kind"),
    [(FILM, "video/x-matroska"), ("/Movies/Film.mp4", "video/mp4")],
)
def test_media_types(connection: Connection, path: str, kind: str) -> None:
    for method in ("GET", "HEAD"):
        assert connection.ask(method, path).headers.get_content_type() == kind


@pytest.mark.ours
def test_no_file_is_html(connection: Connection) -> None:
    for path in ("/Movies/Page.html", "/Movies/Unknown.kind"):
        assert connection.ask("HEAD", path).headers["Content-Type"] == "application/octet-stream"
    assert connection.ask("HEAD", "/Movies/Film.srt").headers["Content-Type"] == "application/x-subrip"
    assert connection.ask("HEAD", EMPTY).headers["Content-Length"] == "0"


@pytest.mark.parametrize("method", WRITES)
def test_writes_are_refused_with_their_bodies(connection: Connection, method: str) -> None:
    for path in (FILM, "/Movies", "/new", "/"):
        answer = connection.ask(method, path, {"Destination": "/else", "Overwrite": "T"}, b"x" * 300_000)
        assert answer.status in {403, 405}
    assert connection.ask("GET", FILM).body == CONTENT
    assert connection.ask("HEAD", "/new").status == 404


@pytest.mark.ours
@pytest.mark.parametrize("method", [*WRITES, "POST", "TRACE", "REPORT", "MKCALENDAR", "SEARCH"])
def test_writes_are_403_on_every_path(connection: Connection, method: str) -> None:
    for path in ("/", FILM, "/new", "/Movies/new/"):
        assert connection.ask(method, path).status == 403


def test_a_refused_write_of_10_mb(connection: Connection) -> None:
    assert connection.ask("PUT", "/new.mkv", body=b"x" * 10_000_000).status in {403, 405}


@pytest.mark.ours
def test_a_refused_write_that_waits_to_send(connection: Connection) -> None:
    fields = {"Expect": "100-continue", "Content-Length": "9999"}
    connection.send(connection.head("PUT", "/new", fields))
    answer = connection.finish("PUT")
    assert (answer.status, answer.closes) == (403, True)
    assert connection.is_ended()


def test_lock_gives_no_lock(connection: Connection) -> None:
    body = (
        b'<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>'
    )
    for path in (FILM, "/new"):
        answer = connection.ask("LOCK", path, {"Timeout": "Infinite"}, body)
        assert answer.status in {403, 405}
        assert answer.headers["Lock-Token"] is None


@pytest.mark.parametrize(
    "name",
    [
        *("._Film.mkv", ".DS_Store", ".localized", ".hidden", ".Spotlight-V100", "Thumbs.db", "desktop.ini"),
        *(
            "autorun.inf",
            "folder.jpg",
            "VIDEO_TS.IFO",
            "VIDEO_TS/VIDEO_TS.IFO",
            "BDMV/index.bdmv",
            "Film.nfo",
        ),
        *("index.bdmv", ".metadata_never_index_unless_rootfs"),
    ],
)
def test_what_systems_probe_for_is_not_there(connection: Connection, name: str) -> None:
    for folder in ("/", "/Movies/"):
        for method in ("HEAD", "PROPFIND"):
            assert connection.ask(method, folder + name, {"Depth": "0"}).status == 404


@pytest.mark.ours
def test_markers_stop_spotlight_and_are_not_listed(connection: Connection) -> None:
    for path in ("/.metadata_never_index", "/.ql_disablethumbnails"):
        assert connection.ask("PROPFIND", path, {"Depth": "0"}).status == 207
        assert connection.ask("GET", path).body == b""
        assert path.encode() not in connection.ask("PROPFIND", "/", {"Depth": "1"}).body
