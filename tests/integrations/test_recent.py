from __future__ import annotations

import pytest

from momoshtrem.errors import NotFound, ServiceDown
from momoshtrem.integrations.recent import PAUSE, Recent
from tests.fakes.clock import FakeTime


class Source:
    """Counts the answers it gives, or raises `error`."""

    def __init__(self) -> None:
        self.answers = 0
        self.error: Exception | None = None

    async def fetch(self) -> int:
        self.answers += 1
        if self.error:
            raise self.error
        return self.answers


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def recent(time: FakeTime) -> Recent:
    return Recent(lifetime=10.0, size=2, now=lambda: time.now)


async def test_an_answer_lives_its_time(recent: Recent, time: FakeTime) -> None:
    source = Source()
    assert [await recent.recall("a", source.fetch) for _ in range(2)] == [1, 1]
    time.now += 9.9
    assert await recent.recall("a", source.fetch) == 1
    time.now += 0.1
    assert await recent.recall("a", source.fetch) == 2
    assert await recent.recall("a", source.fetch, fresh=True) == 3


async def test_the_oldest_makes_room(recent: Recent) -> None:
    source = Source()
    for key in ("a", "b", "c", "b"):
        await recent.recall(key, source.fetch)
    assert source.answers == 3
    await recent.recall("a", source.fetch)
    assert source.answers == 4


async def test_an_old_answer_serves_while_the_service_is_down(recent: Recent, time: FakeTime) -> None:
    source = Source()
    await recent.recall("a", source.fetch)
    time.now += 10
    source.error = ServiceDown("It is down.")
    assert [await recent.recall("a", source.fetch) for _ in range(3)] == [1, 1, 1]
    assert source.answers == 2
    time.now += PAUSE
    source.error = None
    assert await recent.recall("a", source.fetch) == 3


async def test_what_must_be_fresh_or_was_never_asked_fails(recent: Recent) -> None:
    source = Source()
    await recent.recall("a", source.fetch)
    source.error = ServiceDown("It is down.")
    with pytest.raises(ServiceDown):
        await recent.recall("a", source.fetch, fresh=True)
    with pytest.raises(ServiceDown):
        await recent.recall("b", source.fetch)


async def test_other_errors_are_news(recent: Recent, time: FakeTime) -> None:
    source = Source()
    await recent.recall("a", source.fetch)
    time.now += 10
    source.error = NotFound("It is gone.")
    with pytest.raises(NotFound):
        await recent.recall("a", source.fetch)
