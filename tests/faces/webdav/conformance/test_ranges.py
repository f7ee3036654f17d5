"""Ranges of a GET (RFC 9110 section 14)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faces.webdav.conformance.files import BIG, BIG_SIZE, EMPTY, FILM, N
from tests.faces.webdav.conformance.site import Connection, Site
from tests.faces.webdav.library import CONTENT

OFFSETS = st.integers(0, N + 10) | st.sampled_from([0, 1, N - 1, N, N + 1, 1 << 31, 1 << 32, 1 << 62])
SOME = settings(max_examples=40)


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-", 0, N),
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=300000-", 300_000, N),
        (f"bytes={N - 1}-", N - 1, N),
        (f"bytes={N - 1}-{N - 1}", N - 1, N),
        (f"bytes=0-{N - 1}", 0, N),
        (f"bytes={N - 5}-{N}", N - 5, N),
        (f"bytes={N - 5}-{N + 5}", N - 5, N),
        ("bytes=0-99999999999999", 0, N),
        ("bytes=-1", N - 1, N),
        ("bytes=-500", N - 500, N),
        (f"bytes=-{N}", 0, N),
        (f"bytes=-{N + 1}", 0, N),
        ("bytes=00100-00199", 100, 200),
    ],
)
def test_a_part_is_206_cut_to_the_file(connection: Connection, header: str, start: int, stop: int) -> None:
    answer = connection.ask("GET", FILM, {"Range": header})
    assert answer.status == 206
    assert answer.body == CONTENT[start:stop]
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{N}"
    assert answer.headers["Content-Length"] == str(stop - start)
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.ours
@pytest.mark.parametrize("header", ["BYTES=1-2", "bytes = 1 - 2", "bytes=1-2 "])
def test_a_range_with_blanks_or_capitals_counts(connection: Connection, header: str) -> None:
    assert connection.ask("GET", FILM, {"Range": header}).body == CONTENT[1:3]


@pytest.mark.parametrize(
    "header", [f"bytes={N}-", f"bytes={N}-{N}", f"bytes={N + 1}-{N + 9}", "bytes=99999999999-"]
)
def test_a_start_past_the_end_is_416(connection: Connection, header: str) -> None:
    assert connection.ask("GET", FILM, {"Range": header}).status == 416
    assert connection.ask("GET", FILM, {"Range": "bytes=0-9"}).body == CONTENT[:10]


@pytest.mark.ours
@pytest.mark.parametrize("header", [f"bytes={N}-", f"bytes={10**29}-{10**29}", "bytes=-0"])
def test_416_tells_the_size(connection: Connection, header: str) -> None:
    answer = connection.ask("GET", FILM, {"Range": header})
    assert (answer.status, answer.headers["Content-Range"], answer.body) == (416, f"bytes */{N}", b"")


@pytest.mark.parametrize(
    "header",
    [
        "bytes=5-1",
        "bytes=-",
        "bytes=",
        "bytes",
        "bytes=a-b",
        "items=0-1",
        "bytes 0-1",
        "bytes=1--2",
        "=",
        "x",
    ],
)
def test_an_unreadable_range_is_ignored(connection: Connection, header: str) -> None:
    answer = connection.ask("GET", FILM, {"Range": header})
    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.headers["Content-Range"] is None


@pytest.mark.ours
@pytest.mark.parametrize(
    "header", ["bytes=0x1-", "bytes=+1-", "bytes=1_0-", "bytes=1-2;3", "bytes=" + "9" * 5000]
)
def test_what_only_looks_like_a_range_is_ignored(connection: Connection, header: str) -> None:
    assert connection.ask("GET", FILM, {"Range": header}).body == CONTENT


def test_several_ranges_give_all_of_them_or_the_whole_file(connection: Connection) -> None:
    answer = connection.ask("GET", FILM, {"Range": "bytes=0-0,5-9"})
    if answer.status == 206:
        assert answer.headers.get_content_type() == "multipart/byteranges"
        assert CONTENT[5:10] in answer.body
    else:
        assert (answer.status, answer.body) == (200, CONTENT)


@pytest.mark.ours
@pytest.mark.parametrize("header", ["bytes=0-0,5-9", "bytes=0-0, -1", ["bytes=0-0", "bytes=5-9"]])
def test_several_ranges_are_the_whole_file(connection: Connection, header: str | list[str]) -> None:
    answer = connection.ask("GET", FILM, {"Range": header})
    assert (answer.status, answer.body) == (200, CONTENT)


def test_many_overlapping_ranges_do_not_multiply_the_file(connection: Connection) -> None:
    answer = connection.ask("GET", FILM, {"Range": "bytes=" + ",".join(["0-"] * 500)})
    assert answer.status in {200, 206, 400, 416}
    assert len(answer.body) <= N + 4096


@pytest.mark.ours
def test_an_empty_file_has_no_ranges(connection: Connection) -> None:
    for header in ("bytes=-5", "bytes=x"):
        answer = connection.ask("GET", EMPTY, {"Range": header})
        assert (answer.status, answer.body) == (200, b"")
    assert connection.ask("GET", EMPTY, {"Range": "bytes=0-"}).status == 416


@pytest.mark.ours
def test_a_range_of_head_is_ignored(connection: Connection) -> None:
    for header in ("bytes=5-9", f"bytes={N}-"):
        answer = connection.ask("HEAD", FILM, {"Range": header})
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(N))


def test_offsets_beyond_32_bits(connection: Connection) -> None:
    for start in ((1 << 31) - 1, 1 << 31, (1 << 32) + 1, BIG_SIZE - 10):
        answer = connection.ask("GET", BIG, {"Range": f"bytes={start}-{start + 9}"})
        assert answer.headers["Content-Range"] == f"bytes {start}-{start + 9}/{BIG_SIZE}"
        assert answer.body == bytes(10)


@SOME
@given(first=OFFSETS, last=OFFSETS)
def test_any_closed_range_is_a_slice(site: Site, first: int, last: int) -> None:
    answer = site.ask("GET", FILM, {"Range": f"bytes={first}-{last}"})
    if last < first:
        assert (answer.status, answer.body) == (200, CONTENT)
    elif first >= N:
        assert answer.status == 416
    else:
        assert (answer.status, answer.body) == (206, CONTENT[first : last + 1])
        assert answer.headers["Content-Range"] == f"bytes {first}-{min(last, N - 1)}/{N}"


@SOME
@given(length=st.integers(1, N + 10))
def test_any_suffix_is_a_slice(site: Site, length: int) -> None:
    answer = site.ask("GET", FILM, {"Range": f"bytes=-{length}"})
    assert (answer.status, answer.body) == (206, CONTENT[-length:])


@SOME
@given(header=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_any_header_gives_a_part_the_whole_or_416(site: Site, header: str) -> None:
    answer = site.ask("GET", FILM, {"Range": f"bytes={header}"})
    assert answer.status in {200, 206, 416}
    if answer.status == 200:
        assert answer.body == CONTENT
