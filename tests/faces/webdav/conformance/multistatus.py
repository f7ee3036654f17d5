"""What a PROPFIND is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from tests.faces.webdav.conformance.site import Answer

D = "{DAV:}"
OK = "HTTP/1.1 200 OK"
MISSING = "HTTP/1.1 404 Not Found"


@dataclass(frozen=True, slots=True)
class Entry:
    """One `response` element: its properties by status line and Clark's name."""

    href: str
    by_status: dict[str, dict[str, Element]]

    @property
    def path(self) -> str:
        return unquote(self.href, errors="strict")

    @property
    def found(self) -> dict[str, Element]:
        return self.by_status.get(OK, {})

    @property
    def missing(self) -> dict[str, Element]:
        return self.by_status.get(MISSING, {})

    @property
    def is_folder(self) -> bool:
        return self.found[f"{D}resourcetype"].find(f"{D}collection") is not None

    def text(self, name: str) -> str:
        return self.found[D + name].text or ""


def read_entries(answer: Answer) -> list[Entry]:
    """The entries of a 207, in their order."""
    assert answer.status == 207, answer
    assert answer.headers.get_content_type() in {"application/xml", "text/xml"}
    root = fromstring(answer.body)
    assert root.tag == f"{D}multistatus"
    return [_read_entry(response) for response in root.findall(f"{D}response")]


def _read_entry(response: Element) -> Entry:
    by_status = {}
    for propstat in response.findall(f"{D}propstat"):
        status = propstat.findtext(f"{D}status", "")
        assert status not in by_status
        by_status[status] = {element.tag: element for element in propstat.findall(f"{D}prop/*")}
    return Entry(response.findtext(f"{D}href", ""), by_status)


def propfind(inner: str) -> bytes:
    """A propfind element; `D` is DAV: and `o` a namespace that no server knows."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>'
        f'<D:propfind xmlns:D="DAV:" xmlns:o="urn:other">{inner}</D:propfind>'
    ).encode()


def asking(*names: str) -> bytes:
    """A body that asks for properties of the namespace DAV:."""
    return propfind(f"<D:prop>{''.join(f'<D:{name}/>' for name in names)}</D:prop>")
