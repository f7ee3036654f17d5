"""Care for the swarm while somebody reads: slow peers are shut out, and what holds a piece up is cured.

`peers` and `watch` decide; here they are told what libtorrent knows, and what they decide is done.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import libtorrent as lt

from momoshtrem.torrents.engine import Cure
from momoshtrem.torrents.metainfo import split_peer
from momoshtrem.torrents.peers import PeerJudge, Sample
from momoshtrem.torrents.runtime import TorrentRuntime
from momoshtrem.torrents.session import Session
from momoshtrem.torrents.watch import Finding, Scene, Waiting, Watch

log = logging.getLogger(__name__)

INTERVAL = 0.25
"""Seconds between two looks at the peers of a torrent that somebody reads."""
LATE_AFTER = 0.25
"""Seconds of waiting after which the blocks of a piece are looked at."""
SHUT_FOR = 30.0
"""Seconds for which a peer is shut out that holds up a piece."""
REQUESTED = 1
"""The state of a block that a peer was asked for; it is 0 before, and higher once the block is here."""
NOT_THERE_YET = lt.peer_info.connecting | lt.peer_info.handshake


@dataclass(frozen=True, slots=True)
class SeenPeer:
    """A connected peer; `pieces` are those of the wanted pieces that it has."""

    host: str
    port: int
    outgoing: bool
    received: int
    asked: bool
    chokes: bool
    pieces: frozenset[int]


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


@dataclass(slots=True)
class Patient:
    """What is remembered of a torrent; `endpoints` are where its peers may be connected to again."""

    judge: PeerJudge = field(default_factory=PeerJudge)
    watch: Watch = field(default_factory=Watch)
    endpoints: dict[str, tuple[str, int]] = field(default_factory=dict)


class SwarmCare:
    """Looks after all torrents that are read from."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._patients: dict[TorrentRuntime, Patient] = {}

    async def run(self, loaded: Mapping[str, TorrentRuntime]) -> None:
        """Look after what is loaded, until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL)
            await self.look(list(loaded.values()))

    async def look(self, loaded: Collection[TorrentRuntime]) -> None:
        """Look after these torrents, which are all that are loaded, once."""
        self._patients = {each: self._patients.get(each, Patient()) for each in loaded}
        for runtime, patient in self._patients.items():
            try:
                await self._look_at(runtime, patient)
            except Exception:
                log.exception("the swarm of torrent %s cannot be looked after", runtime.info_hash)
        self._refuse()

    def _refuse(self) -> None:
        """Have the session refuse all who are shut out."""
        shut = (patient.judge.shut for patient in self._patients.values())
        self._session.refuse(frozenset(host for hosts in shut for host in hosts))

    async def _look_at(self, runtime: TorrentRuntime, patient: Patient) -> None:
        waits = runtime.audience.find_waiting()
        found = await self._examine(runtime, patient, waits)
        runtime.stalls.look(waits, found)

    async def _examine(
        self, runtime: TorrentRuntime, patient: Patient, waits: Collection[Waiting]
    ) -> dict[int, Finding]:
        """What is found out, and done, about the pieces that are waited for."""
        wanted = runtime.list_wanted()
        if runtime.handle is None or not runtime.audience.readers or not wanted:
            return {}
        late = {wait.piece for wait in waits if wait.seconds >= LATE_AFTER}
        try:
            picture = await asyncio.to_thread(take_picture, runtime.handle, wanted, late)
        except RuntimeError:  # it left the session meanwhile
            return {}
        patient.endpoints |= {peer.host: (peer.host, peer.port) for peer in picture.peers if peer.outgoing}
        self._judge(runtime, patient, picture, wanted)
        return self._treat(runtime, patient, picture)

    def _judge(
        self, runtime: TorrentRuntime, patient: Patient, picture: Picture, wanted: Collection[int]
    ) -> None:
        before = set(patient.judge.shut)
        piece_length = runtime.metainfo.piece_length
        patient.judge.look(runtime.clock(), to_samples(picture.peers), wanted, piece_length)
        back = before - patient.judge.shut.keys()
        if back:
            self._refuse()
        for host in back & patient.endpoints.keys():
            if runtime.handle:
                runtime.handle.connect_peer(patient.endpoints[host])

    def _treat(self, runtime: TorrentRuntime, patient: Patient, picture: Picture) -> dict[int, Finding]:
        found = {}
        patient.watch.keep(picture.pieces)
        for piece in picture.pieces:
            scene = make_scene(picture, piece, piece in runtime.failed)
            found[piece] = patient.watch.look(runtime.clock(), piece, scene)
            for cure in found[piece].cures:
                self._cure(cure, runtime, patient, piece, scene)
        return found

    def _cure(self, cure: Cure, runtime: TorrentRuntime, patient: Patient, piece: int, scene: Scene) -> None:
        """Do what was decided; see `engine.Cure`."""
        log.info("torrent %s: %s for piece %d", runtime.info_hash, cure, piece)
        handle, judge, now = runtime.handle, patient.judge, runtime.clock()
        if handle is None:
            return
        if cure == "connect":
            self._session.hurry()
            for peer in runtime.peers:
                handle.connect_peer(split_peer(peer))
        elif cure == "announce":
            handle.force_reannounce()
            handle.force_dht_announce()
        elif cure == "ask_again":
            runtime.ask_again()
        elif cure == "shut_out":
            holders = patient.watch.find_holders(piece)
            judge.shut_out(judge.find_worse(holders, scene.free), now + SHUT_FOR)
        elif cure == "reconnect":
            self._session.hurry()
            judge.shut_out(scene.holding & patient.endpoints.keys(), now)


def take_picture(handle: lt.torrent_handle, wanted: Collection[int], late: Collection[int]) -> Picture:
    """Ask libtorrent; to be called in a thread. Only of the late pieces are the blocks looked at."""
    found = handle.get_peer_info()
    queue = handle.get_download_queue() if late else []
    begun = {each["piece_index"]: _see_piece(each["blocks"]) for each in queue if each["piece_index"] in late}
    return Picture(
        connecting=sum(bool(peer.flags & NOT_THERE_YET) for peer in found),
        peers=tuple(_see_peer(peer, wanted) for peer in found if not peer.flags & NOT_THERE_YET),
        pieces=dict.fromkeys(late, SeenPiece()) | begun,
    )


def _see_peer(peer: lt.peer_info, wanted: Collection[int]) -> SeenPeer:
    seed = peer.flags & lt.peer_info.seed
    held = wanted if seed else _find_held(peer.pieces, wanted)
    return SeenPeer(
        *peer.ip,
        outgoing=bool(peer.flags & lt.peer_info.local_connection),
        received=peer.total_download,
        asked=peer.download_queue_length > 0,
        chokes=bool(peer.flags & lt.peer_info.remote_choked),
        pieces=frozenset(held),
    )


def _find_held(has: list[bool], wanted: Collection[int]) -> list[int]:
    return [piece for piece in wanted if piece < len(has) and has[piece]]


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
            pieces=frozenset().union(*(peer.pieces for peer in same if not peer.chokes)),
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
