"""The answer of PROPFIND, joined from finished fragments.

A fragment is a `response` element from the last segment of its href on. It holds for a node wherever the
node stands, so it is made once for each set of properties and kept as long as the node lives: a change in
the tree costs the fragments of the changed nodes, and a listing of 10,000 files is a join.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from weakref import WeakKeyDictionary

from momoshtrem.faces.webdav.properties import render_properties
from momoshtrem.faces.webdav.propfind import Wanted
from momoshtrem.faces.webdav.request import encode_name
from momoshtrem.faces.webdav.slices import make_in_slices
from momoshtrem.vfs.tree import Folder, Node

MAX_SETS = 8
OPEN = b'<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n'
CLOSE = b"</D:multistatus>\n"

Fragments = WeakKeyDictionary[Node, bytes]


class Renderer:
    """Builds multistatus bodies; keeps the fragments of the few sets of properties asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Wanted, Fragments] = OrderedDict()

    async def render(self, href: str, node: Node, wanted: Wanted, depth: int) -> bytes:
        """The node, then with depth 1 its children; `href` is encoded, without a slash at its end.

        The first href is the one asked for: macOS and VLC know the folder itself by it.
        """
        parts = [OPEN, _opening(href), _ending(node, wanted)]
        if isinstance(node, Folder) and depth == 1:
            opening = _opening(f"{href}/")
            kept = self._fragments_of(wanted)
            for fragment in await make_in_slices(partial(_fragment, wanted, kept), node.children):
                parts += opening, fragment
        return b"".join((*parts, CLOSE))

    def _fragments_of(self, wanted: Wanted) -> Fragments:
        kept = self._kept.setdefault(wanted, WeakKeyDictionary())
        self._kept.move_to_end(wanted)
        if len(self._kept) > MAX_SETS:
            self._kept.popitem(last=False)
        return kept


def _fragment(wanted: Wanted, kept: Fragments, node: Node) -> bytes:
    fragment = kept.get(node)
    if fragment is None:
        fragment = kept[node] = encode_name(node.name).encode() + _ending(node, wanted)
    return fragment


def _opening(href: str) -> bytes:
    return f"<D:response><D:href>{href}".encode()


def _ending(node: Node, wanted: Wanted) -> bytes:
    slash = "/" if isinstance(node, Folder) else ""
    return f"{slash}</D:href>{render_properties(node, wanted)}</D:response>\n".encode()
