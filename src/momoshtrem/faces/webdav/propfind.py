"""PROPFIND (RFC 4918 section 9.1), for one resource or a folder and its children."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from momoshtrem.errors import InvalidInput
from momoshtrem.vfs.tree import Folder, Node

DAV = "{DAV:}"
MAX_BODY = 64 * 1024
MAX_NAMES = 4 * 1024
FINITE_DEPTH = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>'
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a PROPFIND asks for: `names` in Clark's form (`{DAV:}getetag`), and everything if `all_live`.

    Without `values` only the names of the properties are answered.
    """

    names: tuple[str, ...] = ()
    all_live: bool = False
    values: bool = True


def parse_wanted(body: bytes) -> Wanted:
    """An empty body asks for everything. Raises InvalidInput for what is not a propfind element."""
    if not body:
        return Wanted(all_live=True)
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError, LookupError) as error:
        raise InvalidInput(f"The body is not usable XML: {error}") from None
    if root.tag != f"{DAV}propfind":
        raise InvalidInput("The body is not a propfind element of the namespace DAV:.")
    return _read_wanted(root)


def _read_wanted(root: Element) -> Wanted:
    if (asked := root.find(f"{DAV}prop")) is not None:
        return Wanted(_names(asked))
    if root.find(f"{DAV}propname") is not None:
        return Wanted(all_live=True, values=False)
    if root.find(f"{DAV}allprop") is not None:
        included = root.find(f"{DAV}include")
        return Wanted(_names(included) if included is not None else (), all_live=True)
    raise InvalidInput("The propfind element has none of prop, propname and allprop.")


def _names(parent: Element) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(child.tag for child in parent))
    if sum(map(len, names)) > MAX_NAMES:
        raise InvalidInput("The body asks for too many properties.")
    return names


def parse_depth(header: str | None, node: Node) -> int | None:
    """0 or 1; None for infinity, which is not served. An absent header is 1 for a folder, 0 for a file."""
    if header is None:
        return 1 if isinstance(node, Folder) else 0
    depth = header.strip().lower()
    if depth == "infinity":
        return None
    if depth not in {"0", "1"}:
        raise InvalidInput("Depth is 0, 1 or infinity.")
    return int(depth)
