from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.errors import InvalidInput
from momoshtrem.faces.http import Message, Receive
from momoshtrem.faces.webdav.request import (
    ClientGone,
    Request,
    decode_path,
    encode_name,
    read_body,
    read_request,
)

names = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1)


@given(st.lists(names))
def test_href_decodes_to_the_path(segments: list[str]) -> None:
    request = Request("GET", "/" + "/".join(segments), {})
    assert request.segments == segments
    assert request.href.isascii()
    assert decode_path(request.href.encode()) == ("/" + "/".join(segments) if segments else "")


@given(st.binary())
def test_path_is_text_or_refused(raw: bytes) -> None:
    try:
        path = decode_path(raw)
    except InvalidInput:
        return
    assert "\0" not in path
    assert path == path.encode().decode()


def test_path_is_decoded_once() -> None:
    assert decode_path(b"/a%2520b+c%zz%") == "/a%20b+c%zz%"


def test_only_unreserved_characters_stay() -> None:
    assert encode_name("Az09-._~ &+;=,:@'()[]!%\ud800") == (
        "Az09-._~%20%26%2B%3B%3D%2C%3A%40%27%28%29%5B%5D%21%25%3F"
    )


def test_repeated_header_is_one_list() -> None:
    headers = [(b"if-match", b'"a"'), (b"range", b"bytes=0-"), (b"if-match", b'"b"')]
    request = read_request({"method": "GET", "raw_path": b"/x", "headers": headers})
    assert request == Request("GET", "/x", {"if-match": '"a", "b"', "range": "bytes=0-"})


@pytest.mark.parametrize(
    ("raw_path", "path", "href"),
    [(b"/dav", "", "/dav"), (b"/dav/", "/", "/dav"), (b"/dav/a", "/a", "/dav/a")],
)
def test_the_prefix_of_a_proxy_is_in_the_href_only(raw_path: bytes, path: str, href: str) -> None:
    request = read_request({"method": "GET", "raw_path": raw_path, "headers": [], "root_path": "/dav"})
    assert (request.path, request.href) == (path, href)


def receiving(messages: Iterable[Message]) -> Receive:
    left = iter(messages)

    async def receive() -> Message:
        return next(left)

    return receive


def part(body: bytes, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_body_is_joined() -> None:
    assert await read_body(receiving([part(b"ab", True), part(b"c", False)]), 3) == b"abc"


async def test_body_over_the_limit_is_not_read_on() -> None:
    assert await read_body(receiving([part(b"ab", True), part(b"cd", True)]), 3) is None


async def test_client_that_leaves_before_its_body_ends() -> None:
    with pytest.raises(ClientGone):
        await read_body(receiving([part(b"ab", True), {"type": "http.disconnect"}]), 3)
