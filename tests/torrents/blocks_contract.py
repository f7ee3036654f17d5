"""What every `Engine` promises of bytes that come before their piece is whole; run with large pieces."""

from __future__ import annotations

import pytest

from momoshtrem.errors import NoData
from momoshtrem.torrents.engine import Reader
from tests.torrents.contract import Rig, read_all


def has_pieces(rig: Rig) -> bool:
    """Whether any piece is whole and checked."""
    status = rig.engine.find_status(rig.info_hash)
    return status is not None and status.progress > 0


async def read_until_cut(reader: Reader) -> bytes:
    """All that is given before the reader says that it is false."""
    given = bytearray()
    try:
        while got := await reader.read(len(given), 50_000):
            given += got
    except NoData as error:
        assert "false" in str(error)  # noqa: PT017 - what was given before counts too
        return bytes(given)
    pytest.fail("it was never cut off")


class BlocksContract:
    """Subclasses give a fixture `early`: a rig with two peers, of which the second sends false bytes."""

    async def test_bytes_come_before_their_piece_is_whole(self, early: Rig) -> None:
        early.learn(early.peer)
        reader = await early.engine.open(early.ref())
        assert await reader.read(5, 10) == early.contents[0][5:15]
        assert not has_pieces(early)
        await reader.check()
        assert has_pieces(early)
        reader.close()

    async def test_a_file_reads_as_it_is_in_the_swarm(self, early: Rig) -> None:
        early.learn(early.peer)
        reader = await early.engine.open(early.ref())
        assert await read_all(reader) == early.contents[0]
        await reader.check()
        reader.close()

    async def test_two_readers_are_given_the_same(self, early: Rig) -> None:
        early.learn(early.peer)
        first, second = await early.engine.open(early.ref()), await early.engine.open(early.ref())
        assert await first.read(0, 10) == await second.read(0, 10) == early.contents[0][:10]
        await first.check()
        await second.check()
        first.close()
        second.close()

    async def test_a_liar_is_cut_off_and_the_next_open_is_right(self, early: Rig) -> None:
        early.learn(early.peers[1])
        reader = await early.engine.open(early.ref())
        given = await read_until_cut(reader)
        assert 0 < len(given) <= early.torrent.piece_length
        assert not has_pieces(early)
        reader.close()
        await early.engine.add_peers(early.info_hash, (early.peer,))
        again = await early.engine.open(early.ref())
        assert await read_all(again) == early.contents[0]
        await again.check()
        again.close()

    async def test_the_check_of_false_bytes_fails(self, early: Rig) -> None:
        early.learn(early.peers[1])
        reader = await early.engine.open(early.ref())
        assert await reader.read(0, 10) != early.contents[0][:10]
        with pytest.raises(NoData, match="false"):
            await reader.check()
        reader.close()
