"""Which pieces to want, how much, and how to tell libtorrent: pure functions of where the readers stand.

The figures are measured for libtorrent 2.1 on simulated swarms; docs/engine.md says why each is as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.engine import ReaderKind

WINDOW = 32 * 2**20
SHARED_WINDOW = 4 * 2**20
"""What each of several readers may want at once, in missing bytes."""
MIN_PIECES, MAX_PIECES = 4, 512
FEW_PIECES: Mapping[ReaderKind, int] = {"probe": 2, "scan": 1}
"""What those may want at once that have not shown that they stream."""
TOP, NORMAL, LOWEST = 7, 4, 1
DEADLINES_MS = (0, 400)
MAX_DEADLINES = 8
LARGE = 2 * 2**20
"""Bytes of a piece from which on it takes a while."""
COPY_PATIENCE = 10.0
"""Seconds that who copies can wait longer than who plays."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Where a reader stands.

    It is at `piece` and its file ends in `last`; it was given `sent` bytes in a row and waits for
    `waiting` seconds, or did not ask for `idle` seconds. `window` are the bytes to fetch ahead of it, a piece
    lasts for `seconds` of playing.
    """

    piece: int
    last: int
    sent: int = 0
    waiting: float = 0.0
    idle: float = 0.0
    kind: ReaderKind = "playback"
    window: int = WINDOW
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted: priority by piece (all others 0), deadline in ms by piece, each reader's next piece.

    `asides` are those of the pieces that no reader's window holds.
    """

    priorities: dict[int, int] = field(default_factory=dict)
    deadlines: dict[int, int] = field(default_factory=dict)
    next_pieces: frozenset[int] = frozenset()
    sequential: bool = True
    asides: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Changes:
    """From one plan to the next, in the order in which libtorrent must hear it.

    `raised` first, then `clear` all deadlines (which cancels what was asked of peers), then `deadlines` and
    the end of those that `expired`, then `priorities`, which also puts both back into order. At last
    sequential picking is ended, begun, or with both begun anew.
    """

    raised: list[tuple[int, int]]
    clear: bool
    deadlines: list[tuple[int, int]]
    expired: list[int]
    priorities: list[tuple[int, int]]
    end_sequential: bool
    begin_sequential: bool

    def __bool__(self) -> bool:
        posted = self.deadlines or self.expired or self.priorities
        return self.clear or bool(posted) or self.end_sequential or self.begin_sequential


def make_plan(
    demands: Sequence[Demand],
    pieces: Pieces,
    piece_length: int,
    asides: Iterable[tuple[int, int]] = (),
) -> Plan:
    """What to want for these readers, and beside them: pieces that nobody waits for, with their priorities.

    Those of the lowest are wanted only where they come after all that readers want: in sequential order
    libtorrent heeds no priority but the highest. Large ones wait until every reader's own piece is here:
    libtorrent goes on with a piece that was begun, whatever its priority.
    """
    plan = _plan_readers(demands, pieces, piece_length)
    if piece_length > LARGE and any(demand.piece not in pieces for demand in demands):
        return plan
    behind = max(plan.priorities, default=-1) if plan.sequential else len(pieces)
    beside = {
        piece: value
        for piece, value in asides
        if piece not in pieces and piece not in plan.priorities and (value > LOWEST or piece > behind)
    }
    return replace(plan, priorities=plan.priorities | beside, asides=frozenset(beside)) if beside else plan


def compare_plans(old: Plan, new: Plan, pieces: Pieces) -> Changes:
    """How to get from `old` to `new`. A jump (a seek, a close) also cancels requests; going on does not.

    It is a jump when a reader's next piece is new, or one that had a deadline is given up.
    """
    dropped = [piece for piece in old.priorities if piece not in new.priorities and piece not in pieces]
    raised = [(p, value) for p, value in new.priorities.items() if value > old.priorities.get(p, 0)]
    jump = not new.next_pieces <= old.priorities.keys() or not old.deadlines.keys().isdisjoint(dropped)
    deadlines = [(p, ms) for p, ms in new.deadlines.items() if jump or p not in old.deadlines]
    expired = [] if jump else [p for p in old.deadlines if p not in new.deadlines and p not in pieces]
    again = {piece for piece, _ in deadlines} | set(expired)
    priorities = [
        (piece, value)
        for piece, value in new.priorities.items()
        if jump or piece in again or value != old.priorities.get(piece)
    ]
    return Changes(
        raised=raised if jump else [],
        clear=jump,
        deadlines=deadlines,
        expired=expired,
        priorities=priorities + [(piece, 0) for piece in dropped],
        end_sequential=old.sequential and (bool(raised) or not new.sequential),
        begin_sequential=new.sequential and (bool(raised) or not old.sequential),
    )


def _plan_readers(demands: Sequence[Demand], pieces: Pieces, piece_length: int) -> Plan:
    near = SHARED_WINDOW // piece_length if len(demands) > 1 else MAX_PIECES
    windows = [(demand, _window(demand, pieces, piece_length, near)) for demand in demands]
    windows = [(demand, window) for demand, window in windows if window]
    if not windows:
        return Plan()
    return _plan_alone(*windows[0]) if len(windows) == 1 else _plan_shared(windows)


def _window(demand: Demand, pieces: Pieces, piece_length: int, near: int) -> list[int]:
    """The missing pieces a reader should have soon, nearest first: those that are `near`, else one at a time.

    libtorrent ends what it began before it heeds priorities, so that little may be begun for each of several.
    """
    ahead = max(MIN_PIECES, demand.window // piece_length)
    last = min(demand.last, demand.piece + ahead - 1)
    if soon := pieces.find_all_missing(demand.piece, min(last, demand.piece + near - 1)):
        return soon[: FEW_PIECES.get(demand.kind)]
    later = pieces.find_missing(demand.piece, last)
    return [] if later is None else [later]


def _plan_alone(demand: Demand, window: list[int]) -> Plan:
    """One reader: libtorrent's sequential order, and a deadline to rescue the next pieces from slow peers."""
    urgent = window[: len(DEADLINES_MS) if demand.sent else 1]
    return Plan(
        priorities=dict.fromkeys(window, NORMAL) | {window[0]: TOP},
        deadlines=dict(zip(urgent, DEADLINES_MS, strict=False)),
        next_pieces=frozenset(window[:1]),
    )


def _plan_shared(windows: Sequence[tuple[Demand, list[int]]]) -> Plan:
    """Several readers: all that they want on one ladder of priorities, by when it is due."""
    due: dict[int, float] = {}
    deadlines: dict[int, int] = {}
    players = [window for demand, window in windows if demand.kind != "copy"]
    for demand, window in windows:
        for nth, piece in enumerate(window):
            due[piece] = min(_find_due(demand, nth, piece), due.get(piece, math.inf))
    for window in players or [window for _, window in windows]:
        for piece, ms in zip(window, DEADLINES_MS, strict=False):
            deadlines[piece] = min(ms, deadlines.get(piece, ms))
    order = sorted(due, key=lambda piece: (due[piece], piece))
    return Plan(
        priorities={piece: max(LOWEST, TOP - step) for step, piece in enumerate(order)},
        deadlines={piece: deadlines[piece] for piece in [p for p in order if p in deadlines][:MAX_DEADLINES]},
        next_pieces=frozenset(window[0] for _, window in windows),
        sequential=False,
    )


def _find_due(demand: Demand, nth: int, piece: int) -> float:
    """In how many seconds a reader needs the n-th piece of its window; one that is waited for is overdue."""
    patience = COPY_PATIENCE if demand.kind == "copy" else 0.0
    return patience + (piece - demand.piece) * demand.seconds - (0.0 if nth else demand.waiting)
