from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.downloader import download
from tests.fakes.swarm import KIB, Line, make_source, open_swarm

SIZE = 1000 * KIB


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make_source(tmp_path / "film.mkv", SIZE)


async def test_every_byte_comes_over_a_counted_line(source: Path, tmp_path: Path) -> None:
    async with open_swarm(source, lines=[Line(), Line()], piece_length=64 * KIB) as swarm:
        peers = [peer.address for peer in swarm.peers]
        await download(swarm.torrent, peers, tmp_path / "got")
        assert SIZE < swarm.sent < 2.2 * SIZE
        assert SIZE == swarm.useful <= swarm.fetched

    assert (tmp_path / "got" / source.name).read_bytes() == source.read_bytes()
    assert len({peer.rpartition(":")[0] for peer in peers}) == 2


async def test_a_corrupt_peer_sends_bytes_that_fail_their_hash(source: Path, tmp_path: Path) -> None:
    lines = [Line(corrupt=True), Line(rate=2e6)]
    async with open_swarm(source, lines=lines, piece_length=64 * KIB) as swarm:
        peers = [peer.address for peer in swarm.peers]
        status = await download(swarm.torrent, peers, tmp_path / "got")
        assert SIZE == swarm.useful < swarm.fetched

    assert status.total_failed_bytes > 0
    assert (tmp_path / "got" / source.name).read_bytes() == source.read_bytes()


async def test_the_magnet_names_the_torrent_and_its_peers(source: Path) -> None:
    async with open_swarm(source) as swarm:
        assert swarm.info_hash in swarm.magnet
        assert f"x.pe={swarm.peers[0].address}" in swarm.magnet
        assert "dn=film.mkv" in swarm.magnet


def test_a_source_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    one, two, other = (
        make_source(tmp_path / name, SIZE, seed).read_bytes()
        for name, seed in (("one", 1), ("two", 1), ("other", 2))
    )
    assert len(one) == SIZE
    assert one == two
    assert one != other
