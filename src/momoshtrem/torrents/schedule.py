"""Which pieces to want, how much, and how to tell libtorrent: pure functions of where the readers stand.

The figures are measured for libtorrent 2.1 on simulated swarms; docs/engine.md says why each is as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from momoshtrem.torrents.pieces import Pieces

WINDOW = 32 * 2**20
SHARED_WINDOW = 4 * 2**20
MIN_PIECES = 4
NARROW_PIECES = 2
STREAMS_AFTER = 2**20
TOP, NORMAL, LOWEST = 7, 4, 1
DEADLINES_MS = (0, 400)


@dataclass(frozen=True, slots=True)
class Demand:
    """Where a reader stands.

    It is at `piece` and its file ends in `last`; it was given `sent` bytes in a row and waits for
    `waiting` seconds.
    """

    piece: int
    last: int
    sent: int = 0
    waiting: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted: priority by piece (all others 0), deadline in ms by piece, each reader's next piece."""

    priorities: dict[int, int] = field(default_factory=dict)
    deadlines: dict[int, int] = field(default_factory=dict)
    next_pieces: frozenset[int] = frozenset()
    sequential: bool = True


@dataclass(frozen=True, slots=True)
class Changes:
    """From one plan to the next, in the order in which libtorrent must hear it.

    `raised` first, then `clear` all deadlines (which cancels what was asked of peers), then `deadlines`, then
    `priorities`, which also puts pieces with a deadline back into order. At last sequential picking is
    ended, begun, or with both begun anew.
    """

    raised: list[tuple[int, int]]
    clear: bool
    deadlines: list[tuple[int, int]]
    priorities: list[tuple[int, int]]
    end_sequential: bool
    begin_sequential: bool

    def __bool__(self) -> bool:
        return self.clear or bool(self.deadlines or self.priorities) or self.end_sequential


def make_plan(demands: Sequence[Demand], pieces: Pieces, piece_length: int) -> Plan:
    """What to want for these readers."""
    shared = len(demands) > 1
    windows = [(demand, _window(demand, pieces, piece_length, shared)) for demand in demands]
    windows = [(demand, window) for demand, window in windows if window]
    if not windows:
        return Plan()
    if len(windows) == 1:
        return _plan_alone(*windows[0])
    windows.sort(key=lambda pair: (pair[1][0] - pair[0].piece, -pair[0].waiting, pair[1]))
    return _plan_shared([window for _, window in windows])


def compare_plans(old: Plan, new: Plan, pieces: Pieces) -> Changes:
    """How to get from `old` to `new`. A jump (a seek, a close) also cancels requests; going on does not."""
    dropped = [piece for piece in old.priorities if piece not in new.priorities and piece not in pieces]
    raised = [(p, value) for p, value in new.priorities.items() if value > old.priorities.get(p, 0)]
    jump = bool(dropped) or not new.next_pieces <= old.priorities.keys()
    deadlines = [(p, ms) for p, ms in new.deadlines.items() if jump or p not in old.deadlines]
    again = {piece for piece, _ in deadlines}
    priorities = [
        (piece, value)
        for piece, value in new.priorities.items()
        if jump or piece in again or value != old.priorities.get(piece)
    ]
    return Changes(
        raised=raised if jump else [],
        clear=jump,
        deadlines=deadlines,
        priorities=priorities + [(piece, 0) for piece in dropped],
        end_sequential=old.sequential and (bool(raised) or not new.sequential),
        begin_sequential=new.sequential and (bool(raised) or not old.sequential),
    )


def _window(demand: Demand, pieces: Pieces, piece_length: int, shared: bool) -> list[int]:
    """The missing pieces a reader should have soon, nearest first."""
    size = SHARED_WINDOW if shared else WINDOW
    ahead = max(1 if shared else MIN_PIECES, size // piece_length)
    missing = pieces.find_all_missing(demand.piece, min(demand.last, demand.piece + ahead - 1))
    return missing if demand.sent >= STREAMS_AFTER else missing[:NARROW_PIECES]


def _plan_alone(demand: Demand, window: list[int]) -> Plan:
    """One reader: libtorrent's sequential order, and a deadline to rescue the next pieces from slow peers."""
    urgent = window[: len(DEADLINES_MS) if demand.sent else 1]
    return Plan(
        priorities=dict.fromkeys(window, NORMAL) | {window[0]: TOP},
        deadlines=dict(zip(urgent, DEADLINES_MS, strict=False)),
        next_pieces=frozenset(window[:1]),
    )


def _plan_shared(windows: list[list[int]]) -> Plan:
    """Several readers, neediest first: their windows interleaved on a ladder of priorities."""
    priorities: dict[int, int] = {}
    deadlines: dict[int, int] = {}
    for rank, window in enumerate(windows):
        for nth, piece in enumerate(window):
            step = max(LOWEST, TOP - (nth * len(windows) + rank))
            priorities[piece] = max(step, priorities.get(piece, 0))
        for piece, ms in zip(window, DEADLINES_MS, strict=False):
            deadlines[piece] = min(ms, deadlines.get(piece, ms))
    return Plan(priorities, deadlines, frozenset(window[0] for window in windows), sequential=False)
