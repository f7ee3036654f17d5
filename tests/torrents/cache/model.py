"""A disk, the torrents on it and who reads them, in memory: a model of what the cache must hold out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from momoshtrem.model.torrent import Metainfo
from momoshtrem.torrents.allowance import Allowance
from momoshtrem.torrents.cache.layout import find_parts, round_down, round_up
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.policy import Candidate, Kind, State, choose, find_candidates
from momoshtrem.torrents.cache.punch import find_ranges
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.cache.stamps import Stamps
from momoshtrem.torrents.engine import CachedTorrent, Ranges
from momoshtrem.torrents.schedule import TOP, Plan
from tests.torrents.cache.disk import BLOCK

Block = tuple[int, int]
"""A block on the disk: the index of its file, and its own in there."""


@dataclass
class Torrent:
    """`saved` are the bits in the database. Loaded it has `pieces`, an allowance and maybe a window."""

    metainfo: Metainfo
    ends: Ranges
    pinned: Ranges
    saved: set[int] = field(default_factory=set)
    blocks: set[Block] = field(default_factory=set)
    stamps: bytes = b""
    pieces: Pieces | None = None
    allowance: Allowance | None = None
    begun: set[int] = field(default_factory=set)
    window: range = range(0)

    @property
    def info_hash(self) -> str:
        return self.metainfo.info_hash

    @property
    def state(self) -> State:
        return State.UNLOADED if self.pieces is None else State.LIVE if self.window else State.IDLE

    def blocks_of(self, piece: int) -> set[Block]:
        return {
            (file.index, at // BLOCK)
            for file, part in find_parts(self.metainfo, piece)
            for at in range(round_down(part.start), round_up(part.stop), BLOCK)
        }

    def keep(self, pieces: Iterable[int]) -> None:
        """These are on the disk already."""
        self.saved |= {*pieces}
        for piece in self.saved:
            self.blocks |= self.blocks_of(piece)

    def present(self) -> Pieces:
        return self.pieces or Pieces(self.metainfo.piece_count, self.saved)

    def is_pinned(self, piece: int) -> bool:
        length = self.metainfo.piece_length
        return any(
            span.start < (piece + 1) * length and piece * length < span.stop for span in self.pinned if span
        )

    def candidates(self) -> Iterable[Candidate]:
        length, size = self.metainfo.piece_length, self.metainfo.total_size
        cached = CachedTorrent(
            self.info_hash, length, size, self.present().pack(), self.stamps, self.ends, self.pinned
        )
        return find_candidates(cached, self.state, [self.window])


class World:
    """`others` are bytes of other programs on the disk, `surprise` those since it was last looked at.

    `spare` bytes are free at first.
    """

    def __init__(self, torrents: Iterable[Torrent], quota: Quota, spare: int) -> None:
        self.torrents = {torrent.info_hash: torrent for torrent in torrents}
        self.quota = quota
        self.capacity = self.used() + spare
        self.others = 0
        self.surprise = 0
        self.start(quota)

    def used(self) -> int:
        return sum(len(torrent.blocks) for torrent in self.torrents.values()) * BLOCK

    def free(self) -> int:
        return max(0, self.capacity - self.others - self.used())

    def owed(self) -> int:
        """What begun pieces may still write."""
        return BLOCK * sum(
            len({block for piece in torrent.begun for block in torrent.blocks_of(piece)} - torrent.blocks)
            for torrent in self.torrents.values()
        )

    def look(self) -> None:
        self.quota.tell_free(self.free(), self.quota.settled)
        self.surprise = 0

    def start(self, quota: Quota) -> None:
        """After a crash: nothing is loaded, and what is on the disk is measured."""
        self.quota = quota
        for torrent in self.torrents.values():
            torrent.pieces = torrent.allowance = None
            torrent.begun, torrent.window = set(), range(0)
            quota.tell_size(torrent.info_hash, len(torrent.blocks) * BLOCK)
        self.look()

    def load(self, torrent: Torrent) -> None:
        torrent.pieces = Pieces(torrent.metainfo.piece_count, torrent.saved)
        self._trim(torrent)
        torrent.allowance = Allowance(self.quota, torrent.metainfo, torrent.pieces)
        torrent.allowance.restart(len(torrent.blocks) * BLOCK)

    def unload(self, torrent: Torrent) -> None:
        assert torrent.pieces is not None
        torrent.saved = {*torrent.pieces.list_present(range(len(torrent.pieces)))}
        torrent.pieces = torrent.allowance = None
        torrent.begun, torrent.window = set(), range(0)
        self.quota.tell_size(torrent.info_hash, len(torrent.blocks) * BLOCK)

    def want(self, torrent: Torrent, window: range, *, waiting: bool) -> Plan:
        """A reader stands at the window's begin; gives what may be fetched for it."""
        assert torrent.pieces is not None
        assert torrent.allowance is not None
        torrent.window = window
        missing = torrent.pieces.find_all_missing(window.start, window.stop - 1) if window else []
        plan = Plan(dict.fromkeys(missing, TOP), dict.fromkeys(missing[:2], 0), frozenset(missing[:1]))
        limited = torrent.allowance.limit(plan, frozenset(missing[:1]) if waiting else ())
        new = limited.priorities.keys() - torrent.begun
        torrent.begun.update(new)
        floor = self.quota.min_free
        assert not new or self.free() + self.surprise - self.owed() >= floor, "below the floor by a grant"
        return limited

    def finish(self, torrent: Torrent, piece: int) -> None:
        assert torrent.pieces is not None
        assert torrent.allowance is not None
        torrent.blocks |= torrent.blocks_of(piece)
        torrent.begun.discard(piece)
        torrent.pieces.add(piece)
        torrent.allowance.finish(piece)

    def make_room(self, need: int) -> None:
        """Until there is as much more room, or nothing left that may go."""
        target = self.quota.room() + need
        while self.quota.room() < target and (chosen := self._choose(target - self.quota.room())):
            for candidate in chosen:
                self._evict(self.torrents[candidate.info_hash], candidate)
            self.look()
        for torrent in self.torrents.values():
            if self.quota.room() < target and torrent.pieces is not None:
                self._swap(torrent)

    def _choose(self, need: int) -> list[Candidate]:
        found = [each for torrent in self.torrents.values() for each in torrent.candidates()]
        chosen = choose(found, need)
        bodies = [each for each in found if each.kind is Kind.BODY]
        assert all(each.kind is Kind.BODY for each in chosen) or all(each in chosen for each in bodies)
        return chosen

    def _evict(self, torrent: Torrent, candidate: Candidate) -> None:
        assert not {*torrent.window}.intersection(candidate.pieces), "in the window of a reader"
        assert not any(map(torrent.is_pinned, candidate.pieces)), "pinned"
        if torrent.state is State.IDLE:
            self.unload(torrent)
        present = torrent.present()
        for piece in candidate.pieces:
            present.discard(piece, piece)
        torrent.saved -= {*candidate.pieces}
        self._swap(torrent)

    def _swap(self, torrent: Torrent) -> None:
        """Its begun pieces begin anew, if it is loaded."""
        self._trim(torrent)
        torrent.begun = set()
        if torrent.allowance:
            torrent.allowance.restart(len(torrent.blocks) * BLOCK)
        else:
            self.quota.tell_size(torrent.info_hash, len(torrent.blocks) * BLOCK)

    def _trim(self, torrent: Torrent) -> None:
        for file, span in find_ranges(torrent.metainfo, torrent.present()):
            torrent.blocks -= {(file.index, at // BLOCK) for at in range(span.start, span.stop, BLOCK)}


def stamp_all(torrent: Torrent, stamp: int) -> None:
    """The window was read now."""
    stamps = Stamps(torrent.metainfo.piece_count, torrent.metainfo.piece_length, torrent.stamps)
    if torrent.window:
        stamps.touch(torrent.window.start, torrent.window.stop - 1, stamp)
    torrent.stamps = stamps.pack()
