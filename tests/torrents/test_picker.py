"""That libtorrent is told everything in order is tested with the plans, in `test_schedule`."""

from __future__ import annotations

import libtorrent as lt
import pytest

from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.picker import IN_FILE, Wishes, list_blocks
from momoshtrem.torrents.schedule import Plan
from tests.torrents.picker import Picker


@pytest.mark.parametrize(
    ("states", "here"),
    [
        ({3: [IN_FILE, 2, IN_FILE, 1, 0], 4: [IN_FILE]}, [0, 2]),
        ({4: [IN_FILE]}, []),
        ({}, []),
    ],
)
def test_only_blocks_that_were_written_are_in_the_file(states: dict[int, list[int]], here: list[int]) -> None:
    picker = Picker(5)
    picker.blocks = states
    assert list_blocks(picker.handle, 3) == here


def test_a_torrent_that_left_has_none() -> None:
    assert list_blocks(lt.torrent_handle(), 3) == []


PLAN = Plan({1: 7, 2: 4}, {1: 0}, frozenset({1}))


def test_libtorrent_is_told_only_what_changes() -> None:
    picker, pieces = Picker(5), Pieces(5)
    wishes = Wishes(pieces)
    wishes.change(picker.handle, PLAN, 1_000)
    assert (picker.list_wishes(), picker.limit) == ({1, 2}, 1_000)
    told = list(picker.calls)
    wishes.change(picker.handle, PLAN, 1_000)
    assert picker.calls == told
    pieces.add(1)
    assert wishes.list_missing() == [2]
    wishes.change(picker.handle, Plan(), 0)
    assert (picker.list_wishes() - {1}, picker.limit) == (set(), 0)


def test_a_torrent_that_comes_back_is_told_everything() -> None:
    wishes = Wishes(Pieces(5))
    wishes.change(Picker(5).handle, PLAN, 1_000)
    back = Picker(5)
    wishes.begin()
    wishes.change(back.handle, PLAN, 1_000)
    assert (back.list_wishes(), back.deadlines, back.limit) == ({1, 2}, {1: 0}, 1_000)


def test_what_is_repeated_is_asked_for_anew() -> None:
    picker, wishes = Picker(5), Wishes(Pieces(5))
    wishes.change(picker.handle, PLAN, 0)
    picker.calls.clear()
    wishes.repeat(picker.handle)
    assert "clear" in picker.calls
    assert (picker.list_wishes(), picker.deadlines) == ({1, 2}, {1: 0})
