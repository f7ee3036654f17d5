"""What is known of a media file: the parts a player reads before it plays or seeks, duration and chapters.

Before any byte is here it is a guess from the name and the size; what players ask for was seen with mpv, VLC,
Kodi and ffmpeg.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
Kind = TypeVar("Kind")

Steps = Generator[range, bytes, T]
"""A parser: it yields the bytes of the file it needs next, is sent them, and gives T at last.

What it is sent is shorter than the range where the file ends or the range is too long to be read at once.
"""

KIB, MIB = 2**10, 2**20
HEAD = 512 * KIB
TAIL = MIB
MAX_TAIL = 8 * MIB
MAX_INDEX = 32 * MIB
LAST_READ = 128 * KIB
"""Kodi reads so much at the end of a file, others ask for all from the index on."""
MP4_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".3gp"})
TS_SUFFIXES = frozenset({".ts", ".m2ts", ".mts"})
TS_HEAD, TS_TAIL = 1536 * KIB, 250_000
SHORTEST, LONGEST = 0.1, 7 * 24 * 3600.0


class Section(NamedTuple, Generic[Kind]):
    """Where a section of a container is: its header begins at `start`, its payload at `body`."""

    kind: Kind
    start: int
    body: int
    stop: int

    @property
    def all(self) -> range:
        return range(self.start, self.stop)

    def payload(self, limit: int) -> range:
        """So much of it as is worth reading."""
        return range(self.body, min(self.stop, self.body + limit))


@dataclass(frozen=True, slots=True)
class Chapter:
    """`start` is in seconds."""

    start: float
    title: str


@dataclass(slots=True)
class Outline:
    """A file of `size` bytes. All ranges are within it.

    `head` is what a player reads first, `index` what it reads beyond it before it plays or seeks: disjoint,
    in file order, at most MAX_INDEX bytes in all. `duration` is in seconds, None while unknown.
    """

    size: int
    head: range = range(0)
    index: tuple[range, ...] = ()
    duration: float | None = None
    chapters: tuple[Chapter, ...] = ()

    def set_head(self, length: int) -> None:
        self.head = range(min(length, self.size))

    def set_index(self, *parts: range) -> None:
        """Say where the index is. One at the end of the file takes all of its last bytes with it."""
        if any(part.stop > self.size - LAST_READ for part in parts):
            parts = (*parts, range(self.size - LAST_READ, self.size))
        inside = [range(max(part.start, 0), min(part.stop, self.size)) for part in parts]
        self.index = _limit(_join([part for part in inside if part.stop > self.head.stop]))

    def set_duration(self, seconds: float) -> None:
        """Believe a duration, unless no film is so short or long."""
        if SHORTEST <= seconds <= LONGEST:
            self.duration = seconds

    def set_chapters(self, chapters: list[Chapter]) -> None:
        """Believe those that begin within the longest film."""
        known = (chapter for chapter in chapters if chapter.start <= LONGEST)
        self.chapters = tuple(sorted(known, key=lambda chapter: chapter.start))


def guess_outline(name: str, size: int) -> Outline:
    """What can be said of a file before any of its bytes is here."""
    suffix = PurePosixPath(name).suffix.lower()
    head, tail = (TS_HEAD, TS_TAIL) if suffix in TS_SUFFIXES else (HEAD, TAIL)
    if suffix in MP4_SUFFIXES:
        tail = min(max(TAIL, size * 3 // 1000), MAX_TAIL)
    outline = Outline(size)
    outline.set_head(head)
    outline.set_index(range(size - tail, size))
    return outline


def clean_title(raw: bytes) -> str:
    """The text of a title: up to its first NUL, with what is no UTF-8 replaced."""
    return raw.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _join(parts: list[range]) -> list[range]:
    """The same bytes in order and without overlaps."""
    joined: list[range] = []
    for part in sorted((part for part in parts if part), key=lambda part: part.start):
        if joined and part.start <= joined[-1].stop:
            joined[-1] = range(joined[-1].start, max(joined[-1].stop, part.stop))
        else:
            joined.append(part)
    return joined


def _limit(parts: list[range]) -> tuple[range, ...]:
    """The first MAX_INDEX bytes of them."""
    left = MAX_INDEX
    kept = []
    for part in parts:
        kept.append(part[:left])
        left -= len(kept[-1])
    return tuple(part for part in kept if part)
