"""The swarm of a torrent at a moment: what libtorrent knows of its peers and of the pieces that are late."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import libtorrent as lt

from momoshtrem.torrents.picker import find_queue
from momoshtrem.torrents.swarm.peers import Sample
from momoshtrem.torrents.swarm.watch import Scene

REQUESTED = 1
"""The state of a block that a peer was asked for; it is 0 before, and higher once the block is here."""
NOT_THERE_YET = lt.peer_info.connecting | lt.peer_info.handshake


class Held:
    """The pieces that a peer has; listed when asked for, since listing 30,000 takes most of a millisecond."""

    def __init__(self, peer: lt.peer_info) -> None:
        self._peer = peer
        self._is_seed = bool(peer.flags & lt.peer_info.seed)

    def __contains__(self, piece: object) -> bool:
        return self._is_seed or (isinstance(piece, int) and piece < len(self.listed) and self.listed[piece])

    @cached_property
    def listed(self) -> list[bool]:
        return [] if self._is_seed else self._peer.pieces


class HeldByAny:
    """The pieces that some of these peers have."""

    def __init__(self, peers: Iterable[SeenPeer]) -> None:
        self._held = [peer.pieces for peer in peers]

    def __contains__(self, piece: object) -> bool:
        return any(piece in held for held in self._held)


@dataclass(frozen=True, slots=True)
class SeenPeer:
    """A connected peer."""

    host: str
    port: int
    outgoing: bool
    received: int
    asked: bool
    chokes: bool
    pieces: Container[int]


@dataclass(frozen=True, slots=True)
class SeenPiece:
    """The blocks of a piece: how many are here of how many, and which hosts were asked for others."""

    done: int = 0
    blocks: int = 1
    holding: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Picture:
    """The swarm of a torrent at a moment."""

    connecting: int
    peers: tuple[SeenPeer, ...]
    pieces: dict[int, SeenPiece]


def take_picture(handle: lt.torrent_handle, late: Collection[int]) -> Picture:
    """Ask libtorrent; to be called in a thread. Of late pieces the blocks and the owners are looked up."""
    found = handle.get_peer_info()
    queue = find_queue(handle) if late else []
    begun = {each["piece_index"]: _see_piece(each["blocks"]) for each in queue if each["piece_index"] in late}
    return Picture(
        connecting=sum(bool(peer.flags & NOT_THERE_YET) for peer in found),
        peers=tuple(_see_peer(peer, late) for peer in found if not peer.flags & NOT_THERE_YET),
        pieces=dict.fromkeys(late, SeenPiece()) | begun,
    )


def _see_peer(peer: lt.peer_info, late: Collection[int]) -> SeenPeer:
    held = Held(peer)
    if late:  # they will be asked for, and this is not the loop
        len(held.listed)
    return SeenPeer(
        *peer.ip,
        outgoing=bool(peer.flags & lt.peer_info.local_connection),
        received=peer.total_download,
        asked=peer.download_queue_length > 0,
        chokes=bool(peer.flags & lt.peer_info.remote_choked),
        pieces=held,
    )


def _see_piece(blocks: Sequence[Mapping[str, Any]]) -> SeenPiece:
    return SeenPiece(
        done=sum(block["state"] > REQUESTED for block in blocks),
        blocks=len(blocks),
        holding=frozenset(block["peer"][0] for block in blocks if block["state"] == REQUESTED),
    )


def to_samples(peers: Sequence[SeenPeer]) -> list[Sample]:
    """One for each host, however many connections it has. A peer that chokes us would send nothing."""
    hosts: dict[str, list[SeenPeer]] = {}
    for peer in peers:
        hosts.setdefault(peer.host, []).append(peer)
    return [
        Sample(
            host,
            received=sum(peer.received for peer in same),
            asked=any(peer.asked for peer in same),
            pieces=HeldByAny(peer for peer in same if not peer.chokes),
        )
        for host, same in hosts.items()
    ]


def make_scene(picture: Picture, piece: int, failed: bool) -> Scene:
    seen = picture.pieces[piece]
    owners = [peer for peer in picture.peers if piece in peer.pieces]
    return Scene(
        connected=len(picture.peers),
        connecting=picture.connecting,
        owners=[peer.host for peer in owners],
        willing=frozenset(peer.host for peer in owners if not peer.chokes),
        holding=seen.holding,
        done=seen.done,
        blocks=seen.blocks,
        received=sum(peer.received for peer in picture.peers),
        failed=failed,
    )
