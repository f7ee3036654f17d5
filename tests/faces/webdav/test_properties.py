from __future__ import annotations

from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from momoshtrem.faces.webdav.properties import render_properties
from momoshtrem.faces.webdav.propfind import Wanted
from momoshtrem.vfs.tree import Node, folder
from tests.faces.webdav.library import MODIFIED, a_file

D = "{DAV:}"
ALL = Wanted(all_live=True)


def values(node: Node, wanted: Wanted) -> dict[str, dict[str, str]]:
    """Text by name, by status."""
    root = fromstring(f'<r xmlns:D="DAV:">{render_properties(node, wanted)}</r>')
    return {
        propstat.findtext(f"{D}status", "").removeprefix("HTTP/1.1 "): {
            element.tag.removeprefix(D): element.text or "" for element in propstat.findall(f"{D}prop/*")
        }
        for propstat in root
    }


def test_all_of_a_file() -> None:
    assert values(a_file("Film.mkv", 12), ALL) == {
        "200 OK": {
            "resourcetype": "",
            "iscollection": "0",
            "displayname": "Film.mkv",
            "getcontentlength": "12",
            "getcontenttype": "video/x-matroska",
            "getetag": '"tag-12-0"',
            "getlastmodified": "Sat, 31 Jan 2026 12:00:00 GMT",
            "creationdate": "2026-01-31T12:00:00Z",
        }
    }


def test_all_of_a_folder() -> None:
    node = folder("Movies", [a_file("a.mkv")])
    assert values(node, ALL) == {
        "200 OK": {
            "resourcetype": "",
            "iscollection": "1",
            "displayname": "Movies",
            "getcontentlength": "0",
            "getlastmodified": "Sat, 31 Jan 2026 12:00:00 GMT",
            "creationdate": "2026-01-31T12:00:00Z",
        }
    }
    assert "<D:resourcetype><D:collection/></D:resourcetype>" in render_properties(node, ALL)


def test_names_alone() -> None:
    found = values(a_file("Film.mkv"), Wanted(all_live=True, values=False))
    assert set(found["200 OK"].values()) == {""}
    assert len(found["200 OK"]) == 8


def test_missing_properties_stand_apart_and_each_name_once() -> None:
    asked = Wanted((f"{D}getetag", f"{D}displayname", "{urn:o}size", "bare", f"{D}quota"))
    assert values(folder("x", ()), asked) == {
        "200 OK": {"displayname": "x"},
        "404 Not Found": {"getetag": "", "{urn:o}size": "", "bare": "", "quota": ""},
    }
    assert list(values(folder("x", ()), Wanted(("{urn:o}size",)))) == ["404 Not Found"]
    assert values(folder("x", ()), Wanted()) == {"200 OK": {}}


def test_included_beside_everything() -> None:
    found = values(a_file("a.mkv"), Wanted((f"{D}getetag", '{u"&<}x'), all_live=True))
    assert len(found["200 OK"]) == 8
    assert found["404 Not Found"] == {'{u"&<}x': ""}


@given(st.text())
def test_any_name_is_good_xml(name: str) -> None:
    shown = values(a_file(name), Wanted((f"{D}displayname",)))["200 OK"]["displayname"]
    assert shown == name or len(shown) <= len(name)


def test_characters_that_xml_forbids_are_left_out() -> None:
    shown = values(a_file("a\x01\ud800\ufffe<&>b"), Wanted((f"{D}displayname",)))
    assert shown == {"200 OK": {"displayname": "a<&>b"}}


def test_time_is_told_to_the_second() -> None:
    assert MODIFIED.microsecond
    assert values(a_file("a"), Wanted((f"{D}creationdate",)))["200 OK"]["creationdate"].endswith(":00Z")
