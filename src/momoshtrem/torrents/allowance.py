"""What of a plan there is room for on the disk."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from momoshtrem.torrents.cache.layout import Layout, find_cost
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.schedule import Plan

FULL = (
    "The cache is full: all that is in it is being read or pinned. Unpin something, or raise cache.max_size."
)


class Allowance:
    """Of a loaded torrent: each piece that is wanted and not on disk takes its cost of the quota, once.

    It stays taken when nobody wants the piece any more: some of it may have come. `refused` are the pieces of
    the last plan that there was no room for.
    """

    def __init__(self, quota: Quota, layout: Layout, pieces: Pieces) -> None:
        self._quota = quota
        self._layout = layout
        self._pieces = pieces
        self._begun: set[int] = set()
        self._planned: frozenset[int] = frozenset()
        self.refused: set[int] = set()

    def limit(self, plan: Plan, waiting: Container[int]) -> Plan:
        """The plan without the pieces for which there is no room; those that are `waiting` for come first."""
        order = sorted(plan.priorities, key=lambda piece: piece not in waiting)
        refused = {piece for piece in order if not self._begin(piece, urgent=piece in waiting)}
        self._quota.refusals += len(refused - self.refused)
        self.refused, self._planned = refused, frozenset(plan.priorities)
        return _without(plan, self.refused) if self.refused else plan

    def finish(self, piece: int) -> None:
        """The piece is on the disk."""
        if piece not in self._begun:
            self._quota.pledge(self._layout.info_hash, self._cost(piece))
        self._begun.discard(piece)
        self._quota.finish(self._layout.info_hash, self._cost(piece))

    def find_abandoned(self) -> int:
        """Bytes that are taken by pieces that nobody wants any more, whether they came or not."""
        return sum(self._cost(piece) for piece in self._begun - self._planned)

    def restart(self, size: int) -> None:
        """Nothing is under way, and what is on the disk takes `size` bytes."""
        self._begun.clear()
        self._quota.tell_size(self._layout.info_hash, size)

    def _begin(self, piece: int, *, urgent: bool) -> bool:
        if piece in self._begun or piece in self._pieces:
            return True
        if not self._quota.grant(self._layout.info_hash, self._cost(piece), urgent=urgent):
            return False
        self._begun.add(piece)
        return True

    def _cost(self, piece: int) -> int:
        return find_cost(self._layout, piece)


def _without(plan: Plan, refused: set[int]) -> Plan:
    return replace(
        plan,
        priorities={piece: value for piece, value in plan.priorities.items() if piece not in refused},
        deadlines={piece: ms for piece, ms in plan.deadlines.items() if piece not in refused},
        next_pieces=plan.next_pieces - refused,
        asides=plan.asides - refused,
    )
