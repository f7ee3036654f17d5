"""A folder as a small HTML page, for browsers and lftp."""

from __future__ import annotations

from html import escape

from momoshtrem.faces.webdav.request import Request, encode_name
from momoshtrem.vfs.tree import Folder, Node

HTML = [("content-type", "text/html; charset=utf-8")]


def render_listing(folder: Folder, request: Request) -> bytes:
    """Links are relative, so that they hold behind a proxy, whether the path ends in a slash or not."""
    base = "" if request.path.endswith("/") else f"{request.href.rpartition('/')[2]}/"
    title = escape("/" + "/".join(request.segments))
    rows = "".join(f"<li>{_link(base, node)}\n" for node in folder.children)
    page = f'<!doctype html>\n<meta charset="utf-8">\n<title>{title}</title>\n<ul>\n{rows}</ul>\n'
    return page.encode("utf-8", "replace")


def _link(base: str, node: Node) -> str:
    slash = "/" if isinstance(node, Folder) else ""
    return f'<a href="{base}{encode_name(node.name)}{slash}">{escape(node.name)}{slash}</a>'
