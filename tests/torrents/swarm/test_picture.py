from __future__ import annotations

from collections.abc import Container, Sequence
from types import SimpleNamespace
from typing import Any, cast

import libtorrent as lt
import pytest

from momoshtrem.torrents.swarm.picture import Picture, SeenPiece, make_scene, take_picture, to_samples


def make_peer(host: str, port: int = 1, *, flags: int = 0, pieces: Sequence[bool] = ()) -> SimpleNamespace:
    return SimpleNamespace(
        ip=(host, port), flags=flags, total_download=100, download_queue_length=2, pieces=pieces
    )


def make_block(state: int, host: str = "") -> dict[str, Any]:
    return {"state": state, "peer": (host, 1)}


def list_pieces(owner: Container[int]) -> set[int]:
    """Which of the pieces 0 to 3."""
    return {piece for piece in range(4) if piece in owner}


def photograph(peers: Sequence[SimpleNamespace], blocks: Sequence[dict[str, Any]] = ()) -> Picture:
    """A picture in which piece 2 is late, and its blocks are these."""
    queue = [{"piece_index": 2, "blocks": blocks}, {"piece_index": 3, "blocks": []}] if blocks else []
    handle = SimpleNamespace(get_peer_info=lambda: peers, get_download_queue=lambda: queue)
    return take_picture(cast("lt.torrent_handle", handle), {2})


def test_which_pieces_a_peer_has() -> None:
    seed, other = make_peer("a", flags=lt.peer_info.seed), make_peer("b", pieces=[False, True, False])
    found = photograph([seed, other])
    assert [list_pieces(peer.pieces) for peer in found.peers] == [{0, 1, 2, 3}, {1}]


class CostlyPeer(SimpleNamespace):
    listed = 0

    @property
    def pieces(self) -> list[bool]:
        self.listed += 1
        return [False, True]


@pytest.mark.parametrize("late", [set(), {1}, {1, 2}])
def test_what_a_peer_has_is_listed_once_and_only_where_a_piece_is_late(late: set[int]) -> None:
    peer = CostlyPeer(ip=("a", 1), flags=0, total_download=0, download_queue_length=0)
    handle = SimpleNamespace(get_peer_info=lambda: [peer], get_download_queue=list)
    found = take_picture(cast("lt.torrent_handle", handle), late)
    assert peer.listed == bool(late)
    assert [make_scene(found, piece, failed=False).owners for piece in late - {2}] == [["a"]] * bool(late)
    assert peer.listed == bool(late)


def test_a_peer_that_is_not_there_yet_only_connects() -> None:
    found = photograph([make_peer("a", flags=lt.peer_info.handshake), make_peer("b")])
    assert (found.connecting, [peer.host for peer in found.peers]) == (1, ["b"])


def test_of_late_pieces_alone_the_blocks_are_seen() -> None:
    blocks = [make_block(0), make_block(1, "a"), make_block(2, "b"), make_block(3, "b")]
    assert photograph([], blocks).pieces == {2: SeenPiece(done=2, blocks=4, holding=frozenset({"a"}))}
    assert photograph([]).pieces == {2: SeenPiece()}


def test_the_connections_of_a_host_are_one() -> None:
    has_one, has_two = [False, True, False], [False, False, True]
    peers = [make_peer("a", 1, pieces=has_one), make_peer("a", 2, pieces=has_two), make_peer("b")]
    one, other = to_samples(photograph(peers).peers)
    assert (one.host, one.received, list_pieces(one.pieces)) == ("a", 200, {1, 2})
    assert (other.host, other.received, list_pieces(other.pieces)) == ("b", 100, set())


def test_who_chokes_has_what_is_wanted_and_does_not_send_it() -> None:
    found = photograph([make_peer("a", flags=lt.peer_info.seed | lt.peer_info.remote_choked)])
    scene = make_scene(found, 2, failed=False)
    assert (scene.owners, scene.willing) == (["a"], frozenset())
    assert [list_pieces(sample.pieces) for sample in to_samples(found.peers)] == [set()]
