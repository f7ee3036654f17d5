from __future__ import annotations

from typing import cast

import pytest

from momoshtrem.model.torrent import Metainfo, TorrentFile
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.quota import Quota
from momoshtrem.torrents.readers.audience import FOLLOW_TIME, OPENING_TIME, Audience
from momoshtrem.torrents.readers.crowd import SCAN_FILES, SMALL_WINDOW, TOTAL_WINDOWS, Crowd
from momoshtrem.torrents.readers.outlines import Outlines
from momoshtrem.torrents.readers.pace import MIN_WINDOW, Pace
from momoshtrem.torrents.readers.reader import GIVES_WAY_AFTER, SwarmReader
from momoshtrem.torrents.schedule import FEW_PIECES, LOWEST, NORMAL, Demand, make_plan

MIB = 2**20
FILES = 8
SIZE = 100 * MIB
COUNT = FILES * 100
TAIL = 99


class Index:
    """Stands for the outlines: a file lasts 100 s, its index is its last piece."""

    def duration_of(self, _index: int) -> float:
        return 100.0

    def find_asides(self, indexes: list[int]) -> list[tuple[int, int]]:
        return [(index * 100 + TAIL, NORMAL) for index in indexes]


class Seat:
    """Stands for a reader that wants what it reads."""

    def __init__(self, audience: Audience, index: int, offset: int, now: float) -> None:
        self.file_index = index
        self.audience = audience
        self.waiting = self.idle = 0.0
        self.wants = True
        self.pace = audience.find_pace(FILE_LIST[index], offset)
        self.pace.ask(now, offset)
        audience.enter(self.reader)

    @property
    def reader(self) -> SwarmReader:
        return cast("SwarmReader", self)

    def demand(self, _now: float) -> Demand | None:
        first = self.file_index * 100
        if not self.wants:
            return None
        return Demand(first + self.pace.position // MIB, first + 99, self.pace.sent, self.waiting, self.idle)

    def leave(self) -> None:
        self.audience.leave(self.reader)


FILE_LIST = tuple(TorrentFile(index, f"{index}.mkv", SIZE, index * SIZE) for index in range(FILES))


class Hall:
    """An audience whose clock stands still."""

    def __init__(self, crowd: Crowd) -> None:
        self.now = 1000.0
        self.pieces = Pieces(COUNT)
        self.crowd = crowd
        metainfo = Metainfo("ab" * 20, "t", MIB, FILES * SIZE, False, FILE_LIST, (), b"")
        outlines = cast("Outlines", Index())
        self.audience = Audience(metainfo, self.pieces, outlines, self.crowd, lambda: self.now)

    def sit(self, index: int = 0, offset: int = 0, given: int = 0) -> Seat:
        seat = Seat(self.audience, index, offset, self.now)
        seat.pace.give(self.now, given)
        return seat

    def list_places(self) -> list[tuple[int, int]]:
        """Who wants what: file and piece."""
        return [(reader.file_index, demand.piece) for reader, demand in self.audience.find_demands()]

    def list_demands(self) -> list[Demand]:
        return [demand for _, demand in self.audience.find_demands()]


@pytest.fixture
def hall() -> Hall:
    return Hall(Crowd(30, Quota()))


def test_what_a_reader_does_is_told(hall: Hall) -> None:
    hall.sit(1, 5 * MIB, given=10)
    hall.sit(0, given=3 * MIB)
    playing, probing = hall.audience.describe()
    assert (playing.file_index, playing.kind, playing.position) == (0, "playback", 3 * MIB)
    assert (probing.file_index, probing.kind, probing.window) == (1, "probe", FEW_PIECES["probe"] * MIB)
    assert playing.rate > 0


def test_a_reader_that_wants_nothing_has_no_window(hall: Hall) -> None:
    hall.sit(given=3 * MIB).wants = False
    assert [each.window for each in hall.audience.describe()] == [0]
    assert hall.audience.count_streaming() == 0


def test_the_window_follows_from_the_bitrate(hall: Hall) -> None:
    hall.sit(given=20 * MIB)
    hall.now += 20
    (demand,) = hall.list_demands()
    assert (demand.kind, demand.window, demand.seconds) == ("playback", 30 * MIB, 1.0)


def test_a_client_that_opens_the_file_for_each_part_goes_on(hall: Hall) -> None:
    first = hall.sit(given=10 * MIB)
    first.leave()
    second = hall.sit(offset=10 * MIB)
    assert second.pace is first.pace
    assert [demand.kind for demand in hall.list_demands()] == ["playback"]
    assert hall.sit(offset=10 * MIB).pace is not first.pace


@pytest.mark.parametrize(
    ("index", "offset", "later"),
    [(0, 60 * MIB, 0.0), (1, 10 * MIB, 0.0), (0, 10 * MIB, FOLLOW_TIME + 1)],
    ids=["elsewhere", "another file", "much later"],
)
def test_who_does_not_go_on_begins_anew(hall: Hall, index: int, offset: int, later: float) -> None:
    hall.sit(given=10 * MIB).leave()
    hall.now += later
    hall.sit(index, offset)
    assert [demand.kind for demand in hall.list_demands()] == ["probe"]


def test_who_stopped_reading_gives_way_to_who_begins_elsewhere_in_the_file(hall: Hall) -> None:
    old, other = hall.sit(given=10 * MIB), hall.sit(1, given=10 * MIB)
    hall.sit(offset=90 * MIB)
    old.idle = other.idle = 2 * GIVES_WAY_AFTER
    wanting = [(1, 110), (0, 90)]
    assert sorted(hall.list_places()) == sorted(wanting)
    old.idle = 0.0
    assert sorted(hall.list_places()) == sorted([(0, 10), *wanting])


def test_at_an_opening_the_head_gives_way_at_once(hall: Hall) -> None:
    hall.sit(given=MIB // 2)
    hall.sit(offset=90 * MIB)
    assert hall.list_places() == [(0, 90)]


def test_of_two_that_begin_together_neither_gives_way(hall: Hall) -> None:
    hall.sit()
    hall.sit(offset=90 * MIB)
    assert sorted(hall.list_places()) == [(0, 0), (0, 90)]


@pytest.mark.parametrize("given", [0, 2 * MIB])
def test_it_goes_on_when_the_other_has_what_it_needs(hall: Hall, given: int) -> None:
    old, new = hall.sit(given=10 * MIB), hall.sit(offset=90 * MIB, given=given)
    old.idle = 2 * GIVES_WAY_AFTER
    if not given:
        hall.pieces.add(90)
    assert (0, 10) in hall.list_places()
    assert new.wants


def test_who_waits_is_known_and_whether_it_streamed(hall: Hall) -> None:
    hall.sit(given=3 * MIB).waiting = 2.0
    hall.sit(0, 50 * MIB).waiting = 1.0
    hall.sit(0, 80 * MIB)
    waiting = sorted(hall.audience.find_waiting(), key=lambda each: each.piece)
    found = [(each.piece, each.seconds, each.streams) for each in waiting]
    assert found == [(3, 2.0, True), (50, 1.0, False)]


def test_of_a_file_just_opened_index_and_beginning_are_wanted(hall: Hall) -> None:
    hall.sit()
    assert hall.audience.find_asides() == [(TAIL, NORMAL)]
    hall.pieces.add(0)
    assert hall.audience.find_asides() == [(1, NORMAL), (2, NORMAL), (3, NORMAL), (TAIL, NORMAL)]
    hall.now += OPENING_TIME
    assert hall.audience.find_asides() == [(TAIL, NORMAL)]


def test_who_streams_needs_no_index_soon(hall: Hall) -> None:
    hall.pieces.add(0)
    hall.sit(given=2 * MIB)
    assert hall.audience.find_asides() == [(TAIL, LOWEST)]


def test_who_begins_in_the_middle_needs_no_beginning(hall: Hall) -> None:
    hall.pieces.add(0)
    hall.sit(offset=50 * MIB)
    assert hall.audience.find_asides() == [(TAIL, NORMAL)]


def test_a_library_that_is_scanned_costs_one_piece_a_file(hall: Hall) -> None:
    hall.pieces.add(0)
    seats = [hall.sit(index) for index in range(FILES)]
    kinds = [demand.kind for demand in sorted(hall.list_demands(), key=lambda each: each.piece)]
    assert kinds == ["probe"] * (SCAN_FILES - 1) + ["scan"] * (FILES - SCAN_FILES + 1)
    for seat in seats[: SCAN_FILES - 1]:
        seat.leave()
    assert hall.audience.find_asides() == []
    plan = make_plan(hall.list_demands(), hall.pieces, MIB)
    assert sorted(plan.priorities) == [index * 100 for index in range(SCAN_FILES - 1, FILES)]


def test_hundreds_that_stream_share_what_is_fetched_ahead() -> None:
    crowd = Crowd(30, Quota())
    crowd.streaming = 200
    halls = [Hall(crowd) for _ in range(200)]
    for hall in halls:
        hall.sit(given=50 * MIB)
    windows = [each.window for hall in halls for each in hall.audience.describe()]
    assert sum(windows) <= TOTAL_WINDOWS
    assert all(SMALL_WINDOW <= window < MIN_WINDOW for window in windows)


def test_a_small_cache_makes_windows_small() -> None:
    hall = Hall(Crowd(30, Quota(8 * MIB)))
    hall.sit(given=50 * MIB)
    assert [each.window for each in hall.audience.describe()] == [SMALL_WINDOW]


def test_a_pace_is_followed_only_if_something_was_given(hall: Hall) -> None:
    first = hall.sit()
    first.leave()
    assert isinstance(hall.sit().pace, Pace)
    assert hall.audience.find_pace(FILE_LIST[0], 0) is not first.pace
