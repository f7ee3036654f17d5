from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from momoshtrem.torrents.allowance import Allowance
from momoshtrem.torrents.cache import stamps
from momoshtrem.torrents.cache.layout import find_cost
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.schedule import NORMAL, TOP, Plan
from tests.torrents.cache.disk import BLOCK, layouts, make_metainfo
from tests.torrents.cache.model import Torrent, World, stamp_all

FILM = make_metainfo([20 * BLOCK], BLOCK)
COST = 2 * BLOCK
PLAN = Plan({3: TOP, 4: NORMAL, 5: NORMAL, 9: 1}, {3: 0, 4: 400}, frozenset({3}), asides=frozenset({9}))


def make_allowance(room: int) -> tuple[Quota, Allowance, Pieces]:
    """With room for so many pieces, of which the last sixteenth is for those who wait."""
    quota, pieces = Quota(room * COST), Pieces(FILM.piece_count)
    return quota, Allowance(quota, FILM, pieces), pieces


def test_a_plan_for_which_there_is_room_stays_as_it_is() -> None:
    quota, allowance, _ = make_allowance(16)
    assert allowance.limit(PLAN, {3}) is PLAN
    assert quota.committed == 4 * COST


def test_a_piece_takes_its_cost_once() -> None:
    quota, allowance, pieces = make_allowance(16)
    for _ in range(2):
        allowance.limit(PLAN, {3})
        allowance.limit(Plan(), ())
    pieces.add(3)
    allowance.finish(3)
    assert allowance.limit(PLAN, ()) is PLAN
    assert quota.committed == 4 * COST


def test_what_has_no_room_is_in_no_part_of_the_plan() -> None:
    _, allowance, _ = make_allowance(2)
    limited = allowance.limit(PLAN, {3})
    assert limited == Plan({3: TOP}, {3: 0}, frozenset({3}))
    _, allowance, _ = make_allowance(0)
    assert allowance.limit(PLAN, {3}) == Plan()


def test_the_nearest_come_first_but_for_what_is_waited_for() -> None:
    _, allowance, _ = make_allowance(3)
    assert [*allowance.limit(PLAN, {5}).priorities] == [3, 5]
    _, allowance, _ = make_allowance(3)
    assert [*allowance.limit(PLAN, ()).priorities] == [3, 4]


def test_a_piece_that_is_refused_counts_until_it_is_not() -> None:
    quota, allowance, _ = make_allowance(3)
    for _ in range(3):
        allowance.limit(PLAN, {5})
    assert quota.refusals == len(allowance.refused) == 2
    allowance.limit(Plan(), ())
    allowance.limit(PLAN, {5})
    assert quota.refusals == 4


def test_a_restart_takes_what_was_measured() -> None:
    quota, allowance, _ = make_allowance(16)
    allowance.limit(PLAN, ())
    allowance.restart(BLOCK)
    assert quota.committed == BLOCK
    allowance.limit(PLAN, ())
    assert quota.committed == BLOCK + 4 * COST


def test_what_nobody_wants_any_more_is_abandoned_until_a_restart() -> None:
    quota, allowance, _ = make_allowance(16)
    allowance.limit(PLAN, {3})
    assert allowance.find_abandoned() == 0
    allowance.limit(Plan({4: NORMAL}), ())
    assert allowance.find_abandoned() == 3 * COST
    allowance.restart(BLOCK)
    assert (allowance.find_abandoned(), quota.committed) == (0, BLOCK)


def test_what_came_unasked_counts_too() -> None:
    quota, allowance, _ = make_allowance(1)
    allowance.finish(7)
    allowance.finish(8)
    assert quota.committed == 2 * COST
    assert quota.settled == 2 * COST


spans = st.tuples(st.integers(0, 10 * BLOCK), st.integers(1, 6 * BLOCK)).map(lambda at: range(at[0], sum(at)))
numbers = st.integers(0, 2)
pieces = st.integers(0, 60)


class CacheMachine(RuleBasedStateMachine):
    """Three torrents on a disk that other programs use too, read, evicted and killed in any order."""

    world: World
    ceiling = 0
    clock = 1

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(stamps, "REGION", 4 * BLOCK)

    def teardown(self) -> None:
        self.patch.undo()

    @initialize(
        metainfos=st.tuples(*(layouts(8 * BLOCK, char * 40) for char in "abc")),
        ends=st.lists(spans, max_size=2),
        pinned=st.lists(spans, min_size=1, max_size=1),
        max_size=st.integers(4 * BLOCK, 120 * BLOCK),
        min_free=st.integers(0, 10 * BLOCK),
        spare=st.integers(0, 25 * BLOCK),
    )
    def begin(
        self,
        metainfos: tuple[object, ...],
        ends: list[range],
        pinned: list[range],
        max_size: int,
        min_free: int,
        spare: int,
    ) -> None:
        torrents = [
            Torrent(metainfo, tuple(ends), tuple(pinned) if number == 1 else ())  # type: ignore[arg-type]
            for number, metainfo in enumerate(metainfos)
        ]
        for torrent in torrents[1:]:
            torrent.keep(range(torrent.metainfo.piece_count))
        self.world = World(torrents, Quota(max_size, min_free), spare)
        self.ceiling = self.world.quota.committed

    def torrent(self, number: int) -> Torrent:
        return list(self.world.torrents.values())[number]

    def loaded(self, number: int) -> Torrent:
        torrent = self.torrent(number)
        if torrent.pieces is None:
            self.world.load(torrent)
        return torrent

    @rule(number=numbers, at=pieces, size=st.integers(1, 20), waiting=st.booleans())
    def read(self, number: int, at: int, size: int, waiting: bool) -> None:
        torrent = self.loaded(number)
        count = torrent.metainfo.piece_count
        self.world.want(torrent, range(at % count, min(count, at % count + size)), waiting=waiting)
        self.clock += 1
        stamp_all(torrent, self.clock)

    @rule(number=numbers)
    def pause(self, number: int) -> None:
        self.loaded(number).window = range(0)

    @rule(number=numbers, whole=st.booleans())
    def deliver(self, number: int, whole: bool) -> None:
        torrent = self.torrent(number)
        for piece in sorted(torrent.begun):
            if whole:
                self.world.finish(torrent, piece)
            else:
                torrent.blocks |= {*sorted(torrent.blocks_of(piece))[:1]}

    @rule(number=numbers)
    def unload(self, number: int) -> None:
        if self.torrent(number).pieces is not None:
            self.world.unload(self.torrent(number))

    @rule(number=numbers)
    def save(self, number: int) -> None:
        torrent = self.torrent(number)
        torrent.saved = {*torrent.present().list_present(range(torrent.metainfo.piece_count))}

    @rule()
    def crash(self) -> None:
        self.world.start(Quota(self.world.quota.max_size, self.world.quota.min_free))

    @rule()
    def tick(self) -> None:
        self.world.look()
        if need := self.world.quota.take_need():
            self.world.make_room(need)

    @rule(size=st.integers(0, 60 * BLOCK))
    def change_quota(self, size: int) -> None:
        self.world.quota.max_size = size
        self.ceiling = self.world.quota.committed

    @rule(size=st.integers(-30 * BLOCK, 30 * BLOCK))
    def others_write(self, size: int) -> None:
        before = self.world.others
        self.world.others = max(0, before + min(size, self.world.free()))
        self.world.surprise += max(0, self.world.others - before)

    @precondition(lambda self: any(torrent.window for torrent in self.world.torrents.values()))
    @rule(number=numbers)
    def serve(self, number: int) -> None:
        """Who waits is given its piece, unless nothing is left that may go."""
        torrent = self.torrent(number)
        if not torrent.window or torrent.pieces is None:
            return
        self.world.look()
        if (piece := torrent.pieces.find_missing(torrent.window.start, torrent.window.stop - 1)) is None:
            return
        quota, cost = self.world.quota, find_cost(torrent.metainfo, piece)
        for _ in range(3):
            if piece in self.world.want(torrent, torrent.window, waiting=True).priorities:
                self.world.finish(torrent, piece)
                return
            self.world.make_room(quota.take_need())
            self.world.look()
        left = [each for one in self.world.torrents.values() for each in one.candidates()]
        assert not left or cost > quota.committed + quota.room()

    @invariant()
    def all_is_counted(self) -> None:
        for torrent in self.world.torrents.values():
            assert self.world.quota.sizes.get(torrent.info_hash, 0) >= len(torrent.blocks) * BLOCK
        assert self.world.quota.committed == sum(self.world.quota.sizes.values())

    @invariant()
    def the_quota_holds(self) -> None:
        committed = self.world.quota.committed
        self.ceiling = min(self.ceiling, committed)
        assert self.world.used() <= committed <= max(self.world.quota.max_size, self.ceiling)

    @invariant()
    def what_is_promised_is_there(self) -> None:
        for torrent in self.world.torrents.values():
            for piece in torrent.present().list_present(range(torrent.metainfo.piece_count)):
                assert torrent.blocks_of(piece) <= torrent.blocks


TestCache = CacheMachine.TestCase
TestCache.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
