"""Why a reader waits for a piece, and what to do about it: pure, from what is seen of the swarm."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from momoshtrem.torrents.engine import Cure, Reason, Stall, StallCount

QUIET_AFTER = 1.0
"""Seconds without a new block of the piece after which something is taken to hold it up."""
STALLED_AFTER = 0.5
"""Seconds that a reader that streams may wait before it counts as a stall."""
MAX_STALLS = 8


@dataclass(frozen=True, slots=True)
class Dose:
    """A cure is tried when nothing came for `after` seconds, and then every `every` seconds."""

    cure: Cure
    after: float
    every: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reader waits for a piece since `seconds`; it `streams` when it was given much in a row before."""

    reader: object
    piece: int
    seconds: float
    streams: bool


FIND_PEERS = (Dose("connect", 1.0, 10.0), Dose("announce", 2.0, 30.0))
CURES: Mapping[Reason, tuple[Dose, ...]] = {
    "no_peers": FIND_PEERS,
    "connecting": (Dose("announce", 5.0, 30.0),),
    "nobody_has_it": FIND_PEERS,
    "choked": FIND_PEERS,
    "held": (Dose("shut_out", 1.0, 1.0), Dose("ask_again", 1.5, 5.0)),
    "silent": (Dose("ask_again", 2.0, 5.0), Dose("reconnect", 4.0, 15.0), Dose("announce", 5.0, 30.0)),
    "unknown": (Dose("ask_again", 1.0, 5.0),),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a piece is waited for, and what is due to be done; `grew`: blocks came since the last look."""

    reason: Reason
    cures: tuple[Cure, ...] = ()
    grew: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Since when a piece has `done` blocks, and which hosts hold others of it all that time."""

    done: int
    since: float
    holding: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is seen of the swarm while a reader waits for a piece.

    Of the hosts that are connected `owners` have the piece, `willing` those of them that do not choke us, and
    `holding` were asked for blocks of it that are not here; `done` of its `blocks` are here. `received`
    counts bytes from all peers. `failed` tells that its hash was wrong since the reader waits.
    """

    connected: int = 0
    connecting: int = 0
    owners: Collection[str] = ()
    willing: frozenset[str] = frozenset()
    holding: frozenset[str] = frozenset()
    done: int = 0
    blocks: int = 1
    received: int = 0
    failed: bool = False

    @property
    def free(self) -> frozenset[str]:
        """Who could send what others hold."""
        return self.willing - self.holding


def find_reason(scene: Scene, quiet: float, silent: float) -> Reason:
    """Why the piece is not here, when none of its blocks came for `quiet` and nothing at all for `silent`
    seconds."""
    if not scene.willing and not scene.holding:
        return _find_lack(scene)
    if scene.done == scene.blocks:
        return "disk"
    if quiet < QUIET_AFTER:
        return "hash_failed" if scene.failed else "slow_swarm"
    if scene.holding and scene.free:
        return "held"
    if scene.holding and silent >= QUIET_AFTER:
        return "silent"
    return "slow_swarm" if scene.holding else "unknown"


def _find_lack(scene: Scene) -> Reason:
    """Why nobody can be asked."""
    if not scene.connected:
        return "connecting" if scene.connecting else "no_peers"
    return "choked" if scene.owners else "nobody_has_it"


class Watch:
    """Watches the pieces that the readers of one torrent wait for."""

    def __init__(self) -> None:
        self._progress: dict[int, Progress] = {}
        self._received = (-1, 0.0)
        self._done_at: dict[Cure, float] = {}

    def keep(self, pieces: Collection[int]) -> None:
        """Nobody waits for other pieces."""
        self._progress = {piece: seen for piece, seen in self._progress.items() if piece in pieces}

    def look(self, now: float, piece: int, scene: Scene) -> Finding:
        before = self._progress.get(piece)
        grew = before is not None and before.done < scene.done
        if before is None or before.done != scene.done:
            before = Progress(scene.done, now, scene.holding)
        self._progress[piece] = replace(before, holding=before.holding & scene.holding)
        if self._received[0] != scene.received:
            self._received = (scene.received, now)
        quiet = now - before.since
        reason = find_reason(scene, quiet, now - self._received[1])
        due = tuple(
            dose.cure
            for dose in CURES.get(reason, ())
            if quiet >= dose.after and now - self._done_at.get(dose.cure, -dose.every) >= dose.every
        )
        self._done_at |= dict.fromkeys(due, now)
        return Finding(reason, due, grew)

    def find_holders(self, piece: int) -> frozenset[str]:
        """Who holds blocks of the piece since its last block came."""
        return self._progress[piece].holding


@dataclass(slots=True)
class OpenStall:
    seconds: float = 0.0
    reasons: Counter[Reason] = field(default_factory=Counter)
    cures: dict[Cure, None] = field(default_factory=dict)


class Stalls:
    """The stalls of one torrent since it was loaded: how many for which reason, and the last of them.

    `tell` is called with the reason and the seconds of each that is over.
    """

    def __init__(self, tell: Callable[[Reason, float], None] = lambda _reason, _seconds: None) -> None:
        self._tell = tell
        self._found: Mapping[int, Finding] = {}
        self._open: dict[tuple[object, int], OpenStall] = {}
        self._counts: dict[Reason, StallCount] = {}
        self._last: deque[Stall] = deque(maxlen=MAX_STALLS)

    def look(self, waits: Collection[Waiting], found: Mapping[int, Finding]) -> None:
        """Who waits now, and by piece what was found out; who waits no more has its bytes, or left."""
        self._found = found
        stalled = [wait for wait in waits if wait.streams and wait.seconds >= STALLED_AFTER]
        for wait in stalled:
            stall = self._open.setdefault((wait.reader, wait.piece), OpenStall())
            finding = found.get(wait.piece, Finding("unknown"))
            stall.seconds = wait.seconds
            stall.reasons[finding.reason] += 1
            stall.cures |= dict.fromkeys(finding.cures)
        for key in self._open.keys() - {(wait.reader, wait.piece) for wait in stalled}:
            self._close(key[1], self._open.pop(key))

    def reason_of(self, piece: int) -> Reason | None:
        """Why it is waited for now, as far as that was looked into."""
        finding = self._found.get(piece)
        return finding.reason if finding else None

    def list_counts(self) -> tuple[StallCount, ...]:
        return tuple(self._counts.values())

    def list_last(self) -> tuple[Stall, ...]:
        """Newest first."""
        return tuple(reversed(self._last))

    def _close(self, piece: int, stall: OpenStall) -> None:
        """Count it for the reason seen most often; a slow swarm is one only where nothing else was seen."""
        reason = max(stall.reasons, key=lambda each: (each != "slow_swarm", stall.reasons[each]))
        before = self._counts.get(reason, StallCount(reason, 0, 0.0))
        self._counts[reason] = StallCount(reason, before.count + 1, before.seconds + stall.seconds)
        self._tell(reason, stall.seconds)
        self._last.append(Stall(piece, stall.seconds, reason, tuple(stall.cures)))
