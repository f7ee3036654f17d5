"""A model of libtorrent's connections: requests, queues, cancels, deadlines, hashes, bans."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection
from functools import partial
from random import Random

from bench.sim.clock import Clock
from bench.sim.picker import ASKED, BLOCK, Block, Picker
from bench.sim.scenarios import PeerSpec

FIRST_QUEUE, MIN_QUEUE, MAX_QUEUE = 4, 2, 500
QUEUE_TIME = 1.0
DEADLINE_QUEUE_TIME = 2.0
NEW_FOR = 5.0
HURRY, RECONNECT_SOON, RECONNECT = 15.0, 1.0, 5.0


class Peer:
    """One connection. `asked` holds what it owes us; a value of False was cancelled."""

    def __init__(self, number: int, spec: PeerSpec) -> None:
        self.number, self.spec = number, spec
        self.connection = 0
        self.ready = self.parole = self.banned = self.shut = False
        self.total = 0
        # The sender's buffers: what is in them cannot be cancelled any more.
        self.buffer_time = (2**16 + 2 * min(2**16, max(2**13, spec.rate / 10))) / spec.rate
        self.reset()

    def reset(self) -> None:
        self.connection += 1
        self.ready = False
        self.asked: dict[Block, bool] = {}
        self.far: deque[Block] = deque()
        self.desired, self.slow_start = FIRST_QUEUE, True
        self.rate = self.second = self.last_second = 0.0
        self.line_free = self.ready_since = 0.0
        self.pumping = False

    def is_up(self, now: float) -> bool:
        spec = self.spec
        return not spec.period or spec.up[0] <= now % spec.period < spec.up[1]


class Swarm:
    """`on_piece` is told of each piece that passed its hash, `on_block` of each block."""

    def __init__(self, specs: tuple[PeerSpec, ...], picker: Picker, clock: Clock, random: Random) -> None:
        self.peers = [Peer(number, spec) for number, spec in enumerate(specs)]
        self.picker, self.clock, self.random = picker, clock, random
        self.on_piece: Callable[[int], None] = lambda piece: None
        self.on_block: Callable[[], None] = lambda: None
        self.received = 0
        self._suspects: dict[int, set[int]] = defaultdict(set)
        self._asked_at: dict[int, float] = {}
        self._piece_time = 0.0
        picker.on_first_deadline = self._cancel_all

    def begin(self) -> None:
        """The torrent enters the session, and the tracker names all peers."""
        for peer in self.peers:
            self._try(peer)
        self.clock.later(self.random.uniform(0.1, 1.0), self._second)
        self.clock.later(0.1, self._watch)

    def shut_out(self, numbers: Collection[int]) -> None:
        """From now on exactly these peers are in the ip filter."""
        for peer in self.peers:
            before, peer.shut = peer.shut, peer.number in numbers
            if peer.shut and not before:
                self._lose(peer)
            elif before and not peer.shut:
                self._try(peer)

    def fill_all(self) -> None:
        for peer in self.peers:
            self._fill(peer)

    # connections

    def _try(self, peer: Peer) -> None:
        """Connect: TCP, handshake and unchoke take a round trip each."""
        if peer.banned or peer.shut or peer.ready:
            return
        if peer.spec.chokes or peer.is_up(self.clock.now):
            delay = 3 * peer.spec.rtt + self.random.uniform(0.01, 0.05)
            self.clock.later(delay, partial(self._connected, peer, peer.connection))
        else:
            wait = RECONNECT_SOON if self.clock.now < HURRY else RECONNECT
            self.clock.later(self.random.uniform(0.5, 1.0) * wait, partial(self._try, peer))

    def _connected(self, peer: Peer, connection: int) -> None:
        if connection == peer.connection and not peer.ready and not peer.shut:
            peer.ready, peer.ready_since = peer.is_up(self.clock.now), self.clock.now
            self._fill(peer)

    def _watch(self) -> None:
        """Peers go away, choke and unchoke."""
        for peer in self.peers:
            up = peer.is_up(self.clock.now)
            if peer.ready and not up:
                self._lose(peer)
                if not peer.spec.chokes:
                    self._try(peer)
            elif peer.spec.chokes and up and not peer.ready:
                self._connected(peer, peer.connection)
        self.clock.later(0.1, self._watch)

    def _lose(self, peer: Peer) -> None:
        for block, wanted in peer.asked.items():
            if wanted:
                self.picker.release(block, peer.number)
        peer.reset()
        self.fill_all()

    # requests

    def _fill(self, peer: Peer) -> None:
        room = peer.desired - len(peer.asked)
        if not peer.ready or room <= 0:
            return
        ready = sum(other.ready for other in self.peers)
        found = self.picker.pick(peer.number, room, ready, peer.asked, peer.parole)
        if not found and not peer.asked and not peer.parole and (busy := self.picker.pick_busy(peer.number)):
            found = [busy]
        for block in found:
            self._ask(peer, block)

    def _ask(self, peer: Peer, block: Block) -> None:
        self.picker.ask(block, peer.number)
        self._asked_at.setdefault(block[0], self.clock.now)
        peer.asked[block] = True
        self.clock.later(peer.spec.rtt / 2, partial(self._arrive, peer, peer.connection, block))

    def _arrive(self, peer: Peer, connection: int, block: Block) -> None:
        if connection == peer.connection:
            peer.far.append(block)
            if not peer.pumping:
                self._pump(peer, connection)

    def _pump(self, peer: Peer, connection: int) -> None:
        """The far side sends: blocks move into its buffers as these drain into the line."""
        if connection != peer.connection:
            return
        now = self.clock.now
        while peer.far and peer.line_free - now < peer.buffer_time:
            peer.line_free = max(peer.line_free, now) + BLOCK / peer.spec.rate
            delay = peer.line_free - now + peer.spec.rtt / 2
            self.clock.later(delay, partial(self._deliver, peer, connection, peer.far.popleft()))
        peer.pumping = bool(peer.far)
        if peer.pumping:
            wait = peer.line_free - now - peer.buffer_time + 1e-9
            self.clock.later(wait, partial(self._pump, peer, connection))

    def _deliver(self, peer: Peer, connection: int, block: Block) -> None:
        if connection != peer.connection:
            return
        peer.asked.pop(block, None)
        self.received += BLOCK
        peer.second += BLOCK
        peer.total += BLOCK
        if peer.slow_start:
            peer.desired = min(MAX_QUEUE, peer.desired + 1)
        others = self.picker.pieces[block[0]].asked.get(block[1], set()) - {peer.number}
        if self.picker.receive(block, peer.number):
            self._check(block[0])
        self.on_block()
        for number in others:
            self._cancel(self.peers[number], [block])
        self._fill(peer)

    def _cancel_all(self) -> None:
        """Cancelled requests count as asked until the peer has rejected them."""
        for peer in self.peers:
            self._cancel(peer, [block for block, wanted in peer.asked.items() if wanted])

    def _cancel(self, peer: Peer, blocks: list[Block]) -> None:
        blocks = [block for block in blocks if peer.asked.get(block)]
        for block in blocks:
            self.picker.release(block, peer.number)
            peer.asked[block] = False
        if blocks:
            call = partial(self._reject, peer, peer.connection, set(blocks))
            self.clock.later(peer.spec.rtt / 2, call)

    def _reject(self, peer: Peer, connection: int, blocks: set[Block]) -> None:
        if connection != peer.connection:
            return
        rejected = blocks.intersection(peer.far)
        peer.far = deque(block for block in peer.far if block not in blocks)
        delay = max(0.0, peer.line_free - self.clock.now) + peer.spec.rtt / 2
        self.clock.later(delay, partial(self._rejected, peer, connection, rejected))

    def _rejected(self, peer: Peer, connection: int, blocks: set[Block]) -> None:
        if connection == peer.connection:
            for block in blocks:
                peer.asked.pop(block, None)
            self._fill(peer)

    # hashes

    def _check(self, piece: int) -> None:
        senders = set(self.picker.pieces[piece].senders.values())
        if not any(self.peers[number].spec.lies for number in senders):
            self._pass(piece, senders)
            return
        self.picker.fail(piece)
        self._asked_at.pop(piece)
        self._suspects[piece] |= senders
        for number in senders:
            self.peers[number].parole = True
        if len(senders) == 1:
            self._ban(senders)

    def _pass(self, piece: int, senders: set[int]) -> None:
        """Whoever sent another block than the true one is known now."""
        self.picker.finish(piece)
        taken = self.clock.now - self._asked_at[piece]
        self._piece_time = taken if not self._piece_time else 0.9 * self._piece_time + 0.1 * taken
        if len(senders) == 1:
            self.peers[next(iter(senders))].parole = False
        self._ban({number for number in self._suspects.pop(piece, ()) if self.peers[number].spec.lies})
        self.on_piece(piece)

    def _ban(self, numbers: set[int]) -> None:
        for number in numbers:
            if not self.peers[number].banned:
                self.peers[number].banned = True
                self._lose(self.peers[number])

    # once a second

    def _second(self) -> None:
        for peer in self.peers:
            peer.rate = 0.8 * peer.rate + 0.2 * peer.second
            if peer.slow_start and 0 < peer.second <= peer.last_second + 5000:
                peer.slow_start = False
            if not peer.slow_start:
                peer.desired = min(MAX_QUEUE, max(MIN_QUEUE, int(QUEUE_TIME * peer.rate / BLOCK)))
            peer.last_second, peer.second = peer.second, 0.0
        for piece, _ in sorted(self.picker.deadlines.items(), key=lambda item: item[1]):
            self._hurry(piece)
        self.fill_all()
        self.clock.later(1.0, self._second)

    def _guess_rate(self, peer: Peer) -> float:
        """A new peer is taken for an average one."""
        if self.clock.now - peer.ready_since >= NEW_FOR:
            return max(50.0, peer.rate)
        active = [other for other in self.peers if other.asked]
        return max(50.0, sum(other.rate for other in self.peers) / max(1, len(active)))

    def _hurry(self, piece: int) -> None:
        """Ask for a piece with a deadline: its free blocks, or, when it is late, those of others again."""
        blocks = list(self.picker.free_blocks(piece))
        late = self.clock.now - self._asked_at.get(piece, self.clock.now) > max(1.0, self._piece_time)
        if not blocks and late:
            states = self.picker.pieces[piece].states
            blocks = [block for block, state in enumerate(states) if state == ASKED]
            self._asked_at[piece] = self.clock.now
        able = [peer for peer in self.peers if peer.ready and not peer.parole]
        rates = {peer: self._guess_rate(peer) for peer in able}
        # What was asked already counts a thousandth, by a mistake in libtorrent.
        queues = {peer: (len(peer.asked) + 1) * BLOCK / rates[peer] / 1000 for peer in able}
        for block in blocks:
            free = [peer for peer in able if (piece, block) not in peer.asked]
            best = min(free, key=queues.__getitem__, default=None)
            if best is None or queues[best] > DEADLINE_QUEUE_TIME:
                return
            queues[best] += BLOCK / rates[best]
            self._ask(best, (piece, block))
