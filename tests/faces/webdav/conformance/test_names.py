"""Names with every character, and the ways in which clients write them."""

from __future__ import annotations

import unicodedata
from typing import Literal
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faces.webdav.conformance.files import BOTH_FORMS, FILM, ODD_FOLDER, ODD_NAMES
from tests.faces.webdav.conformance.multistatus import Entry, read_entries
from tests.faces.webdav.conformance.site import Connection, Site
from tests.faces.webdav.library import CONTENT

LEFT_BARE = "/&+;=,:@'()!~$*"
"""What clients leave as it is, beside letters and digits: rclone most of it, curl all."""


def listed(connection: Connection) -> dict[str, Entry]:
    """The odd files by name."""
    answer = connection.ask("PROPFIND", quote(ODD_FOLDER), {"Depth": "1"})
    return {entry.path.rpartition("/")[2]: entry for entry in read_entries(answer)[1:]}


def test_all_names_are_listed_as_they_are(connection: Connection) -> None:
    assert sorted(listed(connection)) == sorted(ODD_NAMES)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_each_href_leads_to_its_file(site: Site, connection: Connection, name: str) -> None:
    href = listed(connection)[name].href
    target = href.removeprefix(site.prefix)
    assert connection.ask("GET", target).body == name.encode()
    assert connection.ask("GET", target, {"Range": "bytes=1-2"}).body == name.encode()[1:3]
    assert connection.ask("HEAD", target).headers["Content-Length"] == str(len(name.encode()))
    [alone] = read_entries(connection.ask("PROPFIND", target, {"Depth": "0"}))
    assert alone.href == href
    [alone] = read_entries(connection.ask("PROPFIND", target, {"Depth": "1"}))
    assert alone.href == href


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("safe", ["", LEFT_BARE])
def test_a_name_is_found_however_much_of_it_is_encoded(connection: Connection, name: str, safe: str) -> None:
    for path in (quote(f"{ODD_FOLDER}/{name}", safe=f"/{safe}"), quote(ODD_FOLDER) + "/" + lower(name)):
        assert connection.ask("GET", path).body == name.encode()


def lower(name: str) -> str:
    """All of a name encoded, with small digits."""
    return "".join(f"%{byte:02x}" for byte in name.encode())


@settings(max_examples=40)
@given(encoded=st.lists(st.booleans(), min_size=len(FILM) - 1, max_size=len(FILM) - 1))
def test_any_letter_may_be_encoded(site: Site, encoded: list[bool]) -> None:
    letters = zip(FILM[1:], encoded, strict=True)
    path = "/" + "".join(f"%{ord(c):02X}" if is_encoded and c != "/" else c for c, is_encoded in letters)
    assert site.ask("GET", path, {"Range": "bytes=0-9"}).body == CONTENT[:10]


def test_a_path_is_decoded_once(connection: Connection) -> None:
    assert connection.ask("GET", "/odd%20&%20ends/a%2520b.mkv").body == b"a%20b.mkv"
    assert connection.ask("GET", "/odd%20&%20ends/a%20b.mkv").body == b"a b.mkv"
    assert connection.ask("GET", "/odd%20&%20ends/a%252520b.mkv").status == 404
    assert connection.ask("GET", "/odd%20&%20ends/a%2Bb%20c.mkv").body == b"a+b c.mkv"
    assert connection.ask("GET", "/odd%20&%20ends/a+b+c.mkv").status == 404


def test_a_query_is_no_part_of_the_path(connection: Connection) -> None:
    assert connection.ask("GET", f"{FILM}?x=/y&z=%2F", {"Range": "bytes=0-9"}).body == CONTENT[:10]
    assert connection.ask("GET", f"{FILM}?", {"Range": "bytes=0-9"}).body == CONTENT[:10]
    assert connection.ask("GET", f"{FILM}%3Fx").status == 404


def test_two_forms_of_one_name_are_two_files(connection: Connection) -> None:
    for name in BOTH_FORMS:
        assert connection.ask("GET", quote(f"{ODD_FOLDER}/{name}")).body == name.encode()


@pytest.mark.ours
@pytest.mark.parametrize("form", ["NFD", "NFKD"])
def test_a_name_is_found_in_another_normal_form(connection: Connection, form: Literal["NFD", "NFKD"]) -> None:
    """macOS asks in NFD, and knows the entry of what it asked for by the length of its href."""
    name = "Am\u00e9lie \u00d1.mkv"
    other = unicodedata.normalize(form, name)
    assert other != name
    path = quote(f"{ODD_FOLDER}/{other}")
    assert connection.ask("GET", path).body == name.encode()
    [entry] = read_entries(connection.ask("PROPFIND", path, {"Depth": "0"}))
    assert entry.href.endswith(path)


@pytest.mark.ours
def test_empty_segments_count_for_nothing(connection: Connection) -> None:
    for path in ("//Movies//Film.mkv", "/Movies///Film.mkv", "///Movies/Film.mkv"):
        assert connection.ask("GET", path, {"Range": "bytes=0-9"}).body == CONTENT[:10]
