"""The blocks of pieces that are on their way: what is in the file before the hash of its piece is checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable

BLOCK = 16 * 2**10
"""Bytes that are asked of a peer at a time (BEP 3); the last block of a piece may have less."""

MIN_PIECE = 256 * 2**10
"""Bytes of a piece from which on its blocks are worth knowing; smaller ones are whole soon enough."""

Flags = bytearray
"""One byte for each block of a piece: 1 once it is in the file."""


class Blocks:
    """Knows the blocks of those pieces that it follows, and of no others."""

    def __init__(self, piece_length: int) -> None:
        self._piece_length = piece_length
        self._flags: dict[int, Flags] = {}

    def __bool__(self) -> bool:
        """Whether anything is followed."""
        return bool(self._flags)

    def __contains__(self, piece: int) -> bool:
        """Whether the piece is followed."""
        return piece in self._flags

    def follow(self, piece: int) -> Flags:
        """Follow a piece from now on; gives what is to be handed to `learn`."""
        return self._flags.setdefault(piece, Flags(-(-self._piece_length // BLOCK)))

    def learn(self, piece: int, flags: Flags, blocks: Iterable[int]) -> None:
        """These blocks are in the file. That counts only if the piece was followed all the time since
        libtorrent was asked."""
        if self._flags.get(piece) is flags:
            for block in blocks:
                flags[block] = 1

    def add(self, piece: int, block: int) -> bool:
        """A block is in the file now; gives whether its piece is followed."""
        if flags := self._flags.get(piece):
            flags[block] = 1
        return bool(flags)

    def forget(self, piece: int) -> None:
        self._flags.pop(piece, None)

    def keep(self, pieces: Collection[int]) -> None:
        """Forget all other pieces."""
        self._flags = {piece: flags for piece, flags in self._flags.items() if piece in pieces}

    def count_from(self, position: int) -> int:
        """How many bytes of the torrent from `position` to the end of its piece are there without a gap.

        Counts in whole blocks: behind the end of the torrent there may be more than there is.
        """
        piece, offset = divmod(position, self._piece_length)
        flags = self._flags.get(piece, Flags())
        gap = flags.find(0, offset // BLOCK)
        end = self._piece_length if gap < 0 else gap * BLOCK
        return max(0, end - offset) if flags else 0
