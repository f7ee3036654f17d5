"""One torrent that is played: a policy between modelled readers and the modelled swarm."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from random import Random
from typing import cast

import libtorrent as lt

from bench.sim.clock import Clock
from bench.sim.picker import BLOCK, HERE, Picker
from bench.sim.scenarios import Scenario
from bench.sim.swarm import Swarm
from momoshtrem.torrents import schedule
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.care import INTERVAL
from momoshtrem.torrents.picker import tell
from momoshtrem.torrents.readers.audience import OPENING, OPENING_TIME
from momoshtrem.torrents.readers.crowd import Crowd
from momoshtrem.torrents.readers.pace import Pace
from momoshtrem.torrents.readers.reader import PAUSED_AFTER
from momoshtrem.torrents.runtime import CLOSE_DELAY
from momoshtrem.torrents.schedule import NORMAL, Changes, Demand, Plan
from momoshtrem.torrents.swarm.peers import PeerJudge, Sample

FILE = 512 * 2**20
NOTICE = 0.005
"""Seconds from a block or a hash to the readers that wait for it."""
READ_AHEAD = 30.0
READ = 256 * 1024

Steps = Generator[float | None, None, None]
"""What a reader does: it yields seconds to sleep, or None to wait until more is readable."""
Asides = list[tuple[int, int]]


def find_heads(pieces: Pieces, piece_length: int, age: float) -> Asides:
    """Once the first piece of a file just opened is here, the next ones."""
    if age >= OPENING_TIME or 0 not in pieces:
        return []
    return [(piece, NORMAL) for piece in range(1, (OPENING - 1) // piece_length + 1)]


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides; as it stands, what the engine does. `blocks`: handed out before their piece is checked.

    `find_asides` is given the pieces, their length, and the seconds since the file was opened.
    """

    make_plan: Callable[[Sequence[Demand], Pieces, int, Asides], Plan] = schedule.make_plan
    compare_plans: Callable[[Plan, Plan, Pieces], Changes] = schedule.compare_plans
    make_judge: Callable[[], PeerJudge] | None = PeerJudge
    find_asides: Callable[[Pieces, int, float], Asides] = find_heads
    blocks: bool = True


class Player:
    """A fresh torrent with one file of `FILE` bytes, and its readers."""

    def __init__(self, policy: Policy, scenario: Scenario, piece_length: int, seed: int) -> None:
        random = Random(seed)
        self.clock, self.scenario, self.piece_length = Clock(), scenario, piece_length
        self.policy, self.crowd = policy, Crowd(READ_AHEAD, Quota())
        self.pieces = Pieces(FILE // piece_length)
        self.picker = Picker(len(self.pieces), piece_length, random, lambda: self.clock.now)
        self.swarm = Swarm(scenario.peers, self.picker, self.clock, random)
        self.swarm.on_piece = lambda piece: self.clock.later(NOTICE, lambda: self._finished(piece))
        if policy.blocks:
            self.swarm.on_block = lambda: self.clock.later(NOTICE, self.wake)
        self.readers: set[Reader] = set()
        self.spans: set[int] = set()
        self._plan = Plan()
        self._waiting: list[Steps] = []
        self._running = 0
        self._begun = False

    def play(self, *actors: Steps, limit: float = 60.0) -> None:
        """Let them act side by side until all are done, or for `limit` seconds."""
        if not self._begun:
            self._begun = True
            self.swarm.begin()
            if self.policy.make_judge:
                self._look_at_peers(self.policy.make_judge())
        self._running = len(actors)
        for actor in actors:
            self._step(actor)
        self.clock.run(self.clock.now + limit, lambda: not self._running)
        self._waiting.clear()

    def replan(self) -> None:
        demands = [demand for reader in self.readers if (demand := reader.demand())]
        asides = self.policy.find_asides(self.pieces, self.piece_length, self.clock.now) if demands else []
        plan = self.policy.make_plan(demands, self.pieces, self.piece_length, asides)
        changes = self.policy.compare_plans(self._plan, plan, self.pieces)
        self._plan = plan
        if changes:
            tell(cast("lt.torrent_handle", self.picker), changes)
            self.swarm.fill_all()

    def readable_from(self, offset: int, limit: int) -> int:
        """Bytes from `offset` on, up to `limit`."""
        end = min(offset + limit, FILE)
        missing = self.pieces.find_missing(offset // self.piece_length, (end - 1) // self.piece_length)
        if missing is None:
            return end - offset
        ready = max(offset, missing * self.piece_length)
        if self.policy.blocks:
            states = self.picker.pieces[missing].states
            block = (ready - missing * self.piece_length) // BLOCK
            while block < len(states) and states[block] == HERE:
                block += 1
            ready = max(ready, missing * self.piece_length + block * BLOCK)
        return min(ready, end) - offset

    def wake(self) -> None:
        """Those who wait look again."""
        waiting, self._waiting = self._waiting, []
        for steps in waiting:
            self._step(steps)

    def _finished(self, piece: int) -> None:
        self.pieces.add(piece)
        self.replan()
        self.wake()

    def _step(self, steps: Steps) -> None:
        try:
            delay = next(steps)
        except StopIteration:
            self._running -= 1
            return
        if delay is None:
            self._waiting.append(steps)
        else:
            self.clock.later(delay, lambda: self._step(steps))

    def _look_at_peers(self, judge: PeerJudge) -> None:
        everything = range(len(self.pieces))
        samples = [
            Sample(str(peer.number), peer.total, bool(peer.asked), everything)
            for peer in self.swarm.peers
            if peer.ready
        ]
        judge.look(self.clock.now, samples, list(self.picker.wanted), self.piece_length)
        self.swarm.shut_out({int(host) for host in judge.shut})
        self.clock.later(INTERVAL, lambda: self._look_at_peers(judge))


class Reader:
    """One open file of the torrent; made, it stands at `offset` and has asked for nothing yet."""

    def __init__(self, player: Player, offset: int) -> None:
        self.player, self.begun, self.at = player, offset, offset
        self.opened_at = player.clock.now
        self._waits_since: float | None = None
        self._read_at = self.opened_at
        self._pace = Pace()
        player.readers.add(self)

    @property
    def got(self) -> int:
        return self.at - self.begun

    @property
    def age(self) -> float:
        """Seconds since it was opened."""
        return self.player.clock.now - self.opened_at

    def demand(self) -> Demand | None:
        """As the engine tells it: where it stands, what it seems to do, how far ahead to fetch."""
        player, now = self.player, self.player.clock.now
        waiting = now - self._waits_since if self._waits_since is not None else 0.0
        if self.at >= FILE or (self._waits_since is None and now - self._read_at > PAUSED_AFTER):
            return None
        rate = player.scenario.bitrate
        return Demand(
            piece=self._find_piece(),
            last=len(player.pieces) - 1,
            sent=self._pace.sent,
            waiting=waiting,
            kind=self._pace.kind(now, rate),
            window=self._pace.window(now, rate, READ_AHEAD, player.crowd.room()),
            seconds=player.piece_length / rate,
        )

    def _find_piece(self) -> int:
        """Where it stands, or the piece before, while that was given and is not checked."""
        player, piece = self.player, self.at // self.player.piece_length
        began = self.begun // player.piece_length
        return piece - 1 if piece > began and piece - 1 not in player.pieces else piece

    def take(self, limit: int) -> int:
        """Read what is there, up to `limit` bytes; 0 when the reader must wait."""
        player = self.player
        ready = player.readable_from(self.at, min(limit, READ))
        self._read_at = player.clock.now
        self._pace.ask(self._read_at, self.at)
        if not ready:
            if self._waits_since is None:
                self._waits_since = player.clock.now
                player.replan()
            return 0
        self._waits_since = None
        player.spans.update(range(self.at // BLOCK, (self.at + ready - 1) // BLOCK + 1))
        self._pace.give(self._read_at, ready)
        before, self.at = self.at // player.piece_length, self.at + ready
        if self.at // player.piece_length != before:
            player.replan()
        return ready

    def read_to(self, offset: int, until: float = float("inf")) -> Steps:
        """Read on as fast as can be, up to this place, or to this time."""
        self.player.clock.later(until - self.player.clock.now, self.player.wake)
        while self.at < offset and self.player.clock.now < until:
            if not self.take(offset - self.at):
                yield None

    def close(self) -> None:
        self.player.readers.discard(self)
        self.player.clock.later(CLOSE_DELAY, self.player.replan)
