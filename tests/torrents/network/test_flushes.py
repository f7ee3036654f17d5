from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import cast

import libtorrent as lt
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from momoshtrem.torrents.network.flushes import Flushes
from tests.torrents.contract import until

HASH = "a" * 40


class Handle:
    """Counts the calls; with `gone` it has left the session."""

    def __init__(self) -> None:
        self.calls = 0
        self.gone = False

    def flush_cache(self) -> None:
        self.calls += 1
        if self.gone:
            raise RuntimeError("invalid torrent handle used")


class Rig:
    def __init__(self) -> None:
        self.told: list[int] = []
        self.fake = Handle()
        self.handle = cast(lt.torrent_handle, self.fake)
        self.flushes = Flushes(lambda _, piece: self.told.append(piece))

    def pass_(self, *pieces: int) -> None:
        self.flushes.passed(HASH, self.handle, pieces)

    def answer(self) -> None:
        self.flushes.answered(HASH, self.handle)


@pytest.fixture
async def rig() -> Rig:
    return Rig()


async def test_a_piece_is_told_once_the_call_after_it_is_answered(rig: Rig) -> None:
    rig.pass_(1)
    rig.pass_(2)
    assert (rig.told, rig.fake.calls) == ([], 1)
    rig.answer()
    assert (rig.told, rig.fake.calls) == ([1], 2)
    rig.answer()
    assert (rig.told, rig.fake.calls) == ([1, 2], 2)


async def test_an_answer_that_was_not_asked_for_tells_nothing(rig: Rig) -> None:
    rig.answer()
    rig.pass_(1)
    assert rig.told == []


async def test_after_an_error_nothing_is_told_until_the_torrent_comes_back(rig: Rig) -> None:
    rig.pass_(1)
    rig.flushes.failed(HASH)
    rig.answer()
    rig.pass_(2)
    rig.answer()
    assert rig.told == []
    rig.flushes.forget(HASH)
    rig.pass_(3)
    rig.answer()
    assert rig.told == [3]


async def test_what_passed_before_a_torrent_left_is_not_told_after_it(rig: Rig) -> None:
    rig.pass_(1)
    rig.pass_(2)
    rig.flushes.forget(HASH)
    rig.answer()
    assert rig.told == []


async def test_a_torrent_that_is_leaving_is_no_error(rig: Rig) -> None:
    rig.fake.gone = True
    rig.pass_(1)
    assert rig.told == []


async def test_settling_waits_for_what_passed_before_and_not_for_more(rig: Rig) -> None:
    rig.pass_(1)
    rig.pass_(2)
    async with asyncio.TaskGroup() as tasks:
        settling = tasks.create_task(rig.flushes.settle(HASH))
        await asyncio.sleep(0.01)
        rig.answer()
        await asyncio.sleep(0.01)
        rig.pass_(3)
        assert not settling.done()
        rig.answer()
        await until(settling.done)
    assert rig.told == [1, 2]


@pytest.mark.parametrize("end", ["failed", "forget"])
async def test_settling_ends_with_the_torrent(rig: Rig, end: str) -> None:
    rig.pass_(1)
    async with asyncio.TaskGroup() as tasks:
        settling = tasks.create_task(rig.flushes.settle(HASH))
        await asyncio.sleep(0.01)
        getattr(rig.flushes, end)(HASH)
        rig.answer()
        await until(settling.done)
    await rig.flushes.settle("b" * 40)
    assert rig.told == []


class FlushMachine(RuleBasedStateMachine):
    """Against a disk that has written what passed before the last call that was answered, and no more."""

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig()
        self.passed: set[int] = set()
        self.calls: list[set[int]] = []
        self.written: set[int] = set()

    @rule(pieces=st.sets(st.integers(0, 9), min_size=1))
    def pass_(self, pieces: Iterable[int]) -> None:
        self.passed |= set(pieces)
        self.rig.pass_(*pieces)
        self._note_call()

    @precondition(lambda self: self.calls)
    @rule()
    def answer(self) -> None:
        self.written |= self.calls.pop()
        self.rig.answer()
        self._note_call()

    def _note_call(self) -> None:
        """A call takes all that had passed when it was made."""
        if self.rig.fake.calls:
            self.rig.fake.calls -= 1
            self.calls.append(set(self.passed))

    @invariant()
    def what_is_told_is_written_and_one_call_is_enough(self) -> None:
        assert set(self.rig.told) <= self.written
        assert len(self.calls) <= 1
        assert self.calls or set(self.rig.told) == self.passed


FlushMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=20)
TestFlushMachine = FlushMachine.TestCase
