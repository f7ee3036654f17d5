from __future__ import annotations

import asyncio

import pytest

from momoshtrem.ticks import tick, until_tick


async def test_all_who_wait_go_on_at_the_same_moment() -> None:
    loop, moments = asyncio.get_running_loop(), list[float]()

    async def follow(delay: float) -> None:
        await asyncio.sleep(delay)
        await tick(0.25)
        moments.append(loop.time())

    await tick(0.25)
    async with asyncio.TaskGroup() as tasks:
        for delay in (0.0, 0.01, 0.02):
            tasks.create_task(follow(delay))
    assert len({moment // 0.25 for moment in moments}) == 1


@pytest.mark.parametrize(("now", "interval", "wait"), [(8.25, 1, 0.75), (8, 0.25, 0.25), (8.5, 2, 1.5)])
async def test_the_next_tick_is_never_now(
    now: float, interval: float, wait: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    waits = until_tick(interval)
    monkeypatch.undo()
    assert waits == wait
