from __future__ import annotations

import pytest

from momoshtrem.events import Event, EventBus, MovieChanged, ShowChanged, TorrentRemoved


class Subscribed:
    """Notes under its name what it is told, and fails if it is to."""

    def __init__(self, name: str, notes: list[tuple[str, Event]], error: Exception | None = None) -> None:
        self._name = name
        self._notes = notes
        self._error = error

    async def __call__(self, event: Event) -> None:
        self._notes.append((self._name, event))
        if self._error:
            raise self._error


async def test_subscribers_are_told_in_their_order() -> None:
    bus, notes = EventBus(), list[tuple[str, Event]]()
    for name in ("first", "second"):
        bus.subscribe(Subscribed(name, notes))
    for event in (MovieChanged(1), ShowChanged(2)):
        await bus.publish(event)
    assert notes == [
        ("first", MovieChanged(1)),
        ("second", MovieChanged(1)),
        ("first", ShowChanged(2)),
        ("second", ShowChanged(2)),
    ]


async def test_one_that_fails_is_logged_and_keeps_nothing_from_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bus, notes = EventBus(), list[tuple[str, Event]]()
    bus.subscribe(Subscribed("failing", notes, RuntimeError("broken")))
    bus.subscribe(Subscribed("other", notes))
    await bus.publish(TorrentRemoved("ab" * 20))
    assert [name for name, _ in notes] == ["failing", "other"]
    assert "TorrentRemoved" in caplog.text
    assert "broken" in caplog.text


async def test_an_event_without_subscribers_is_no_error() -> None:
    await EventBus().publish(MovieChanged(1))
