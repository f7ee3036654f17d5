"""AVI: chunks (Microsoft RIFF) and their OpenDML extension for large files.

The index is `idx1` after the film itself. OpenDML has further ones between the frames, listed by `indx`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from momoshtrem.torrents.containers.outline import MAX_TAIL, Outline, Steps

MAX_HEADERS = 2**16
INDEX_OF_INDEXES = b"\0"
MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where a chunk is: its header begins at `start`, its payload at `body`. `form` is what a list is of."""

    kind: bytes
    form: bytes
    start: int
    body: int
    stop: int


def matches(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"AVI "


def parse(outline: Outline) -> Steps[None]:
    """Read the headers, step over the film, find `idx1` behind it."""
    parts: list[range] = []
    at = 12
    while chunk := (yield from _read_chunk(at, outline.size)):
        if chunk.kind == b"LIST" and chunk.form == b"hdrl":
            headers = yield range(chunk.body + 4, min(chunk.stop, chunk.body + MAX_HEADERS))
            parts = _take_headers(outline, headers)
        elif chunk.kind == b"LIST" and chunk.form == b"movi":
            outline.set_index(*parts, range(chunk.stop, chunk.stop + MAX_TAIL))
        elif chunk.kind == b"idx1":
            outline.set_index(*parts, range(chunk.start, chunk.stop))
            return
        at = chunk.stop + chunk.stop % 2


def _read_chunk(at: int, limit: int) -> Steps[Chunk | None]:
    header = yield range(at, at + 12)
    if len(header) < 8:
        return None
    body = at + 8
    stop = min(body + _to_int(header[4:8]), limit)
    return Chunk(header[:4], header[8:12], at, body, stop)


def _parse_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and payload of each chunk in a payload."""
    at = 0
    while at + 8 <= len(content):
        size = _to_int(content[at + 4 : at + 8])
        yield content[at : at + 4], content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _take_headers(outline: Outline, content: bytes) -> list[range]:
    """Set the duration; gives where the indexes of OpenDML are."""
    chunks = list(_parse_chunks(content))
    lists = [(payload[:4], list(_parse_chunks(payload[4:]))) for kind, payload in chunks if kind == b"LIST"]
    streams = [dict(parts) for form, parts in lists if form == b"strl"]
    extended = next((dict(parts).get(b"dmlh", b"") for form, parts in lists if form == b"odml"), b"")
    seconds = _measure(dict(chunks).get(b"avih", b""), streams, _to_int(extended[:4]))
    outline.set_duration(seconds)
    return [part for stream in streams for part in _parse_index_of_indexes(stream.get(b"indx", b""))]


def _measure(main: bytes, streams: list[dict[bytes, bytes]], frames: int) -> float:
    """Seconds by the header of the picture, else by the main one.

    In files of several RIFFs these may count the frames of the first one, `frames` those of all.
    """
    for header in (stream.get(b"strh", b"") for stream in streams):
        scale, rate, length = (_to_int(header[at : at + 4]) for at in (20, 24, 32))
        if header[:4] == b"vids" and rate:
            return max(length, frames) * scale / rate
    return max(_to_int(main[16:20]), frames) * _to_int(main[:4]) / MICROSECONDS


def _parse_index_of_indexes(content: bytes) -> Iterator[range]:
    """Each entry is the place of an index, its length, and the time it covers."""
    if content[3:4] != INDEX_OF_INDEXES:
        return
    stop = min(24 + 16 * _to_int(content[4:8]), len(content) - 15)
    for at in range(24, stop, 16):
        start = _to_int(content[at : at + 8])
        yield range(start, start + 8 + _to_int(content[at + 8 : at + 12]))


def _to_int(content: bytes) -> int:
    return int.from_bytes(content, "little")
