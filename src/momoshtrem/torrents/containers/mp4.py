"""MP4 and MOV: boxes (ISO 14496-12). A player needs the whole of `moov` before the first frame."""

from __future__ import annotations

from momoshtrem.torrents.containers.outline import MAX_TAIL, Chapter, Outline, Section, Steps, clean_title

FIRST_BOXES = frozenset(
    {b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"pnot", b"uuid"}
)
FRAGMENT_DATA = frozenset({b"moof", b"mdat"})
MAX_CHILDREN = 64
MAX_PAYLOAD = 2**18
NERO_TICKS = 10_000_000


Box = Section[bytes]


def matches(head: bytes) -> bool:
    return head[4:8] in FIRST_BOXES


def parse(outline: Outline) -> Steps[None]:
    """Find `moov`, wherever it is, and read the little of it that is for us."""
    at = 0
    while box := (yield from _read_box(at, outline.size)):
        if box.kind == b"moov":
            outline.set_index(box.all)
            fragmented = yield from _read_movie(outline, box)
            if fragmented:
                yield from _read_fragments(outline, box)
            return
        if box.kind == b"mdat":
            outline.set_index(range(box.stop, box.stop + MAX_TAIL))
        at = box.stop


def _read_box(at: int, limit: int) -> Steps[Box | None]:
    """The box at `at` in a parent that ends at `limit`; None where no box is."""
    header = yield range(at, min(at + 16, limit))
    size, body = int.from_bytes(header[:4], "big"), at + 8
    if size == 1:
        size, body = int.from_bytes(header[8:16], "big"), at + 16
    elif size == 0:
        size = limit - at
    if len(header) < body - at or size < body - at:
        return None
    return Box(header[4:8], at, body, min(at + size, limit))


def _read_children(parent: Box) -> Steps[list[Box]]:
    at, children = parent.body, list[Box]()
    while len(children) < MAX_CHILDREN and (box := (yield from _read_box(at, parent.stop))):
        children.append(box)
        at = box.stop
    return children


def _read_movie(outline: Outline, moov: Box) -> Steps[bool]:
    """Duration and chapters; gives whether the film is in fragments."""
    timescale, fragmented = 0, False
    for box in (yield from _read_children(moov)):
        if box.kind == b"mvhd":
            header = yield range(box.body, min(box.body + 32, box.stop))
            timescale = int.from_bytes(header[20:24] if header[:1] == b"\1" else header[12:16], "big")
            duration = header[24:32] if header[:1] == b"\1" else header[16:20]
            _set_duration(outline, duration, timescale)
        elif box.kind == b"mvex":
            fragmented = True
            yield from _read_extended_duration(outline, box, timescale)
        elif box.kind == b"udta":
            yield from _read_chapters(outline, box)
    return fragmented


def _set_duration(outline: Outline, duration: bytes, timescale: int) -> None:
    """All bits set stand for unknown."""
    if timescale and duration.strip(b"\xff"):
        outline.set_duration(int.from_bytes(duration, "big") / timescale)


def _read_extended_duration(outline: Outline, mvex: Box, timescale: int) -> Steps[None]:
    for box in (yield from _read_children(mvex)):
        if box.kind == b"mehd":
            content = yield range(box.body, min(box.body + 12, box.stop))
            _set_duration(outline, content[4:12] if content[:1] == b"\1" else content[4:8], timescale)


def _read_chapters(outline: Outline, udta: Box) -> Steps[None]:
    """Nero's list: a count, then for each a start in 100 ns, a length and as many bytes of text."""
    for box in (yield from _read_children(udta)):
        if box.kind == b"chpl":
            content = yield box.payload(MAX_PAYLOAD)
            outline.set_chapters(_parse_chapters(content[8:] if content[:1] != b"\0" else content[4:]))


def _parse_chapters(content: bytes) -> list[Chapter]:
    chapters = []
    at = 1
    for _ in range(content[0] if content else 0):
        if at + 9 > len(content):
            break
        start, length = int.from_bytes(content[at : at + 8], "big"), content[at + 8]
        at += 9 + length
        chapters.append(Chapter(start / NERO_TICKS, clean_title(content[at - length : at])))
    return chapters


def _read_fragments(outline: Outline, moov: Box) -> Steps[None]:
    """What lists the fragments: `sidx` in front of the first one, and `mfra` at the end of the file."""
    parts = [moov.all]
    at = moov.stop
    while (box := (yield from _read_box(at, outline.size))) and box.kind not in FRAGMENT_DATA:
        if box.kind == b"sidx":
            parts.append(box.all)
            _set_listed_duration(outline, box, (yield box.payload(MAX_PAYLOAD)))
        at = box.stop
    last = yield range(outline.size - 16, outline.size)
    if last[4:8] == b"mfro":
        parts.append(range(outline.size - int.from_bytes(last[12:16], "big"), outline.size))
    outline.set_index(*parts)


def _set_listed_duration(outline: Outline, sidx: Box, content: bytes) -> None:
    """Believe the list if it is of most of the file; some have a `sidx` for each fragment."""
    wide = content[:1] != b"\0"
    first = 32 if wide else 24
    offset = int.from_bytes(content[20:28] if wide else content[16:20], "big")
    count = int.from_bytes(content[first - 2 : first], "big")
    entries = [content[at : at + 12] for at in range(first, len(content) - 11, 12)][:count]
    listed = sum(int.from_bytes(entry[:4], "big") & 0x7FFFFFFF for entry in entries)
    if sidx.stop + offset + listed > outline.size * 0.9 and not outline.duration:
        ticks = sum(int.from_bytes(entry[4:8], "big") for entry in entries)
        _set_duration(outline, ticks.to_bytes(8, "big"), int.from_bytes(content[8:12], "big"))
