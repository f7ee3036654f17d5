"""Where the pieces of a torrent lie in its files, and what they cost on the disk."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from momoshtrem.model.torrent import TorrentFile

BLOCK = 4096
"""Bytes; the disk gives and takes whole blocks."""

_offset = attrgetter("offset")


class Layout(Protocol):
    """What the cache must know of a torrent; a `Metainfo` is one."""

    @property
    def info_hash(self) -> str: ...
    @property
    def piece_length(self) -> int: ...
    @property
    def piece_count(self) -> int: ...
    @property
    def files(self) -> tuple[TorrentFile, ...]: ...


@dataclass(frozen=True, slots=True)
class StoredLayout:
    """The layout of a torrent that is not loaded."""

    info_hash: str
    piece_length: int
    piece_count: int
    files: tuple[TorrentFile, ...]


def find_parts(layout: Layout, piece: int) -> Iterator[tuple[TorrentFile, range]]:
    """The files on disk that have bytes of a piece, and which bytes of them these are."""
    start = piece * layout.piece_length
    end = start + layout.piece_length
    first = max(0, bisect_right(layout.files, start, key=_offset) - 1)
    for file in layout.files[first : bisect_left(layout.files, end, key=_offset)]:
        part = range(max(0, start - file.offset), min(file.size, end - file.offset))
        if part and not file.hidden:
            yield file, part


def files_of(layout: Layout, pieces: Iterable[int]) -> set[int]:
    """The indexes of the files that have bytes in these pieces."""
    return {file.index for piece in pieces for file, _ in find_parts(layout, piece)}


def find_cost(layout: Layout, piece: int) -> int:
    """The most that a piece takes on the disk, in bytes.

    A block more than its bytes in each file: the file system notes there which blocks are whose.
    """
    parts = (part for _, part in find_parts(layout, piece))
    return sum(round_up(part.stop) - round_down(part.start) + BLOCK for part in parts)


def round_up(at: int) -> int:
    return -(-at // BLOCK) * BLOCK


def round_down(at: int) -> int:
    return at // BLOCK * BLOCK
