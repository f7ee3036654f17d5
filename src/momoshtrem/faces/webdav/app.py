"""The WebDAV face: a read-only server (RFC 4918) over the tree, as an ASGI app."""

from __future__ import annotations

import logging

from momoshtrem.errors import MomoshtremError, NotFound, StorageFailed, Unavailable
from momoshtrem.faces.brake import Brake
from momoshtrem.faces.door import BasicAuth
from momoshtrem.faces.forwarded import external_url
from momoshtrem.faces.http import (
    Receive,
    Scope,
    Send,
    error_headers,
    error_message,
    http_status,
    respond,
)
from momoshtrem.faces.webdav.content import answer_file
from momoshtrem.faces.webdav.listing import HTML, render_listing
from momoshtrem.faces.webdav.playlist import playlist_headers, render_playlist
from momoshtrem.faces.webdav.propfind import FINITE_DEPTH, MAX_BODY, parse_depth, parse_wanted
from momoshtrem.faces.webdav.render import Renderer
from momoshtrem.faces.webdav.request import ClientGone, Request, read_body, read_request
from momoshtrem.folder import Credentials
from momoshtrem.model.torrent import FileRef
from momoshtrem.services.streams import Streams
from momoshtrem.vfs.tree import EPOCH, File, Node

DAV_HEADERS = {level: (("dav", dav), ("ms-author-via", "DAV")) for level, dav in ((1, "1"), (2, "1, 2"))}
ALLOW = ("allow", "OPTIONS, GET, HEAD, PROPFIND")
TEXT = ("content-type", "text/plain; charset=utf-8")
XML = ("content-type", "application/xml; charset=utf-8")

# Empty files that stop Spotlight and QuickLook on macOS from reading every film.
MARKERS = {
    f"/{name}": File(name, FileRef(name, 0, 0), EPOCH)
    for name in (".metadata_never_index", ".ql_disablethumbnails")
}

log = logging.getLogger(__name__)


class WebDav:
    """Answers OPTIONS, PROPFIND, GET and HEAD; only a GET of a file touches the engine.

    `level` is the class of RFC 4918 section 18 that is claimed, 1 or 2; it is read-only with either.
    """

    def __init__(self, streams: Streams, level: int = 1) -> None:
        self.dav_headers = DAV_HEADERS[level]
        self._streams = streams
        self._renderer = Renderer()

    @classmethod
    def protected(
        cls, streams: Streams, credentials: Credentials, brake: Brake | None = None, level: int = 1
    ) -> BasicAuth:
        """The face behind its door. Finder gives up on a 401 without DAV headers or to its first OPTIONS."""
        face = cls(streams, level)
        return BasicAuth(face, credentials, face.dav_headers, frozenset({"OPTIONS"}), brake)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            await self._answer(scope, receive, send)
        except ClientGone:
            return
        except MomoshtremError as error:
            await _answer_error(error, send)
        except Exception as error:
            log.exception("%s of %r failed.", scope["method"], scope["path"])
            await _answer_error(error, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["method"]:
            case "OPTIONS":
                await respond(send, 200, [*self.dav_headers, ALLOW])
            case "PROPFIND":
                await self._propfind(read_request(scope), receive, send)
            case "GET" | "HEAD":
                await self._get(scope, receive, send)
            case _:
                read_request(scope)
                await respond(send, 403, [TEXT], b"This server is read-only.\n")

    def _node(self, request: Request) -> Node:
        node = MARKERS.get(request.path) or self._streams.tree.find(request.path)
        if node is None:
            raise NotFound("There is nothing at this path.")
        return node

    async def _propfind(self, request: Request, receive: Receive, send: Send) -> None:
        body = await read_body(receive, MAX_BODY)
        if body is None:
            await respond(send, 413, [TEXT], b"A PROPFIND body has at most 64 KiB.\n")
            return
        node, wanted = self._node(request), parse_wanted(body)
        depth = parse_depth(request.headers.get("depth"), node)
        if depth is None:
            await respond(send, 403, [XML], FINITE_DEPTH)
            return
        multistatus = await self._renderer.render(request.href, node, wanted, depth)
        await respond(send, 207, [XML], multistatus)

    async def _get(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = read_request(scope)
        node = self._node(request)
        if scope["query_string"] == b"m3u":
            trail = tuple(request.segments)
            playlist = await render_playlist(node, trail, external_url(scope))
            await respond(send, 200, playlist_headers(node, trail), playlist)
        elif isinstance(node, File):
            await answer_file(self._streams, node, request, receive, send)
        else:
            await respond(send, 200, HTML, await render_listing(node, request))


async def _answer_error(error: Exception, send: Send) -> None:
    if isinstance(error, StorageFailed):  # the next open tries the disk anew; after a 507 no client does
        error = Unavailable(str(error))
    status = http_status(error)
    if status >= 500 and isinstance(error, MomoshtremError):
        log.warning("%s", error)
    await respond(send, status, [TEXT, *error_headers(error)], f"{error_message(error)}\n".encode())
