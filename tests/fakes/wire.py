"""What a peer sends, read off its connection: every block with its place, also those sent twice.

This knows nothing of what the client makes of them, so it also judges a client that reckons wrongly.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

HANDSHAKE = b"\x13BitTorrent protocol"
HANDSHAKE_SIZE = 68
LENGTH_SIZE = 4
PIECE, PIECE_HEAD = 7, 9
"""The id of a message with a block, and the size of what it has before the block."""


@dataclass(frozen=True, slots=True)
class Block:
    piece: int
    begin: int
    size: int


class BlockReader:
    """Counts the blocks in one side's bytes of one connection (BEP 3) into `blocks`.

    What comes before the handshake is skipped: it belongs to the obfuscated handshake (MSE), after which
    libtorrent goes on in plain.
    """

    def __init__(self, blocks: Counter[Block]) -> None:
        self._blocks = blocks
        self._rest = bytearray()
        self._skip = 0
        self._begun = False

    def feed(self, chunk: bytes) -> None:
        skipped = min(self._skip, len(chunk))
        self._skip -= skipped
        self._rest += chunk[skipped:]
        while not self._skip and self._take():
            pass

    def _take(self) -> bool:
        """Take one message off the rest; False when it has no whole head."""
        if not self._begun:
            return self._take_handshake()
        if len(self._rest) < LENGTH_SIZE:
            return False
        length = int.from_bytes(self._rest[:LENGTH_SIZE])
        if len(self._rest) < LENGTH_SIZE + min(length, PIECE_HEAD):
            return False
        if length > PIECE_HEAD and self._rest[LENGTH_SIZE] == PIECE:
            piece, begin = int.from_bytes(self._rest[5:9]), int.from_bytes(self._rest[9:13])
            self._blocks[Block(piece, begin, length - PIECE_HEAD)] += 1
        self._drop(LENGTH_SIZE + length)
        return True

    def _take_handshake(self) -> bool:
        at = self._rest.find(HANDSHAKE)
        self._begun = at >= 0
        if self._begun:
            self._drop(at + HANDSHAKE_SIZE)
        return self._begun

    def _drop(self, size: int) -> None:
        self._skip = max(0, size - len(self._rest))
        del self._rest[:size]
