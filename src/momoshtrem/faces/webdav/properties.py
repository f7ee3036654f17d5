"""The properties of a node as XML (RFC 4918 section 15).

`iscollection` is not in the RFC: Infuse and rclone tell folders by it. Quota is left out on purpose: macOS
hangs for 90 s on servers that report it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from momoshtrem.faces.webdav.conditions import http_date
from momoshtrem.faces.webdav.media_types import media_type
from momoshtrem.faces.webdav.propfind import DAV, Wanted
from momoshtrem.vfs.tree import File, Folder, Node

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _text(text: str) -> str:
    return escape(ILLEGAL.sub("", text))


def _name(node: Node) -> str:
    return _text(node.name)


def _size(node: Node) -> str:
    return str(node.size) if isinstance(node, File) else "0"


def _type(node: Node) -> str:
    return media_type(node.name)


def _etag(node: Node) -> str:
    return f'"{escape(node.etag)}"' if isinstance(node, File) else ""


def _last_modified(node: Node) -> str:
    return http_date(node.modified)


def _creation_date(node: Node) -> str:
    return f"{node.modified.astimezone(UTC).isoformat()[:19]}Z"


Value = str | Callable[[Node], str]
FOLDER: dict[str, Value] = {
    f"{DAV}resourcetype": "<D:collection/>",
    f"{DAV}iscollection": "1",
    f"{DAV}displayname": _name,
    f"{DAV}getcontentlength": _size,
    f"{DAV}getlastmodified": _last_modified,
    f"{DAV}creationdate": _creation_date,
}
FILE: dict[str, Value] = {
    **FOLDER,
    f"{DAV}resourcetype": "",
    f"{DAV}iscollection": "0",
    f"{DAV}getcontenttype": _type,
    f"{DAV}getetag": _etag,
}
"""What folders and files have: a value, or how it is made."""


def render_properties(node: Node, wanted: Wanted) -> str:
    """One propstat for what the node has and, for what was asked by name, one for what it has not."""
    template, values = _prepare(wanted, isinstance(node, Folder))
    return template % tuple([value(node) for value in values])


@lru_cache(maxsize=64)
def _prepare(wanted: Wanted, is_folder: bool) -> tuple[str, list[Callable[[Node], str]]]:
    """All that is the same for every file, or every folder, with a `%s` for each of the values."""
    live = FOLDER if is_folder else FILE
    names = dict.fromkeys((*live, *wanted.names)) if wanted.all_live else wanted.names
    has = {name: live[name] if wanted.values else "" for name in names if name in live}
    found = [_element(name, value if isinstance(value, str) else "%s") for name, value in has.items()]
    missing = [_element(name, "") for name in wanted.names if name not in live]
    parts = [_propstat(found, "200 OK")] if found or not missing else []
    if missing:
        parts.append(_propstat(missing, "404 Not Found"))
    return "".join(parts), [value for value in has.values() if not isinstance(value, str)]


def _propstat(elements: list[str], status: str) -> str:
    properties = "".join(elements)
    return f"<D:propstat><D:prop>{properties}</D:prop><D:status>HTTP/1.1 {status}</D:status></D:propstat>"


def _element(name: str, value: str) -> str:
    """An element of a name in Clark's form, as part of a template."""
    namespace, _, local = name.removeprefix("{").rpartition("}")
    start = end = f"D:{local}" if namespace == "DAV:" else local
    if namespace not in ("DAV:", ""):
        start, end = f"x:{local} xmlns:x={quoteattr(namespace)}", f"x:{local}"
    start, end = start.replace("%", "%%"), end.replace("%", "%%")
    return f"<{start}>{value}</{end}>" if value else f"<{start}/>"
