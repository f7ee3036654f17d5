from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.faces.webdav.app import WebDav
from momoshtrem.faces.webdav.content import Plan, opens_anew, plan_answer
from momoshtrem.faces.webdav.request import Request
from tests.faces.webdav.library import a_file, a_tree
from tests.faces.webdav.server import connect, serving
from tests.fakes.streams import FakeStreams, Script

FILE = a_file("Film.mkv", 100)


def plan(method: str = "GET", size: int = 100, **headers: str) -> tuple[Plan, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    made = plan_answer(Request(method, "/Film.mkv", named), a_file("Film.mkv", size))
    return made, dict(made.headers)


def test_conditions_go_before_the_range() -> None:
    made, _ = plan(range="bytes=200-", if_none_match='"tag-100-0"')
    assert (made.status, made.span) == (304, range(0))
    made, _ = plan(range="bytes=200-", if_match='"x"')
    assert (made.status, made.span) == (412, range(0))


def test_failed_if_range_forgives_a_bad_range() -> None:
    made, _ = plan(range="bytes=200-", if_range='"x"')
    assert (made.status, made.span) == (200, range(100))


def test_head_ignores_the_range_and_sends_nothing() -> None:
    made, headers = plan("HEAD", range="bytes=5-9")
    assert (made.status, made.span, headers["content-length"]) == (200, range(0), "100")


@pytest.mark.parametrize(
    ("headers", "anew"),
    [
        ({}, True),
        ({"range": "bytes=0-"}, True),
        ({"range": "bytes=0-1"}, True),
        ({"range": "bytes=1-"}, False),
        ({"range": "bytes=-5"}, False),
        ({"range": "bytes=200-"}, False),
        ({"range": "bytes=0-", "if_range": '"tag-100-0"'}, False),
        ({"if_match": '"tag-100-0"'}, False),
        ({"if_unmodified_since": "Sat, 31 Jan 2026 12:00:00 GMT"}, False),
        ({"if_none_match": '"tag-100-0"'}, False),
        ({"if_none_match": '"other"'}, True),
    ],
)
def test_who_opens_a_file_anew(headers: dict[str, str], anew: bool) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    for method in ("GET", "HEAD"):
        request = Request(method, "/Film.mkv", named)
        assert opens_anew(request, plan_answer(request, FILE)) is (anew and method == "GET")


async def test_who_opens_anew_gets_what_took_the_place() -> None:
    old, new = a_file("Film.mkv", 100), a_file("Film.mkv", 200)
    streams = FakeStreams(a_tree(old), {"Film.mkv": Script(bytes(200))})
    streams.replaced["Film.mkv"] = new
    async with serving(WebDav(streams)) as port, await connect(port) as client:
        for headers, status, etag in (
            ({"Range": "bytes=5-"}, 206, old.etag),
            ({"If-Range": f'"{old.etag}"', "Range": "bytes=0-"}, 206, old.etag),
            ({}, 200, new.etag),
        ):
            reply = await client.request("GET", "/Film.mkv", headers)
            assert (reply.status, reply.headers["etag"]) == (status, f'"{etag}"')


@given(st.integers(0, 120), st.integers(0, 120), st.integers(0, 100))
def test_head_tells_the_truth_about_the_span(first: int, last: int, size: int) -> None:
    made, headers = plan(size=size, range=f"bytes={first}-{last}")
    assert headers["content-length"] == str(len(made.span))
    if made.status == 206:
        assert headers["content-range"] == f"bytes {made.span[0]}-{made.span[-1]}/{size}"
    else:
        assert headers.get("content-range") == (f"bytes */{size}" if made.status == 416 else None)
