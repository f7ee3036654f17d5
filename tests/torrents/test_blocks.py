from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from momoshtrem.torrents.blocks import BLOCK, Blocks

PER_PIECE = 4
LENGTH = PER_PIECE * BLOCK - 100
PIECES = st.integers(0, 3)
BLOCKS = st.integers(0, PER_PIECE - 1)


def test_nothing_is_known_of_a_piece_that_is_not_followed() -> None:
    blocks = Blocks(LENGTH)
    assert not blocks.add(0, 0)
    assert (bool(blocks), 0 in blocks, blocks.count_from(0)) == (False, False, 0)


def test_bytes_count_up_to_the_first_gap() -> None:
    blocks = Blocks(LENGTH)
    blocks.follow(1)
    for block in (0, 1, 3):
        assert blocks.add(1, block)
    assert blocks.count_from(LENGTH) == 2 * BLOCK
    assert blocks.count_from(LENGTH + BLOCK + 5) == BLOCK - 5
    assert blocks.count_from(LENGTH + 2 * BLOCK) == 0
    assert blocks.count_from(2 * LENGTH - 1) == 1


def test_a_piece_shorter_than_a_block_is_one() -> None:
    blocks = Blocks(1000)
    blocks.follow(2)
    blocks.add(2, 0)
    assert blocks.count_from(2300) == 700


def test_a_piece_that_was_forgotten_begins_anew() -> None:
    blocks = Blocks(LENGTH)
    flags = blocks.follow(0)
    blocks.forget(0)
    blocks.learn(0, flags, [0])
    again = blocks.follow(0)
    blocks.learn(0, flags, [0])
    assert blocks.count_from(0) == 0
    blocks.learn(0, again, [0])
    assert blocks.count_from(0) == BLOCK


@given(st.sets(st.integers(0, 5)), st.sets(st.integers(0, 5)))
def test_only_what_is_kept_is_followed(followed: set[int], kept: set[int]) -> None:
    blocks = Blocks(LENGTH)
    for piece in followed:
        blocks.follow(piece)
    blocks.keep(kept)
    assert {piece for piece in range(6) if piece in blocks} == followed & kept


class BlocksMachine(RuleBasedStateMachine):
    """Against a set of blocks for each piece."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = Blocks(LENGTH)
        self.model: dict[int, set[int]] = {}

    @rule(piece=PIECES)
    def follow(self, piece: int) -> None:
        self.blocks.follow(piece)
        self.model.setdefault(piece, set())

    @rule(piece=PIECES, here=st.sets(BLOCKS))
    def learn(self, piece: int, here: set[int]) -> None:
        self.follow(piece)
        self.blocks.learn(piece, self.blocks.follow(piece), here)
        self.model[piece] |= here

    @rule(piece=PIECES, block=BLOCKS)
    def add(self, piece: int, block: int) -> None:
        assert self.blocks.add(piece, block) is (piece in self.model)
        if piece in self.model:
            self.model[piece].add(block)

    @rule(piece=PIECES)
    def forget(self, piece: int) -> None:
        self.blocks.forget(piece)
        self.model.pop(piece, None)

    @invariant()
    def every_byte_that_is_given_is_there_and_the_next_is_not(self) -> None:
        assert bool(self.blocks) is bool(self.model)
        for piece, here in self.model.items():
            for offset in (0, BLOCK - 1, BLOCK, 2 * BLOCK + 7, LENGTH - 1):
                end = offset + self.blocks.count_from(piece * LENGTH + offset)
                assert set(range(offset // BLOCK, -(-end // BLOCK))) <= here or end == offset
                assert end == LENGTH or (end // BLOCK) not in here


TestBlocksMachine = BlocksMachine.TestCase
