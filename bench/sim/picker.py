"""A model of libtorrent's piece picker: which blocks a peer is asked for next.

It takes the calls of a torrent handle that `runtime.tell` makes.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from random import Random

BLOCK = 16 * 1024
TOP = 7
PARTIALS_PER_PEER = 1.5
PARTIAL_BLOCKS = 2048
FREE, ASKED, HERE = 0, 1, 2

Block = tuple[int, int]
"""A piece and a block in it."""


class Blocks:
    """The blocks of a piece that was begun: their states, who was asked, and who sent them."""

    def __init__(self, count: int) -> None:
        self.states = bytearray(count)
        self.asked: dict[int, set[int]] = {}
        self.senders: dict[int, int] = {}

    @property
    def begun(self) -> bool:
        return bool(self.asked or self.senders)

    def touched_by_others(self, peer: int) -> bool:
        return any(sender != peer for sender in self.senders.values()) or any(
            holders - {peer} for holders in self.asked.values()
        )


class Picker:
    """`on_first_deadline` is called when the list of deadlines was empty."""

    def __init__(self, count: int, piece_length: int, random: Random, clock: Callable[[], float]) -> None:
        self.per_piece = max(1, piece_length // BLOCK)
        self.pieces = [Blocks(self.per_piece) for _ in range(count)]
        self.priorities = [0] * count
        self.wanted: set[int] = set()
        self.deadlines: dict[int, float] = {}
        self.on_first_deadline: Callable[[], None] = lambda: None
        self._have: set[int] = set()
        self._sequential = True
        self._cursors = (count, count)
        self._random = random
        self._clock = clock
        self._ranks = random.sample(range(count), count)

    # what the handle is told

    def prioritize_pieces(self, changes: list[tuple[int, int]]) -> None:
        for piece, priority in changes:
            self.priorities[piece] = priority
            if priority and piece not in self._have:
                self.wanted.add(piece)
            else:
                self._drop(piece)

    def set_piece_deadline(self, piece: int, milliseconds: int) -> None:
        if piece in self._have:
            return
        if not self.deadlines:
            self.on_first_deadline()
        self.deadlines[piece] = self._clock() + milliseconds / 1000
        self.prioritize_pieces([(piece, TOP)])

    def clear_piece_deadlines(self) -> None:
        pieces, self.deadlines = list(self.deadlines), {}
        self.prioritize_pieces([(piece, 1) for piece in pieces])

    def reset_piece_deadline(self, piece: int) -> None:
        if self.deadlines.pop(piece, None) is not None:
            self.prioritize_pieces([(piece, 1)])

    def unset_flags(self, _flags: int) -> None:
        self._sequential = False
        self._cursors = (0, len(self.priorities))

    def set_flags(self, _flags: int) -> None:
        self._sequential = True

    # what the connections ask

    def pick(self, peer: int, count: int, peers: int, held: Container[Block], parole: bool) -> list[Block]:
        """Up to `count` free blocks that this peer is not asked for already."""
        found: list[Block] = []
        for piece in self._order(peer, peers, parole):
            for block in self.free_blocks(piece):
                if (piece, block) not in held:
                    found.append((piece, block))
                    if len(found) >= count:
                        return found
        return found

    def pick_busy(self, peer: int) -> Block | None:
        """A block that others were asked for, of a piece with no free block: the end game."""
        full = [p for p in self.wanted if FREE not in self.pieces[p].states]
        busy = [
            (p, block) for p in full for block, holders in self.pieces[p].asked.items() if peer not in holders
        ]
        return self._random.choice(busy) if busy else None

    def free_blocks(self, piece: int) -> Iterator[int]:
        """From the first one on."""
        states = self.pieces[piece].states
        block = states.find(FREE)
        while block >= 0:
            yield block
            block = states.find(FREE, block + 1)

    def ask(self, block: Block, peer: int) -> None:
        piece = self.pieces[block[0]]
        piece.states[block[1]] = ASKED
        piece.asked.setdefault(block[1], set()).add(peer)

    def release(self, block: Block, peer: int) -> None:
        """The peer will not send it."""
        piece = self.pieces[block[0]]
        holders = piece.asked.get(block[1], set())
        holders.discard(peer)
        if not holders and piece.asked.pop(block[1], None) is not None:
            piece.states[block[1]] = FREE

    def receive(self, block: Block, peer: int) -> bool:
        """It is here; whether its piece has all blocks now."""
        piece = self.pieces[block[0]]
        if block[0] in self._have or piece.states[block[1]] == HERE:
            return False
        piece.states[block[1]] = HERE
        piece.asked.pop(block[1], None)
        piece.senders[block[1]] = peer
        return len(piece.senders) == self.per_piece

    def finish(self, piece: int) -> None:
        self._have.add(piece)
        self._drop(piece)

    def fail(self, piece: int) -> None:
        """Its hash is wrong: all of it is asked for again."""
        self.pieces[piece] = Blocks(self.per_piece)

    def _drop(self, piece: int) -> None:
        """Cursors move inwards past what is not wanted, and never back: the bug of libtorrent 2.1."""
        self.wanted.discard(piece)
        self.deadlines.pop(piece, None)
        low, high = self._cursors
        if piece in (low, high - 1):
            while low < high and low not in self.wanted:
                low += 1
            while low < high and high - 1 not in self.wanted:
                high -= 1
            self._cursors = (low, high)

    def _order(self, peer: int, peers: int, parole: bool) -> list[int]:
        usable = [p for p in self.wanted if FREE in self.pieces[p].states]
        if parole:
            usable = [p for p in usable if not self.pieces[p].touched_by_others(peer)]
        partial = [p for p in usable if self.pieces[p].begun]
        crowded = len(partial) > PARTIALS_PER_PEER * peers or len(partial) * self.per_piece > PARTIAL_BLOCKS
        usable.sort(key=self._sequential_key if self._sequential else self._rarity_key)
        if not crowded and not parole:
            return usable
        partial.sort(key=(lambda p: p) if self._sequential else (lambda p: -len(self.pieces[p].senders)))
        return partial + [p for p in usable if p not in partial]

    def _sequential_key(self, piece: int) -> tuple[int, int, int]:
        if self.priorities[piece] == TOP:
            return (0, 0, self._ranks[piece])
        low, high = self._cursors
        if low <= piece < high:
            return (1, 0, piece)
        return (2, -self.priorities[piece], self._ranks[piece])

    def _rarity_key(self, piece: int) -> tuple[int, int, int]:
        return (-self.priorities[piece], not self.pieces[piece].begun, self._ranks[piece])
