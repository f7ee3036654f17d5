"""Matroska and WebM: elements (RFC 8794, RFC 9559).

The front of the file says by SeekHead where the rest is. Cues are the index of key frames; players also read
tags, attachments and chapters while they open a file, wherever those are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

from momoshtrem.torrents.containers.outline import TAIL, Chapter, Outline, Section, Steps, clean_title

EBML, SEGMENT, CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675
SEEK_HEAD, SEEK, SEEK_ID, SEEK_POSITION = 0x114D9B74, 0x4DBB, 0x53AB, 0x53AC
INFO, TIMESTAMP_SCALE, DURATION = 0x1549A966, 0x2AD7B1, 0x4489
CHAPTERS, EDITION, ATOM, ATOM_START = 0x1043A770, 0x45B9, 0xB6, 0x91
DISPLAY, STRING = 0x80, 0x85
CUES, TAGS, ATTACHMENTS = 0x1C53BB6B, 0x1254C367, 0x1941A469

FOLLOWED = frozenset({SEEK_HEAD, INFO, CHAPTERS, CUES, TAGS, ATTACHMENTS})
MAX_PAYLOAD = 64 * 2**10
MAX_NAMED = 64
MAX_CHAPTERS = 500
DEFAULT_SCALE = 1_000_000
NANOSECONDS = 1_000_000_000


Element = Section[int]


def matches(head: bytes) -> bool:
    return head[:4] == EBML.to_bytes(4, "big")


def parse(outline: Outline) -> Steps[None]:
    """Read the front up to the first cluster, then what SeekHead names elsewhere."""
    ebml = yield from _read_element(0, outline.size)
    segment = (yield from _read_element(ebml.stop, outline.size)) if ebml else None
    if segment and segment.kind == SEGMENT:
        layout = _Layout(outline, segment)
        yield from layout.read_front()
        yield from layout.read_named()


class _Layout:
    """The parts of a segment. Each is read once, so SeekHeads that name each other come to an end."""

    def __init__(self, outline: Outline, segment: Element) -> None:
        self._outline = outline
        self._segment = segment
        self._guess = outline.index
        self._named: list[tuple[int, int]] = []
        self._read: dict[int, Element | None] = {}

    def read_front(self) -> Steps[None]:
        """Walk from the start to the first cluster; once SeekHead was read, not out of the file's head."""
        at = self._segment.body
        while not self._named or at < self._outline.head.stop:
            element = yield from _read_element(at, self._segment.stop)
            if element is None or element.kind == CLUSTER:
                break
            if element.kind in FOLLOWED:
                yield from self._take(element)
            at = element.stop

    def read_named(self) -> Steps[None]:
        """Go where SeekHead leads. One that is found there adds to the list while it is walked."""
        self._tell()
        for kind, at in self._named:
            if at in self._read:
                continue
            element = yield from _read_element(at, self._segment.stop)
            self._read[at] = None
            if element and element.kind == kind:
                yield from self._take(element)
            self._tell()

    def _take(self, element: Element) -> Steps[None]:
        self._read[element.start] = element
        if element.kind == SEEK_HEAD:
            named = _parse_seek_head((yield element.payload(MAX_PAYLOAD)), self._segment.body)
            self._named += islice(named, MAX_NAMED - len(self._named))
        elif element.kind == INFO:
            _set_duration(self._outline, (yield element.payload(MAX_PAYLOAD)))
        elif element.kind == CHAPTERS:
            self._outline.set_chapters(_parse_chapters((yield element.payload(MAX_PAYLOAD))))

    def _tell(self) -> None:
        """What is only named is taken to be as long as a guess; without Cues the guess stays as well."""
        named = [(kind, range(at, at + TAIL)) for kind, at in self._named if at not in self._read]
        parts = [(part.kind, part.all) for part in self._read.values() if part] + named
        guess = () if any(kind == CUES for kind, _ in parts) else self._guess
        self._outline.set_index(*(where for _, where in parts), *guess)


def _read_element(at: int, limit: int) -> Steps[Element | None]:
    """The element at `at` in a parent that ends at `limit`; None where no element is."""
    header = yield range(at, min(at + 12, limit))
    found = _parse_header(header)
    if found is None:
        return None
    kind, length, size = found
    body = at + length
    return Element(kind, at, body, limit if size is None else min(body + size, limit))


def _parse_header(content: bytes) -> tuple[int, int, int | None] | None:
    """Kind, length of the header, and size of the payload, which is None where it is unknown."""
    kind_length = 9 - content[0].bit_length() if content else 9
    size_at = content[kind_length] if kind_length < len(content) else 0
    size_length = 9 - size_at.bit_length()
    stop = kind_length + size_length
    if kind_length > 4 or size_length > 8 or stop > len(content):
        return None
    ones = (1 << 7 * size_length) - 1
    size = int.from_bytes(content[kind_length:stop], "big") & ones
    return int.from_bytes(content[:kind_length], "big"), stop, None if size == ones else size


def _parse_children(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and payload of each whole element in a payload."""
    at = 0
    while found := _parse_header(content[at : at + 12]):
        kind, length, size = found
        at += length + (size or 0)
        if size is None or at > len(content):
            return
        yield kind, content[at - size : at]


def _parse_seek_head(content: bytes, base: int) -> Iterator[tuple[int, int]]:
    """Kind and place in the file of the elements it names, as far as they are for us."""
    for kind, payload in _parse_children(content):
        if kind == SEEK:
            entry = dict(_parse_children(payload))
            named = _to_int(entry.get(SEEK_ID))
            if named in FOLLOWED and SEEK_POSITION in entry:
                yield named, base + _to_int(entry[SEEK_POSITION])


def _set_duration(outline: Outline, content: bytes) -> None:
    """It is counted in ticks of so many nanoseconds."""
    entry = dict(_parse_children(content))
    raw = entry.get(DURATION, b"")
    if len(raw) in (4, 8):
        (ticks,) = struct.unpack(">f" if len(raw) == 4 else ">d", raw)
        outline.set_duration(ticks * (_to_int(entry.get(TIMESTAMP_SCALE)) or DEFAULT_SCALE) / NANOSECONDS)


def _parse_chapters(content: bytes) -> list[Chapter]:
    """The first ones of the first edition."""
    edition = next((payload for kind, payload in _parse_children(content) if kind == EDITION), b"")
    atoms = (payload for kind, payload in _parse_children(edition) if kind == ATOM)
    return [_parse_chapter(atom) for atom in islice(atoms, MAX_CHAPTERS)]


def _parse_chapter(content: bytes) -> Chapter:
    """The first title, whatever its language."""
    children = list(_parse_children(content))
    display = next((payload for kind, payload in children if kind == DISPLAY), b"")
    title = dict(_parse_children(display)).get(STRING, b"")
    return Chapter(_to_int(dict(children).get(ATOM_START)) / NANOSECONDS, clean_title(title))


def _to_int(content: bytes | None) -> int:
    """An unsigned integer of at most eight bytes."""
    return int.from_bytes((content or b"")[:8], "big")
