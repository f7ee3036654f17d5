"""Which pieces of a torrent are on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress


class Pieces:
    """A set of piece indexes below `count`; one byte each in memory, so that searching is one C call."""

    def __init__(self, count: int, present: Iterable[int] = ()) -> None:
        self._flags = bytearray(count)
        for piece in present:
            self._flags[piece] = 1

    @classmethod
    def unpack(cls, packed: bytes, count: int) -> Pieces:
        """From one bit per piece, most significant first; missing bits are 0."""
        bits = f"{int.from_bytes(packed, 'big'):0{len(packed) * 8}b}".encode()
        flags = bits.translate(bytes.maketrans(b"01", b"\0\1"))
        pieces = cls(0)
        pieces._flags = bytearray(flags[:count].ljust(count, b"\0"))
        return pieces

    def pack(self) -> bytes:
        padded = bytes(self._flags) + bytes(-len(self._flags) % 8)
        bits = padded.translate(bytes.maketrans(b"\0\1", b"01"))
        return int(bits or b"0", 2).to_bytes(len(padded) // 8, "big")

    def __len__(self) -> int:
        return len(self._flags)

    def __contains__(self, piece: int) -> bool:
        return bool(self._flags[piece])

    def add(self, piece: int) -> None:
        self._flags[piece] = 1

    def discard(self, first: int, last: int) -> None:
        """Take out the pieces from `first` to `last`."""
        self._flags[first : last + 1] = bytes(last + 1 - first)

    def count(self) -> int:
        return self._flags.count(1)

    def to_list(self) -> list[bool]:
        return [bool(flag) for flag in self._flags]

    def list_present(self, within: range) -> list[int]:
        """The pieces of this range that are here."""
        return list(compress(within, self._flags[within.start : within.stop]))

    def find_missing(self, first: int, last: int) -> int | None:
        """The first piece from `first` to `last` that is not here."""
        found = self._flags.find(0, first, last + 1)
        return None if found < 0 else found

    def find_all_missing(self, first: int, last: int) -> list[int]:
        """All pieces from `first` to `last` that are not here."""
        missing = []
        while (found := self._flags.find(0, first, last + 1)) >= 0:
            missing.append(found)
            first = found + 1
        return missing

    def find_gaps(self, first: int, last: int) -> Iterator[range]:
        """The runs of pieces from `first` to `last` that are not here."""
        while (start := self._flags.find(0, first, last + 1)) >= 0:
            end = self._flags.find(1, start, last + 1)
            first = last + 1 if end < 0 else end
            yield range(start, first)
