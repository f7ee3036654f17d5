from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.faces.webdav.content import Plan, plan_answer
from momoshtrem.faces.webdav.request import Request
from tests.faces.webdav.library import a_file

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


@given(st.integers(0, 120), st.integers(0, 120), st.integers(0, 100))
def test_head_tells_the_truth_about_the_span(first: int, last: int, size: int) -> None:
    made, headers = plan(size=size, range=f"bytes={first}-{last}")
    assert headers["content-length"] == str(len(made.span))
    if made.status == 206:
        assert headers["content-range"] == f"bytes {made.span[0]}-{made.span[-1]}/{size}"
    else:
        assert headers.get("content-range") == (f"bytes */{size}" if made.status == 416 else None)
