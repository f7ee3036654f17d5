from __future__ import annotations

import asyncio
import logging

import pytest

from momoshtrem.faces import brake
from momoshtrem.faces.brake import FREE, MAX_DELAY, STEP, WINDOW, Brake, neighbourhood
from tests.fakes.clock import FakeTime


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def braking(time: FakeTime) -> Brake:
    return Brake(now=lambda: time.now, sleep=time.sleep)


async def try_often(braking: Brake, host: str, times: int) -> None:
    for _ in range(times):
        assert await braking.hold(host, right=False)


async def test_each_answer_is_later_than_the_one_before_up_to_a_bound(braking: Brake, time: FakeTime) -> None:
    await try_often(braking, "192.0.2.7", FREE)
    assert time.sleeps == []
    await try_often(braking, "192.0.2.7", 3)
    assert time.sleeps == [STEP, 2 * STEP, 3 * STEP]
    await try_often(braking, "192.0.2.7", 50)
    assert time.sleeps[-1] == MAX_DELAY


async def test_players_hear_of_a_wrong_password_before_they_give_up() -> None:
    assert MAX_DELAY < 8


async def test_others_are_not_slowed(braking: Brake, time: FakeTime) -> None:
    await try_often(braking, "192.0.2.7", FREE + 1)
    time.sleeps.clear()
    await try_often(braking, "192.0.2.8", FREE)
    assert time.sleeps == []


@pytest.mark.parametrize(("pause", "slowed"), [(WINDOW - 1, True), (WINDOW, False)])
async def test_a_quiet_address_is_as_good_as_new(
    braking: Brake, time: FakeTime, pause: float, slowed: bool
) -> None:
    await try_often(braking, "192.0.2.7", FREE)
    time.now += pause
    await try_often(braking, "192.0.2.7", 1)
    assert bool(time.sleeps) == slowed


async def test_the_addresses_that_are_known_are_bounded(
    braking: Brake, time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brake, "MAX_ADDRESSES", 3)
    await try_often(braking, "192.0.2.1", FREE)
    for last in (2, 3, 1, 4):
        await try_often(braking, f"192.0.2.{last}", 1)
    assert time.sleeps == [STEP]
    await try_often(braking, "192.0.2.1", 1)
    assert len(braking._visitors) == 3
    await try_often(braking, "192.0.2.2", FREE)
    assert time.sleeps == [STEP, 2 * STEP]


async def test_right_ones_are_known_by_no_haste_where_nobody_signed_in_yet(
    braking: Brake, time: FakeTime
) -> None:
    await try_often(braking, "192.0.2.7", FREE + 1)
    assert await braking.hold("192.0.2.7", right=True)
    assert time.sleeps == [STEP, STEP]


@pytest.mark.parametrize("wrong", [FREE, FREE + 1])
async def test_where_somebody_signed_in_right_ones_never_wait(
    braking: Brake, time: FakeTime, wrong: int
) -> None:
    await try_often(braking, "192.0.2.7", wrong)
    assert await braking.hold("192.0.2.7", right=True)
    await try_often(braking, "192.0.2.7", 20)
    time.sleeps.clear()
    assert await braking.hold("192.0.2.7", right=True)
    assert time.sleeps == []


@pytest.mark.parametrize("right", [True, False])
async def test_the_answers_that_wait_are_bounded_and_make_room_when_they_end(
    time: FakeTime, monkeypatch: pytest.MonkeyPatch, right: bool
) -> None:
    monkeypatch.setattr(brake, "MAX_WAITING", 2)
    gate = asyncio.Event()

    async def sleep(_: float) -> None:
        await gate.wait()

    braking = Brake(now=lambda: time.now, sleep=sleep)
    await try_often(braking, "192.0.2.7", FREE)
    async with asyncio.TaskGroup() as tasks:
        held = [tasks.create_task(braking.hold("192.0.2.7", right=False)) for _ in range(2)]
        await asyncio.sleep(0)
        assert not await braking.hold("192.0.2.7", right=right)
        assert await braking.hold("192.0.2.8", right=right)
        held[0].cancel()
        await asyncio.wait(held[:1])
        held.append(tasks.create_task(braking.hold("192.0.2.7", right=right)))
        gate.set()
    assert held[1].result()
    assert held[2].result()


async def test_each_burst_is_logged_once(
    braking: Brake, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await try_often(braking, "192.0.2.7", FREE)
    assert caplog.messages == []
    await try_often(braking, "192.0.2.7", 20)
    assert len(caplog.messages) == 1
    assert "192.0.2.7" in caplog.text
    time.now += WINDOW
    await try_often(braking, "192.0.2.7", FREE + 1)
    assert len(caplog.messages) == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8:0:0:ffff::9", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("unknown", "x" * 9000, True),
        ("", "192.0.2.1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_who_counts_as_one_guesser(one: str, other: str, same: bool) -> None:
    assert (neighbourhood(one) == neighbourhood(other)) == same
