from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.errors import InvalidInput
from momoshtrem.faces.webdav.propfind import Wanted, parse_depth, parse_wanted
from momoshtrem.vfs.tree import Node, folder
from tests.faces.webdav.library import a_file


def body(inner: str) -> bytes:
    return f'<?xml version="1.0"?><D:propfind xmlns:D="DAV:" xmlns:o="urn:o">{inner}</D:propfind>'.encode()


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        (b"", Wanted(all_live=True)),
        (body("<D:allprop/>"), Wanted(all_live=True)),
        (body("<D:propname/>"), Wanted(all_live=True, values=False)),
        (body("<D:prop/>"), Wanted()),
        (
            body("<!-- c --><D:prop><D:getetag/><o:size/><D:getetag/></D:prop>"),
            Wanted(("{DAV:}getetag", "{urn:o}size")),
        ),
        (body("<D:allprop/><D:include><o:a/></D:include>"), Wanted(("{urn:o}a",), all_live=True)),
        (body('<o:new/><D:prop><bare xmlns=""/></D:prop>'), Wanted(("bare",))),
    ],
)
def test_what_is_wanted(sent: bytes, wanted: Wanted) -> None:
    assert parse_wanted(sent) == wanted


def test_body_in_utf_16() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><propfind xmlns="DAV:"><allprop/></propfind>'
    assert parse_wanted(text.encode("utf-16")) == Wanted(all_live=True)


def test_many_properties_are_refused() -> None:
    names = "".join(f"<D:property-number-{i}/>" for i in range(500))
    with pytest.raises(InvalidInput, match="too many"):
        parse_wanted(body(f"<D:prop>{names}</D:prop>"))


def test_entities_are_refused() -> None:
    declared = b'<!DOCTYPE p [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(InvalidInput):
        parse_wanted(declared + b'<propfind xmlns="DAV:"><prop>&b;</prop></propfind>')


@given(st.binary() | st.text().map(body))
def test_no_body_breaks_the_parser(sent: bytes) -> None:
    try:
        wanted = parse_wanted(sent)
    except InvalidInput:
        return
    assert wanted.all_live or not wanted.names


@pytest.mark.parametrize(
    ("header", "node", "depth"),
    [
        (None, folder("f", ()), 1),
        (None, a_file("a.mkv"), 0),
        ("0", folder("f", ()), 0),
        (" 1 ", a_file("a.mkv"), 1),
        ("Infinity", folder("f", ()), None),
    ],
)
def test_depth(header: str | None, node: Node, depth: int | None) -> None:
    assert parse_depth(header, node) == depth


@pytest.mark.parametrize("header", ["", "2", "-1", "one", "0,1"])
def test_other_depths_are_refused(header: str) -> None:
    with pytest.raises(InvalidInput):
        parse_depth(header, folder("f", ()))
