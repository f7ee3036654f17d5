from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.wire import HANDSHAKE, Block, BlockReader

PLAIN = HANDSHAKE + bytes(48)
KEEP_ALIVE, UNCHOKE = bytes(4), b"\0\0\0\1\1"


def message(block: Block) -> bytes:
    head = (block.size + 9).to_bytes(4) + b"\7" + block.piece.to_bytes(4) + block.begin.to_bytes(4)
    return head + bytes(block.size)


@given(
    blocks=st.lists(st.builds(Block, st.integers(0, 9), st.integers(0, 9), st.integers(1, 300))),
    before=st.binary(max_size=50),
    cuts=st.lists(st.integers(0, 4000)),
)
def test_every_block_is_counted_wherever_the_stream_is_cut(
    blocks: list[Block], before: bytes, cuts: list[int]
) -> None:
    stream = before + PLAIN + b"".join(KEEP_ALIVE + message(block) + UNCHOKE for block in blocks)
    ends = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    found: Counter[Block] = Counter()
    reader = BlockReader(found)

    for begin, end in pairwise(ends):
        reader.feed(stream[begin:end])

    assert found == Counter(blocks)


def test_a_stream_without_a_handshake_has_no_blocks() -> None:
    found: Counter[Block] = Counter()

    BlockReader(found).feed(message(Block(1, 2, 3)))

    assert not found
