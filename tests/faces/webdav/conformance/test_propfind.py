"""The bodies and depths of PROPFIND (RFC 4918 section 9.1)."""

from __future__ import annotations

import pytest
from defusedxml.ElementTree import fromstring

from tests.faces.webdav.conformance.files import EMPTY_FOLDER, FILM, N
from tests.faces.webdav.conformance.multistatus import D, asking, propfind, read_entries
from tests.faces.webdav.conformance.site import Connection, Site

SIZE = '<propfind xmlns="DAV:"><prop><getcontentlength/></prop></propfind>'
BOMB = b"""<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]>
<propfind xmlns="DAV:"><prop><getetag>&e;</getetag></prop></propfind>"""


def names(connection: Connection, path: str, body: bytes) -> set[str]:
    """The names in the good part of the answer to a body."""
    return set(read_entries(connection.ask("PROPFIND", path, {"Depth": "0"}, body))[0].found)


@pytest.mark.parametrize("path", [FILM, "/Movies"])
def test_no_body_asks_for_everything(connection: Connection, path: str) -> None:
    found = names(connection, path, b"")
    assert {f"{D}resourcetype", f"{D}getlastmodified", f"{D}creationdate"} <= found
    assert found == names(connection, path, propfind("<D:allprop/>"))


def test_prop_gives_what_is_asked_and_nothing_more(connection: Connection) -> None:
    asked = asking("getetag", "getcontentlength", "resourcetype")
    assert names(connection, FILM, asked) == {f"{D}getetag", f"{D}getcontentlength", f"{D}resourcetype"}


def test_propname_gives_names_without_values(connection: Connection) -> None:
    [entry] = read_entries(connection.ask("PROPFIND", FILM, {"Depth": "0"}, propfind("<D:propname/>")))
    assert {f"{D}getetag", f"{D}getcontentlength"} <= set(entry.found)
    assert {element.text for element in entry.found.values()} == {None}
    assert entry.missing == {}


@pytest.mark.ours
def test_include_is_answered_beside_everything(connection: Connection) -> None:
    body = propfind("<D:allprop/><D:include><D:getetag/><o:size/></D:include>")
    [entry] = read_entries(connection.ask("PROPFIND", FILM, {"Depth": "0"}, body))
    assert set(entry.found) == names(connection, FILM, b"")
    assert set(entry.missing) == {"{urn:other}size"}


def test_unknown_properties_stand_in_a_second_propstat(connection: Connection) -> None:
    body = propfind('<D:prop><D:getetag/><D:nonsense/><o:size/><bare xmlns=""/></D:prop>')
    [entry] = read_entries(connection.ask("PROPFIND", FILM, {"Depth": "0"}, body))
    assert set(entry.found) == {f"{D}getetag"}
    assert set(entry.missing) == {f"{D}nonsense", "{urn:other}size", "bare"}


def test_everything_has_no_second_propstat(connection: Connection) -> None:
    for entry in read_entries(connection.ask("PROPFIND", "/Movies/", {"Depth": "1"})):
        assert list(entry.by_status) == ["HTTP/1.1 200 OK"]


@pytest.mark.parametrize(
    "body",
    [
        SIZE,
        f'<?xml version="1.0" encoding="utf-8" ?>\n{SIZE}\n',
        f"\ufeff{SIZE}",
        f"<!-- c --><?p i?>{SIZE}<!-- c -->",
        '<a:propfind xmlns:a="DAV:"><a:prop><a:getcontentlength/></a:prop></a:propfind>',
        '<propfind xmlns="DAV:">\n<prop>\r\n\t<getcontentlength></getcontentlength></prop> </propfind>',
        '<propfind xmlns="DAV:"><prop><getcontentlength a="b"><c/></getcontentlength></prop></propfind>',
        '<propfind xmlns="DAV:"><new xmlns="urn:o"/><prop><getcontentlength/></prop></propfind>',
        '<propfind xmlns="DAV:"><prop><getcontentlength/><getcontentlength/></prop></propfind>',
    ],
)
def test_xml_is_read_however_it_is_written(connection: Connection, body: str) -> None:
    [entry] = read_entries(connection.ask("PROPFIND", FILM, {"Depth": "0"}, body.encode()))
    assert entry.text("getcontentlength") == str(N)


def test_a_body_in_utf_16(connection: Connection) -> None:
    body = f'<?xml version="1.0" encoding="utf-16"?>{SIZE}'.encode("utf-16")
    assert names(connection, FILM, body) == {f"{D}getcontentlength"}


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/xml",
        'text/xml; charset="utf-8"',
        "application/xml",
        "text/plain",
        "image/png",
        "nonsense;;",
        "",
    ],
)
def test_the_content_type_of_a_body_does_not_matter(connection: Connection, kind: str | None) -> None:
    headers = {"Depth": "0"} if kind is None else {"Depth": "0", "Content-Type": kind}
    [entry] = read_entries(connection.ask("PROPFIND", FILM, headers, SIZE.encode()))
    assert entry.text("getcontentlength") == str(N)


def test_a_body_in_chunks(connection: Connection) -> None:
    head = connection.head("PROPFIND", FILM, {"Depth": "0", "Transfer-Encoding": "chunked"})
    parts = [SIZE[at : at + 9] for at in range(0, len(SIZE), 9)]
    chunks = "".join(f"{len(part):x}\r\n{part}\r\n" for part in [*parts, ""])
    connection.send(head + chunks.encode())
    [entry] = read_entries(connection.finish("PROPFIND"))
    assert entry.text("getcontentlength") == str(N)


def test_a_client_that_waits_until_its_body_is_wanted(connection: Connection) -> None:
    fields = {"Depth": "0", "Expect": "100-continue", "Content-Length": str(len(SIZE))}
    connection.send(connection.head("PROPFIND", FILM, fields))
    assert connection.read_line() == b"HTTP/1.1 100 Continue\r\n"
    assert connection.read_line() == b"\r\n"
    connection.send(SIZE.encode())
    assert len(read_entries(connection.finish("PROPFIND"))) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<",
        b"nonsense",
        b"<x/>",
        b'<propfind xmlns="DAV:"><prop>',
        b'<propfind xmlns="DAV:"><allprop/></propfind><more/>',
        b'<propfind xmlns="urn:other"><allprop/></propfind>',
        b"<propfind><allprop/></propfind>",
        b'<propfind xmlns="DAV:"/>',
        b'<D:propfind xmlns:D="DAV:"><D:prop><bar:foo/></D:prop></D:propfind>',
        b'<D:propfind xmlns:D="DAV:"><D:prop><bar:foo xmlns:bar=""/></D:prop></D:propfind>',
        b'<?xml version="1.0" encoding="nonsense"?><propfind xmlns="DAV:"><allprop/></propfind>',
        b'<propfind xmlns="DAV:"><prop>&nbsp;</prop></propfind>',
        b'<propfind xmlns="DAV:"><prop>\0</prop></propfind>',
        b'<propfind xmlns="DAV:"><prop>\xff\xfe</prop></propfind>',
        b"\xff\xfe\x00",
        b"<a>" * 20_000,
    ],
)
def test_what_is_no_propfind_is_400(site: Site, body: bytes) -> None:
    assert site.ask("PROPFIND", "/", {"Depth": "1"}, body).status == 400
    assert site.ask("PROPFIND", "/", {"Depth": "0"}).status == 207


@pytest.mark.ours
@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        b'<!DOCTYPE x [<!ENTITY a "b">]><propfind xmlns="DAV:"><allprop/></propfind>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x"><propfind xmlns="DAV:"><allprop/></propfind>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><propfind xmlns="DAV:">&a;</propfind>',
        b'<!DOCTYPE x [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><propfind xmlns="DAV:"/>',
        b"<!DOCTYPE propfind><propfind xmlns='DAV:'><allprop/></propfind>",
    ],
)
def test_a_body_with_a_dtd_is_400(connection: Connection, body: bytes) -> None:
    answer = connection.ask("PROPFIND", "/", {"Depth": "1"}, body)
    assert answer.status == 400
    assert len(answer.body) < 300


def test_an_entity_bomb_does_not_go_off(connection: Connection) -> None:
    answer = connection.ask("PROPFIND", "/", {"Depth": "0"}, BOMB)
    assert answer.status in {207, 400, 413}
    assert len(answer.body) < 4096


def test_a_body_of_10_mb_is_refused(connection: Connection) -> None:
    body = SIZE.encode().ljust(10_000_000)
    assert connection.ask("PROPFIND", "/", {"Depth": "0"}, body).status == 413


@pytest.mark.ours
def test_the_limit_of_a_body(connection: Connection) -> None:
    body = SIZE.encode()
    assert connection.ask("PROPFIND", "/", {"Depth": "0"}, body.ljust(65_536)).status == 207
    assert connection.ask("PROPFIND", "/", {"Depth": "0"}, body.ljust(65_537)).status == 413
    assert connection.ask("PROPFIND", "/", {"Depth": "0"}, b" " * 10_000_000).status == 413
    assert connection.ask("PROPFIND", "/", {"Depth": "0"}, body).status == 207


@pytest.mark.ours
def test_more_properties_than_anybody_needs_are_400(connection: Connection) -> None:
    body = asking(*(f"property-number-{number}" for number in range(500)))
    assert connection.ask("PROPFIND", "/Movies", {"Depth": "1"}, body).status == 400


@pytest.mark.parametrize(
    ("path", "depth", "count"),
    [
        ("/", "0", 1),
        ("/", "1", 5),
        (FILM, "0", 1),
        (FILM, "1", 1),
        (EMPTY_FOLDER.replace(" ", "%20"), "1", 1),
    ],
)
def test_depth(connection: Connection, path: str, depth: str, count: int) -> None:
    assert len(read_entries(connection.ask("PROPFIND", path, {"Depth": depth}))) == count


@pytest.mark.ours
def test_no_depth_lists_a_folder_and_tells_of_a_file(connection: Connection) -> None:
    assert len(read_entries(connection.ask("PROPFIND", "/"))) == 5
    assert len(read_entries(connection.ask("PROPFIND", FILM))) == 1


@pytest.mark.parametrize("depth", ["infinity", "Infinity"])
def test_infinity_is_403(connection: Connection, depth: str) -> None:
    for path in ("/", "/Movies"):
        assert connection.ask("PROPFIND", path, {"Depth": depth}).status == 403


@pytest.mark.ours
def test_infinity_is_told_why(connection: Connection) -> None:
    answer = connection.ask("PROPFIND", "/", {"Depth": "infinity"})
    assert fromstring(answer.body).find(f"{D}propfind-finite-depth") is not None


@pytest.mark.parametrize("depth", ["2", "-1", "one", "0,1", "0x1", "1.5", "\u0661", "9" * 400])
def test_other_depths_are_400(connection: Connection, depth: str) -> None:
    assert connection.ask("PROPFIND", "/", {"Depth": depth}).status == 400


def test_a_range_on_propfind_counts_for_nothing(connection: Connection) -> None:
    plain = connection.ask("PROPFIND", "/Movies/", {"Depth": "1"})
    for header in ("bytes=0-", "bytes=5-9", "bytes=99999999-"):
        ranged = connection.ask("PROPFIND", "/Movies/", {"Depth": "1", "Range": header})
        assert (ranged.status, ranged.body) == (207, plain.body)
