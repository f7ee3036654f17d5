"""The properties of a node as XML (RFC 4918 section 15).

`iscollection` is not in the RFC: Infuse and rclone tell folders by it. Quota is left out on purpose: macOS
hangs for 90 s on servers that report it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from momoshtrem.faces.webdav.conditions import http_date, to_second
from momoshtrem.faces.webdav.media_types import media_type
from momoshtrem.faces.webdav.propfind import DAV, Wanted
from momoshtrem.vfs.tree import File, Folder, Node

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _text(text: str) -> str:
    return escape(ILLEGAL.sub("", text))


def _resource_type(node: Node) -> str:
    return "<D:collection/>" if isinstance(node, Folder) else ""


def _is_collection(node: Node) -> str:
    return "1" if isinstance(node, Folder) else "0"


def _content_length(node: Node) -> str:
    return str(node.size) if isinstance(node, File) else "0"


def _content_type(node: Node) -> str | None:
    return media_type(node.name) if isinstance(node, File) else None


def _etag(node: Node) -> str | None:
    return f'"{escape(node.etag)}"' if isinstance(node, File) else None


def _last_modified(node: Node) -> str:
    return http_date(node.modified)


def _creation_date(node: Node) -> str:
    return to_second(node.modified).replace(tzinfo=None).isoformat() + "Z"


LIVE: dict[str, Callable[[Node], str | None]] = {
    f"{DAV}resourcetype": _resource_type,
    f"{DAV}iscollection": _is_collection,
    f"{DAV}displayname": lambda node: _text(node.name),
    f"{DAV}getcontentlength": _content_length,
    f"{DAV}getcontenttype": _content_type,
    f"{DAV}getetag": _etag,
    f"{DAV}getlastmodified": _last_modified,
    f"{DAV}creationdate": _creation_date,
}


def render_properties(node: Node, wanted: Wanted) -> str:
    """One propstat for what the node has and, for what was asked by name, one for what it has not."""
    found, missing = [], []
    for name in dict.fromkeys((*LIVE, *wanted.names)) if wanted.all_live else wanted.names:
        value = LIVE[name](node) if name in LIVE else None
        if value is not None:
            found.append(_element(name, value if wanted.values else ""))
        elif name in wanted.names:
            missing.append(_element(name, ""))
    parts = [_propstat(found, "200 OK")] if found or not missing else []
    if missing:
        parts.append(_propstat(missing, "404 Not Found"))
    return "".join(parts)


def _propstat(elements: list[str], status: str) -> str:
    properties = "".join(elements)
    return f"<D:propstat><D:prop>{properties}</D:prop><D:status>HTTP/1.1 {status}</D:status></D:propstat>"


def _element(name: str, value: str) -> str:
    start, end = _tags(name)
    return f"<{start}>{value}</{end}>" if value else f"<{start}/>"


@lru_cache(maxsize=256)
def _tags(name: str) -> tuple[str, str]:
    """What stands in the start tag and in the end tag of a name in Clark's form."""
    namespace, _, local = name.removeprefix("{").rpartition("}")
    if namespace == "DAV:":
        return f"D:{local}", f"D:{local}"
    return (f"x:{local} xmlns:x={quoteattr(namespace)}", f"x:{local}") if namespace else (local, local)
