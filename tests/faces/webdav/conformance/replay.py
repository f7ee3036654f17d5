"""What the replayed clients have in common."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPResponse

from tests.faces.webdav.conformance.site import Answer, Connection

UNSIGNED = {"Authorization": ""}
KODI_BODY = (
    b'<?xml version="1.0" encoding="utf-8" ?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/>'
    b"<D:getcontentlength/><D:getlastmodified/><D:creationdate/><D:displayname/></D:prop></D:propfind>"
)
KODI_LIST = {"Depth": "1", "Range": "bytes=0-", "Content-Type": 'text/xml; charset="utf-8"'}


def challenged(
    connection: Connection,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Answer:
    """Ask without credentials, and after a 401 again with them on the same connection."""
    first = connection.ask(method, path, {**(headers or {}), **UNSIGNED}, body)
    if first.status != 401:
        assert method == "OPTIONS"
        return first
    assert first.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert not first.closes
    return connection.ask(method, path, headers, body)


def started(connection: Connection, path: str, headers: Mapping[str, str]) -> HTTPResponse:
    """The start of a part; its bytes are still to come."""
    response = connection.start("GET", path, headers)
    assert response.status == 206
    return response
