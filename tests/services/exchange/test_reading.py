from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from momoshtrem.errors import InvalidInput
from momoshtrem.services.exchange import reading
from momoshtrem.services.exchange.reading import read

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
DOCUMENTS = st.dictionaries(st.text(max_size=5), VALUES, max_size=4)


def put_together(content: bytes) -> dict[str, Any]:
    """The document out of what was read of it."""
    found: dict[str, Any] = {}
    for key, index, value in read(io.BytesIO(content)):
        if index is None:
            found[key] = value
        else:
            items = found.setdefault(key, [])
            assert len(items) == index
            items.append(value)
    return found


@pytest.fixture(autouse=True, params=[1, 7, 2**16])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK", request.param)


@settings(max_examples=40)
@given(document=DOCUMENTS, indent=st.none() | st.integers(0, 2), plain=st.booleans())
def test_what_json_writes_is_read(document: dict[str, Any], indent: int | None, plain: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=plain)
    assert put_together(text.encode()) == document


@given(content=st.binary(max_size=60) | st.text(alphabet='{}[]":,1 \ne-', max_size=30).map(str.encode))
def test_it_takes_what_json_takes_and_nothing_else(content: bytes) -> None:
    try:
        expected = json.loads(content.decode("utf-8-sig"))
    except ValueError:
        expected = None
    if isinstance(expected, dict):
        put_together(content)
        return
    with pytest.raises(InvalidInput):
        put_together(content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"a": [1,\n2,\n,3]}', "Line 3 .*Expecting value"),
        (b'{"a": 1}\n\n x', "Line 3 .*something follows its end"),
        (b'{"a": 1,\n "b" 2}', "Line 2 .*':' is missing"),
        (b'{"a": [1 2]}', "Line 1 .*']' is missing"),
        (b"{1: 2}", "Line 1 .*a key is a text"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": \xff}', "not UTF-8"),
        (b'{"a": ' + b"[" * 100_000, "too deep"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "too long"),
    ],
)
def test_a_mistake_is_named_with_its_line(content: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        put_together(content)


def test_an_item_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ITEM", 100)
    assert put_together(b'{"a": ["%s"]}' % (b"x" * 50)) == {"a": ["x" * 50]}
    with pytest.raises(InvalidInput, match="more than 100 characters"):
        put_together(b'{"a": ["%s"]}' % (b"x" * 10_000_000))


def test_a_mark_at_the_start_is_no_mistake() -> None:
    assert put_together(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
