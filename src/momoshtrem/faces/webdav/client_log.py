"""What each client asks and how it is answered, a JSON line a request: enough to support a player from afar.

Titles and secrets stay out. A path is told by its kind and its punctuation, a header by its value only if it
is one of those named here, the body of a PROPFIND by its tags. What is left out is written as `…`.
"""

from __future__ import annotations

import json
import re
import string
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from typing import Any

from momoshtrem.errors import InvalidInput
from momoshtrem.faces.http import App, Message, Receive, Scope, Send
from momoshtrem.faces.webdav.app import MARKERS
from momoshtrem.faces.webdav.media_types import MEDIA_TYPES
from momoshtrem.faces.webdav.request import Request, read_request
from momoshtrem.services.streams import Streams
from momoshtrem.vfs.tree import Folder, Tree

MAX_BODY = 2048
MAX_VALUE = 200
MAX_HEADERS = 40
MAX_CLIENTS = 256

KEPT = re.compile(
    "accept(-encoding|-language|-ranges)?|brief|cache-control|connection|content-(encoding|length|range|type)"
    "|depth|expect|icy-metadata|keep-alive|overwrite|pragma|range|te|timeout|transfer-encoding|translate"
    "|upgrade|user-agent"
)
"""Headers whose values say how a client works, and nothing of its user."""
ANSWERED = re.compile("connection|content-(length|range|type)|retry-after")
CONDITIONS = re.compile("if-(match|none-match|range|modified-since|unmodified-since)")
SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate", "ntlm"})
PROBES = re.compile(
    r"\.(DS_Store|hidden|localized|Spotlight-V100|metadata_never_index_unless_rootfs)|autorun\.inf|desktop\.ini"
    r"|folder\.jpg|(index|MovieObject)\.bdmv?|Thumbs\.db|BDMV|VIDEO_TS(\.IFO)?",
    re.IGNORECASE,
)
"""Names that systems and players ask for in any folder."""

CONDITION = re.compile(r'(?P<tag>(?:W/)?)"[^"]*"|(?P<any>\*)|[^\s,]+')
HTTP_DATE = re.compile(r"[A-Za-z]{3,9},? [\w -]{6,12} \d\d:\d\d:\d\d[\w +]{0,6}", re.ASCII)
TAG = r"""</?[\w:.-]+(?:\s+xmlns(?::[\w.-]+)?\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*/?>"""
XML = re.compile(rf"(<\?xml[^<>]*>|{TAG}|\s+)|[^<\s]+|<")
NO_MARKS = frozenset(string.ascii_letters + string.digits + "/")


class ClientLog:
    """Lets every request through to the app, and writes a line when its answer has ended."""

    def __init__(self, app: App, streams: Streams, write: Callable[[str], None]) -> None:
        self._app = app
        self._streams = streams
        self._write = write
        numbers = count(1)
        self._number = lru_cache(MAX_CLIENTS)(lambda host: next(numbers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host, port = scope.get("client") or ("", 0)
        asked = {"client": self._number(host), "port": port, **describe_request(scope, self._streams.tree)}
        exchange = Exchange(receive, send, keeps_body=scope["method"] == "PROPFIND")
        try:
            await self._app(scope, exchange.receive, exchange.send)
        finally:
            self._write(json.dumps({**asked, **exchange.describe()}, ensure_ascii=False))


class Exchange:
    """What passes between a client and the app for one request."""

    def __init__(self, receive: Receive, send: Send, *, keeps_body: bool) -> None:
        self._receive = receive
        self._send = send
        self._keeps_body = keeps_body
        self._body = bytearray()
        self._began = time.monotonic()
        self._start: Message = {"status": None, "headers": []}
        self._sent = 0
        self._first: float | None = None
        self._complete = False

    async def receive(self) -> Message:
        message = await self._receive()
        if self._keeps_body:
            self._body += message.get("body", b"")[: MAX_BODY - len(self._body)]
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start, self._first = message, self._elapsed()
        await self._send(message)
        if message["type"] == "http.response.body":
            self._sent += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)

    def describe(self) -> dict[str, Any]:
        """The body and the answer; `ms` until its head and until its end, `sent` bytes of it."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self._start["headers"]}
        return {
            "body": shape_xml(self._body.decode("utf-8", "replace")),
            "status": self._start["status"],
            "answer": {name: value for name, value in headers.items() if ANSWERED.fullmatch(name)},
            "sent": self._sent,
            "complete": self._complete,
            "ms": [self._first, self._elapsed()],
        }

    def _elapsed(self) -> float:
        return round((time.monotonic() - self._began) * 1000, 1)


def describe_request(scope: Scope, tree: Tree) -> dict[str, Any]:
    """The request's line and headers, without what they say of the library or its user."""
    query = scope["query_string"].decode("latin-1")
    try:
        request = read_request(scope)
    except InvalidInput:
        request = Request(scope["method"], "", {})
    headers = list(request.headers.items())[:MAX_HEADERS]
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "http": scope["http_version"],
        "method": scope["method"][:MAX_VALUE],
        **describe_path(request, tree),
        "marks": "".join(sorted(set(scope["raw_path"].decode("latin-1")) - NO_MARKS)),
        "query": query if query in {"", "m3u"} else "…",
        "headers": {name[:MAX_VALUE]: shape_header(name, value) for name, value in headers},
    }


def describe_path(request: Request, tree: Tree) -> dict[str, Any]:
    """What is at the path, how deep it is, and its ending; its name only where systems look for it."""
    path, name = request.path, request.path.rstrip("/").rpartition("/")[2]
    known = PROBES.fullmatch(name) or path in MARKERS
    extension = name.rpartition(".")[2].lower()
    return {
        "path": find_kind(path, tree),
        "level": len(request.segments),
        "slash": path.endswith("/"),
        "name": name if known else "._…" if name.startswith("._") else "…",
        "extension": extension if extension in MEDIA_TYPES else "",
    }


def find_kind(path: str, tree: Tree) -> str:
    if not path:
        return "unreadable"
    if path in MARKERS:
        return "marker"
    node = tree.find(path)
    if node is None:
        return "missing"
    if node is tree.root:
        return "root"
    return "folder" if isinstance(node, Folder) else "file"


def shape_header(name: str, value: str) -> str:
    """The value as far as it may be known."""
    if KEPT.fullmatch(name):
        return value[:MAX_VALUE]
    if CONDITIONS.fullmatch(name):
        return value if HTTP_DATE.fullmatch(value) else CONDITION.sub(_shape_condition, value)[:MAX_VALUE]
    if name == "authorization":
        scheme = value.partition(" ")[0]
        return f"{scheme} …" if scheme.lower() in SCHEMES else "…"
    return "…"


def _shape_condition(found: re.Match[str]) -> str:
    """A tag names a torrent."""
    return f'{found["tag"]}"…"' if found["tag"] is not None else found["any"] or "…"


def shape_xml(text: str) -> str:
    """Only tags, with their namespaces."""
    return XML.sub(lambda found: found[1] or "…", text)
