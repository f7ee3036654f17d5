"""What a folder and a file tell of themselves (RFC 4918 sections 9.1 and 15)."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from defusedxml.ElementTree import fromstring

from tests.faces.webdav.conformance.files import BIG, BIG_SIZE, EMPTY, FILES, FILM, N
from tests.faces.webdav.conformance.multistatus import OK, D, Entry, asking, read_entries
from tests.faces.webdav.conformance.site import Connection, Site

DATE = "Sat, 31 Jan 2026 12:00:00 GMT"
FOLDERS = ["/", "/Movies", "/Movies/", "/TV%20Shows/A%20Show", "/odd%20%26%20ends/", "/Nothing%20in%20here"]


def listed(connection: Connection, path: str) -> list[Entry]:
    return read_entries(connection.ask("PROPFIND", path, {"Depth": "1"}))


@pytest.mark.parametrize("path", FOLDERS)
def test_the_folder_itself_comes_first_with_a_slash(site: Site, connection: Connection, path: str) -> None:
    first, *rest = listed(connection, path)
    assert first.path == Entry(f"{site.prefix}{path.rstrip('/')}/", {}).path
    assert first.is_folder
    assert all(entry.path.startswith(first.path) for entry in rest)
    assert first.href not in [entry.href for entry in rest]


@pytest.mark.parametrize("path", FOLDERS)
def test_hrefs_are_encoded_paths_that_end_in_a_slash_for_folders_only(
    connection: Connection, path: str
) -> None:
    for entry in listed(connection, path):
        assert re.fullmatch(r"/[!-~]*", entry.href)
        assert entry.href.endswith("/") == entry.is_folder


def test_every_folder_and_file_is_listed_once(site: Site, connection: Connection) -> None:
    pending = ["/"]
    files: list[str] = []
    while pending:
        for entry in listed(connection, pending.pop())[1:]:
            place = entry.href.removeprefix(site.prefix)
            (pending if entry.is_folder else files).append(place)
    assert sorted(Entry(href, {}).path for href in files) == sorted([*FILES, BIG])


@pytest.mark.ours
@pytest.mark.parametrize("path", FOLDERS)
def test_all_but_unreserved_characters_are_encoded(connection: Connection, path: str) -> None:
    for entry in listed(connection, path):
        assert entry.href == quote(entry.path)
        assert not set("&+;=,:@'()[]!") & set(entry.href)


@pytest.mark.ours
def test_the_prefix_is_a_capital_d_bound_once(connection: Connection) -> None:
    for body in (b"", asking("getetag", "quota")):
        text = connection.ask("PROPFIND", "/Movies", {"Depth": "1"}, body).body.decode()
        assert text.count("xmlns") == 1
        assert '<D:multistatus xmlns:D="DAV:">' in text
        assert set(re.findall(r"</?([^\s/>?]+)", text.partition("?>")[2])) <= {
            f"D:{name}"
            for name in (
                *("multistatus", "response", "href", "propstat", "prop", "status", "collection"),
                *("resourcetype", "iscollection", "displayname", "getcontentlength", "getcontenttype"),
                *("getetag", "getlastmodified", "creationdate", "quota"),
            )
        }


@pytest.mark.parametrize("path", ["/Movies", "/TV%20Shows/A%20Show/Season%2001", FILM])
def test_the_slash_makes_no_difference(connection: Connection, path: str) -> None:
    if path != FILM:
        for method, headers in (("PROPFIND", {"Depth": "1"}), ("GET", {}), ("HEAD", {})):
            answers = [connection.ask(method, path + slash, headers) for slash in ("", "/")]
            assert [answer.status for answer in answers] == [207 if method == "PROPFIND" else 200] * 2
        assert [entry.href for entry in listed(connection, path)] == [
            entry.href for entry in listed(connection, f"{path}/")
        ]
    assert not listed(connection, FILM)[0].href.endswith("/")


def test_the_status_line_is_the_one_that_kodi_compares(connection: Connection) -> None:
    text = connection.ask("PROPFIND", "/Movies/", {"Depth": "1"}).body
    entries = listed(connection, "/Movies/")
    assert text.count(f"<D:status>{OK}</D:status>".encode()) == len(entries)


def test_each_entry_says_whether_it_is_a_folder(connection: Connection) -> None:
    for body in (b"", asking("resourcetype")):
        entries = read_entries(connection.ask("PROPFIND", "/", {"Depth": "1"}, body))
        assert all(entry.is_folder for entry in entries)
        entries = read_entries(connection.ask("PROPFIND", "/Movies", {"Depth": "1"}, body))[1:]
        assert [len(entry.found[f"{D}resourcetype"]) for entry in entries] == [0] * 7


@pytest.mark.ours
def test_iscollection_says_it_again(connection: Connection) -> None:
    first, *files = listed(connection, "/Movies")
    assert [first.text("iscollection"), first.text("getcontentlength")] == ["1", "0"]
    assert {entry.text("iscollection") for entry in files} == {"0"}


@pytest.mark.ours
def test_the_name_shown_is_the_last_segment(connection: Connection) -> None:
    for folder in FOLDERS:
        for entry in listed(connection, folder)[1:]:
            name = entry.path.rstrip("/").rpartition("/")[2]
            assert entry.text("displayname") == re.sub("[\x00-\x1f]", "", name)


def test_sizes_are_exact(connection: Connection) -> None:
    for path, size in ((FILM, N), (EMPTY, 0), (BIG, BIG_SIZE)):
        [entry] = read_entries(connection.ask("PROPFIND", path, {"Depth": "0"}, asking("getcontentlength")))
        assert entry.text("getcontentlength") == str(size)


def test_dates_are_those_of_the_bytes(connection: Connection) -> None:
    for entry in listed(connection, "/Movies"):
        assert entry.text("getlastmodified") == DATE
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.text("creationdate"))


def test_one_strong_tag_everywhere(site: Site, connection: Connection) -> None:
    [entry] = read_entries(connection.ask("PROPFIND", FILM, {"Depth": "0"}, asking("getetag")))
    in_listing = {each.path: each for each in listed(connection, "/Movies")}[site.prefix + FILM]
    answers = [
        connection.ask("GET", FILM),
        connection.ask("HEAD", FILM),
        connection.ask("GET", FILM, {"Range": "bytes=0-"}),
        connection.ask("GET", FILM, {"If-None-Match": "*"}),
    ]
    tags = {entry.text("getetag"), in_listing.text("getetag"), *(each.headers["ETag"] for each in answers)}
    assert len(tags) == 1
    assert re.fullmatch(r'"[!#-~]+"', tags.pop())


def test_different_files_have_different_tags(connection: Connection) -> None:
    tags = [each.text("getetag") for each in listed(connection, "/odd%20&%20ends") if not each.is_folder]
    assert len(set(tags)) == len(tags) > 20


@pytest.mark.ours
def test_no_quota_is_told(connection: Connection) -> None:
    quota = ["quota", "quotaused", "quota-available-bytes", "quota-used-bytes"]
    for path in ("/", FILM):
        [entry] = read_entries(connection.ask("PROPFIND", path, {"Depth": "0"}, asking(*quota)))
        assert (entry.found, set(entry.missing)) == ({}, {D + name for name in quota})
        everything = fromstring(connection.ask("PROPFIND", path, {"Depth": "0"}).body)
        assert not [element.tag for element in everything.iter() if "quota" in element.tag]


@pytest.mark.ours
def test_2000_entries_stay_below_the_limit_of_windows(connection: Connection) -> None:
    """A listing over 1,000,000 bytes is refused there; what Windows asks for is everything."""
    answer = connection.ask("PROPFIND", "/Movies", {"Depth": "1"})
    entries = read_entries(answer)
    assert 2000 * len(answer.body) / len(entries) < 1_000_000


def test_a_missing_path_is_a_plain_404(connection: Connection) -> None:
    for path in ("/nothing", "/Movies/nothing.mkv", "/Movies/nothing/", "/nothing/below", "/Movies/Film"):
        for method in ("PROPFIND", "GET", "HEAD"):
            assert connection.ask(method, path, {"Depth": "0"}).status == 404


@pytest.mark.ours
def test_below_a_file_is_nothing(connection: Connection) -> None:
    for method in ("PROPFIND", "GET", "HEAD"):
        assert connection.ask(method, f"{FILM}/below", {"Depth": "0"}).status == 404


@pytest.mark.ours
def test_folders_are_pages_for_browsers(connection: Connection) -> None:
    for path in FOLDERS:
        page = connection.ask("GET", path, {"Range": "bytes=0-1"})
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert connection.ask("HEAD", path).headers["Content-Length"] == str(len(page.body))
