"""What nobody should send: a clear answer, nothing told, and the next client is served."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http.client import BadStatusLine, HTTPException
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faces.webdav.conformance.files import FILM
from tests.faces.webdav.conformance.site import Answer, Connection, Site
from tests.faces.webdav.library import CONTENT

METHODS = ["GET", "HEAD", "PROPFIND"]
CLIMBS = [
    "/../etc/passwd",
    "/Movies/../../etc/passwd",
    "/..",
    "/Movies/../../..//etc/passwd",
    "/%2e%2e/etc/passwd",
    "/%2e%2e%2fetc%2fpasswd",
    "/..%2fetc/passwd",
    "/..%2Fetc%2Fpasswd",
    "/.%2e/etc/passwd",
    "/%252e%252e/etc/passwd",
    "/%252e%252e%252fetc%252fpasswd",
    "/..\\etc\\passwd",
    "/..%5cetc%5cpasswd",
    "/..;/etc/passwd",
    "/..%00/etc/passwd",
    "/..%c0%afetc/passwd",
    "/%c0%ae%c0%ae/etc/passwd",
    "/%e0%80%ae%e0%80%ae/etc/passwd",
    "/\uff0e\uff0e/etc/passwd",
    "/..%ef%bc%8fetc%ef%bc%8fpasswd",
    "/" + "../" * 40 + "etc/passwd",
    "//etc/passwd",
    "/etc/passwd",
    "/%2fetc%2fpasswd",
    "/file:///etc/passwd",
    "/.git/config",
    "/~root/",
]
NO_TEXT = ["/%ff", "/Movies/%c3", "/Movies/%c3%28", "/%ed%a0%80", "/%f8%88%80%80%80", "/Film%fe.mkv", "/%80"]
NUL = ["/a%00b", "/Movies/Film.mkv%00", "/Movies/Film.mkv%00.txt", "/%00", "/Movies%00/Film.mkv"]
SECRETS = (b"root:", b"Traceback", b"/usr/", b"site-packages", b".py")
REFUSED = {400, 403, 404, 405, 413, 414, 431, 501, 505}


@pytest.fixture(autouse=True)
def the_next_client_is_served(site: Site) -> Iterator[None]:
    yield
    assert site.ask("GET", FILM, {"Range": "bytes=0-9"}).body == CONTENT[:10]


def assert_clear(answer: Answer, statuses: set[int] = REFUSED) -> None:
    assert answer.status in statuses
    assert len(answer.body) < 4096
    assert not [secret for secret in SECRETS if secret in answer.body]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", CLIMBS)
def test_no_path_leads_out(site: Site, method: str, path: str) -> None:
    assert_clear(site.ask(method, path, {"Depth": "1"}))


@pytest.mark.ours
@pytest.mark.parametrize("path", CLIMBS)
def test_two_dots_are_a_name_that_nothing_has(site: Site, path: str) -> None:
    assert site.ask("GET", path).status in {400, 404}


@pytest.mark.ours
def test_dots_lead_nowhere_even_inside(site: Site) -> None:
    for path in ("/Movies/../Movies", "/Movies/./Film.mkv", "/Movies/%2e/Film.mkv", "/./"):
        assert site.ask("GET", path).status == 404


@pytest.mark.parametrize("path", [*NO_TEXT, *NUL])
@pytest.mark.parametrize("method", [*METHODS, "PUT"])
def test_no_text_and_nul_are_refused(site: Site, method: str, path: str) -> None:
    assert_clear(site.ask(method, path, {"Depth": "0"}))


@pytest.mark.ours
@pytest.mark.parametrize("path", [*NO_TEXT, *NUL])
@pytest.mark.parametrize("method", [*METHODS, "PUT"])
def test_no_text_and_nul_are_400(site: Site, method: str, path: str) -> None:
    assert site.ask(method, path).status == 400


@pytest.mark.parametrize("path", ["/%", "/%zz", "/%4", "/Movies/%2", "/Movies/Film.mkv%", "/%u0041"])
def test_a_percent_that_encodes_nothing(site: Site, path: str) -> None:
    assert_clear(site.ask("GET", path), {400, 404})


@pytest.mark.parametrize("path", ["/" + "a" * 100_000, "/a" * 50_000, "/%61" * 25_000, "/" * 100_000 + "x"])
@pytest.mark.parametrize("method", METHODS)
def test_a_path_of_100_kb(site: Site, method: str, path: str) -> None:
    assert_clear(site.ask(method, path, {"Depth": "0"}))


def test_a_query_of_100_kb(site: Site) -> None:
    assert site.ask("GET", f"{FILM}?{'x' * 100_000}", {"Range": "bytes=0-9"}).status in {206, 400, 414, 431}


def test_a_url_that_names_a_host(site: Site) -> None:
    for host in (f"{site.host}:{site.port}", "elsewhere:1", "elsewhere"):
        answer = site.ask("GET", f"http://{host}{site.prefix}{FILM}", {"Range": "bytes=0-9"})
        assert (answer.status, answer.body) == (206, CONTENT[:10])
    for url in ("http://elsewhere/etc/passwd", "ftp://elsewhere/x", "file:///etc/passwd"):
        assert_clear(site.ask("GET", url))


@pytest.mark.parametrize(
    "target",
    ["Movies", "*", "http://[", "http://:", "://", ".", "..", "\u00e9", "\udcff", "a b", "/x y z", "host:1"],
)
def test_a_target_that_is_no_path(site: Site, target: str) -> None:
    with contextlib.suppress(HTTPException):
        answer = site.ask("GET", target)
        assert answer.status in REFUSED | {200}
        assert not [secret for secret in SECRETS if secret in answer.body]


@pytest.mark.parametrize("path", ["/\u00e9", "/Movies/\u5343", "/\udcff"])
def test_bytes_that_should_be_encoded(site: Site, path: str) -> None:
    assert_clear(site.ask("GET", path))


@pytest.mark.parametrize(
    "headers",
    [
        {f"X-{number}": "y" * 90 for number in range(90)},
        {"Range": "bytes=0-9" + ",0-9" * 1000},
        {"If-None-Match": ", ".join(f'"{number}"' for number in range(500))},
        {"Cookie": "a=b; " * 1000},
    ],
)
def test_more_headers_than_usual(site: Site, headers: dict[str, str]) -> None:
    assert site.ask("GET", FILM, headers).status in {200, 206}


def test_a_flood_of_headers_is_refused(site: Site) -> None:
    with site.connect() as connection:
        connection.send(b"GET /Movies/Film.mkv HTTP/1.1\r\nHost: x\r\n")
        for number in range(20_000):
            connection.send(b"X-%d: %s\r\n" % (number, b"y" * 200))
        assert_refused_or_ended(connection)


@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nX: ", b"x" * 100, b"\r\n" * 100])
def test_a_head_without_end_is_refused(site: Site, start: bytes) -> None:
    with site.connect() as connection:
        connection.send(start)
        for _ in range(64):
            connection.send(b"a" * 65_536)
        assert_refused_or_ended(connection)


def assert_refused_or_ended(connection: Connection) -> None:
    """An answer may be lost when the server closes while the client still sends."""
    with contextlib.suppress(BadStatusLine, ConnectionError):
        assert_clear(connection.finish("GET"))


@pytest.mark.parametrize(
    "request_text",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /Movies/Film.mkv HTTP/1.1\r\nHost: x\r\nBad Header : y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"PROPFIND / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused(site: Site, request_text: bytes) -> None:
    with site.connect() as connection:
        connection.send(request_text)
        with contextlib.suppress(BadStatusLine, ConnectionError):
            answer = connection.finish("GET")
            assert_clear(answer, REFUSED | {401})
            assert answer.closes or answer.status == 401


def test_a_line_break_in_a_path_makes_no_header(site: Site) -> None:
    answer = site.ask("GET", "/x%0d%0aX-Injected:%20yes")
    assert_clear(answer)
    assert answer.headers["X-Injected"] is None


def test_a_body_that_never_comes_holds_nobody_up(site: Site) -> None:
    with contextlib.ExitStack() as stack:
        for method in ("PROPFIND", "PUT", "GET"):
            for _ in range(5):
                connection = stack.enter_context(site.connect())
                connection.send(connection.head(method, "/", {"Content-Length": "10000", "Depth": "0"}))
        assert site.ask("PROPFIND", "/", {"Depth": "1"}).status == 207


@settings(max_examples=60)
@given(
    path=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60),
    method=st.sampled_from(METHODS),
)
def test_any_path_has_a_clear_answer(site: Site, path: str, method: str) -> None:
    answer = site.ask(method, "/" + quote(path), {"Depth": "0"})
    assert answer.status in {200, 207, *REFUSED}
    assert not [secret for secret in SECRETS if secret in answer.body]


@settings(max_examples=60)
@given(raw=st.binary(min_size=1, max_size=60))
def test_any_bytes_as_a_path_have_a_clear_answer(site: Site, raw: bytes) -> None:
    answer = site.ask("GET", "/" + "".join(f"%{byte:02x}" for byte in raw))
    assert answer.status in {200, *REFUSED}
    assert not [secret for secret in SECRETS if secret in answer.body]
