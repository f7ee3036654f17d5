"""Conditional requests (RFC 9110 section 13), each with a range to see which one counts."""

from __future__ import annotations

import pytest

from tests.faces.webdav.conformance.files import FILM, N
from tests.faces.webdav.conformance.site import Connection
from tests.faces.webdav.library import CONTENT, MODIFIED

DATE = "Sat, 31 Jan 2026 12:00:00 GMT"
BEFORE = "Sat, 31 Jan 2026 11:59:59 GMT"
AFTER = "Sat, 31 Jan 2026 12:00:01 GMT"
BODIES = {206: CONTENT[10:20], 200: CONTENT, 304: b""}
Fields = dict[str, str]

NO_MATCH = {"If-None-Match": '"other"'}
TABLE = [
    ({"If-Match": "ETAG"}, 206),
    ({"If-Match": "*"}, 206),
    ({"If-Match": '"other", ETAG'}, 206),
    ({"If-Match": '"other"'}, 412),
    ({"If-Match": "W/ETAG"}, 412),
    ({"If-Unmodified-Since": DATE}, 206),
    ({"If-Unmodified-Since": AFTER}, 206),
    ({"If-Unmodified-Since": BEFORE}, 412),
    ({"If-Unmodified-Since": "nonsense"}, 206),
    ({"If-None-Match": "ETAG"}, 304),
    ({"If-None-Match": '"other",ETAG'}, 304),
    ({"If-None-Match": "*"}, 304),
    (NO_MATCH, 206),
    ({"If-Modified-Since": DATE}, 304),
    ({"If-Modified-Since": AFTER}, 304),
    ({"If-Modified-Since": "Saturday, 31-Jan-26 12:00:00 GMT"}, 304),
    ({"If-Modified-Since": "Sat Jan 31 12:00:00 2026"}, 304),
    ({"If-Modified-Since": BEFORE}, 206),
    ({"If-Modified-Since": "nonsense"}, 206),
    ({"If-Range": "ETAG"}, 206),
    ({"If-Range": DATE}, 206),
    ({"If-Range": '"other"'}, 200),
    ({"If-Range": "W/ETAG"}, 200),
    ({"If-Range": BEFORE}, 200),
]
PRECEDENCE = [
    ({"If-Match": '"other"', "If-Unmodified-Since": AFTER}, 412),
    ({**NO_MATCH, "If-Modified-Since": AFTER}, 206),
    ({"If-Match": '"other"', "If-None-Match": "ETAG"}, 412),
    ({"If-Match": "ETAG", "If-None-Match": "ETAG"}, 304),
    ({"If-Unmodified-Since": BEFORE, "If-Modified-Since": AFTER}, 412),
    ({"If-Match": "ETAG", "If-Range": '"other"'}, 200),
    ({"If-Match": '"other"', "If-Range": "ETAG"}, 412),
]
OURS = [
    ({"If-None-Match": "W/ETAG"}, 304),
    ({"If-Range": AFTER}, 200),
    ({"If-Range": "nonsense"}, 200),
    ({"If-Match": "nonsense"}, 412),
    ({"If-Match": "ETAG", "If-Unmodified-Since": BEFORE}, 206),
    ({"If-None-Match": "ETAG", "If-Range": '"other"'}, 304),
]


def conditions(fields: Fields, connection: Connection) -> Fields:
    """The fields with the tag that the server gives the film."""
    etag = connection.ask("HEAD", FILM).headers["ETag"]
    return {name: value.replace("ETAG", etag) for name, value in fields.items()}


def check(connection: Connection, fields: Fields, status: int, wanted: str = "bytes=10-19") -> None:
    sent = conditions(fields, connection)
    answer = connection.ask("GET", FILM, {"Range": wanted, **sent})
    assert answer.status == status
    if status in BODIES:
        assert answer.body == BODIES[status]
        assert answer.headers["ETag"] == connection.ask("HEAD", FILM).headers["ETag"]


def test_the_dates_of_the_tables_are_those_of_the_file(connection: Connection) -> None:
    assert connection.ask("HEAD", FILM).headers["Last-Modified"] == DATE
    assert f"{MODIFIED:%a, %d %b %Y %H:%M:%S} GMT" == DATE


@pytest.mark.parametrize(("fields", "status"), TABLE)
def test_each_condition(connection: Connection, fields: Fields, status: int) -> None:
    check(connection, fields, status)


@pytest.mark.parametrize(("fields", "status"), PRECEDENCE)
def test_tags_go_before_dates_and_all_before_ranges(
    connection: Connection, fields: Fields, status: int
) -> None:
    check(connection, fields, status)


@pytest.mark.ours
@pytest.mark.parametrize(("fields", "status"), OURS)
def test_conditions_that_others_read_otherwise(connection: Connection, fields: Fields, status: int) -> None:
    check(connection, fields, status)


@pytest.mark.ours
def test_a_range_past_the_end_counts_only_when_the_conditions_hold(connection: Connection) -> None:
    past = f"bytes={N}-"
    check(connection, {"If-Range": '"other"'}, 200, past)
    check(connection, {"If-None-Match": "ETAG"}, 304, past)
    check(connection, {"If-Match": '"other"'}, 412, past)
    check(connection, {"If-Match": "ETAG"}, 416, past)


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"If-None-Match": "ETAG"}, 304), ({"If-Match": '"other"'}, 412), ({"If-Modified-Since": BEFORE}, 200)],
)
def test_head_keeps_conditions_too(connection: Connection, fields: Fields, status: int) -> None:
    assert connection.ask("HEAD", FILM, conditions(fields, connection)).status == status


def test_if_range_without_a_range_changes_nothing(connection: Connection) -> None:
    for tag in ("ETAG", '"other"'):
        answer = connection.ask("GET", FILM, conditions({"If-Range": tag}, connection))
        assert (answer.status, answer.body) == (200, CONTENT)


def test_a_304_has_no_body_and_keeps_the_connection(connection: Connection) -> None:
    connection.send(connection.head("GET", FILM, conditions({"If-None-Match": "*"}, connection)))
    answer = connection.finish("GET")
    assert (answer.status, answer.body, answer.closes) == (304, b"", False)
    assert answer.headers["ETag"]
    assert answer.headers["Content-Length"] in {None, str(N)}
    assert connection.ask("GET", FILM, {"Range": "bytes=0-9"}).body == CONTENT[:10]


def test_a_listing_is_never_304(connection: Connection) -> None:
    sent = conditions({"If-None-Match": "ETAG", "If-Modified-Since": AFTER}, connection)
    assert connection.ask("PROPFIND", FILM, {"Depth": "0", **sent}).status == 207
