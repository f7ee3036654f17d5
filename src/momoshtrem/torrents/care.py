"""Care for the swarm while somebody reads: slow peers are shut out, and what holds a piece up is cured.

`peers` and `watch` decide from the `picture` of the swarm; here what they decide is done.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from momoshtrem.ticks import tick
from momoshtrem.torrents.engine import Cure
from momoshtrem.torrents.metainfo import split_peer
from momoshtrem.torrents.network.session import Session
from momoshtrem.torrents.runtime import TorrentRuntime
from momoshtrem.torrents.swarm.peers import PeerJudge
from momoshtrem.torrents.swarm.picture import Picture, make_scene, take_picture, to_samples
from momoshtrem.torrents.swarm.watch import Finding, Scene, Waiting, Watch

log = logging.getLogger(__name__)

INTERVAL = 0.25
"""Seconds between two looks at the peers of a torrent that somebody reads."""
LATE_AFTER = 0.25
"""Seconds of waiting after which the blocks of a piece are looked at."""
SHUT_FOR = 30.0
"""Seconds for which a peer is shut out that holds up a piece."""


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
            await tick(INTERVAL)
            await self.look(list(loaded.values()))

    async def look(self, loaded: Collection[TorrentRuntime]) -> None:
        """Look after these torrents, which are all that are loaded, once."""
        self._patients = {each: self._patients.get(each, Patient()) for each in loaded}
        for runtime, patient in self._patients.items():
            try:
                await self._look_at(runtime, patient)
            except Exception:
                log.exception("the swarm of torrent %s cannot be looked after", runtime.info_hash)
        await self._refuse()

    async def _refuse(self) -> None:
        """Have the session refuse all who are shut out."""
        shut = (patient.judge.shut for patient in self._patients.values())
        await self._session.refuse(frozenset(host for hosts in shut for host in hosts))

    async def _look_at(self, runtime: TorrentRuntime, patient: Patient) -> None:
        waits = runtime.audience.find_waiting()
        before = set(patient.judge.shut)
        patient.judge.pardon(runtime.clock())
        found = await self._examine(runtime, patient, waits)
        await self._let_back(runtime, patient, before - patient.judge.shut.keys())
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
            picture = await asyncio.to_thread(take_picture, runtime.handle, late)
        except RuntimeError:  # it left the session meanwhile
            return {}
        patient.endpoints |= {peer.host: (peer.host, peer.port) for peer in picture.peers if peer.outgoing}
        patient.judge.look(runtime.clock(), to_samples(picture.peers), wanted, runtime.piece_length)
        return self._treat(runtime, patient, picture)

    async def _let_back(self, runtime: TorrentRuntime, patient: Patient, hosts: Collection[str]) -> None:
        """Connect to those again who are not shut out any more."""
        if hosts:
            await self._refuse()
        for host in patient.endpoints.keys() & hosts:
            if runtime.handle:
                runtime.handle.connect_peer(patient.endpoints[host])

    def _treat(self, runtime: TorrentRuntime, patient: Patient, picture: Picture) -> dict[int, Finding]:
        found = {}
        patient.watch.keep(picture.pieces)
        for piece in picture.pieces:
            scene = make_scene(picture, piece, piece in runtime.contents.failed)
            found[piece] = patient.watch.look(runtime.clock(), piece, scene)
            if found[piece].grew:
                runtime.contents.piece_grew(piece)
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
