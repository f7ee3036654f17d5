from __future__ import annotations

import pytest

from momoshtrem.errors import NotFound
from momoshtrem.events import Event, MovieChanged, ShowChanged
from momoshtrem.library import movies, pins, shows
from momoshtrem.library.database import Database
from momoshtrem.library.pins import Kind
from momoshtrem.model.media import NewMovie, NewShow
from tests.library.samples import FARGO, HASH_A, HASH_B, Recorder, assign, assignment, fill

SIZE = 10**9


@pytest.fixture
async def filled(db: Database, recorder: Recorder) -> Database:
    await db.run(fill)
    recorder.take()
    return db


@pytest.mark.parametrize(
    ("kind", "item_id", "event"),
    [("movie", 1, MovieChanged(1)), ("show", 1, ShowChanged(1)), ("episode", 3, ShowChanged(1))],
)
async def test_a_change_is_told_once(
    filled: Database, recorder: Recorder, kind: Kind, item_id: int, event: Event
) -> None:
    for pinned in (True, False):
        assert await filled.run(pins.put, kind, item_id, pinned=pinned)
        assert recorder.take() == [event]
        assert not await filled.run(pins.put, kind, item_id, pinned=pinned)
        assert recorder.take() == []


@pytest.mark.parametrize("kind", ["movie", "show", "episode"])
async def test_what_is_not_there_cannot_be_pinned(filled: Database, kind: Kind) -> None:
    with pytest.raises(NotFound, match=f"no {kind} 99"):
        await filled.run(pins.put, kind, 99, pinned=True)


async def test_a_pin_is_on_its_item_alone(filled: Database) -> None:
    await filled.run(pins.put, "episode", 3, pinned=True)
    show = await filled.run(shows.get, 1)
    assert [episode.pinned for episode in show.episodes] == [False, False, True]
    assert not show.pinned
    assert (await filled.run(shows.get_episode, 3))[1].pinned
    assert not (await filled.run(movies.get, 1)).pinned


async def test_a_pin_outlasts_another_adding(filled: Database) -> None:
    await filled.run(pins.put, "show", 1, pinned=True)
    show, created = await filled.run(shows.insert, FARGO)
    assert (show.pinned, created) == (True, False)


async def test_movies_are_listed_by_their_pins(filled: Database) -> None:
    other, _ = await filled.run(movies.insert, NewMovie("Ronin", 1998))
    await filled.run(pins.put, "movie", other.id, pinned=True)
    found = {
        pinned: [one.title for one in (await filled.run(movies.list_page, 9, 0, None, pinned)).items]
        for pinned in (True, False, None)
    }
    assert found == {True: ["Ronin"], False: ["Heat"], None: ["Heat", "Ronin"]}


@pytest.mark.parametrize(("kind", "item_id"), [("show", 1), ("episode", 2)])
async def test_shows_are_listed_by_any_of_their_pins(filled: Database, kind: Kind, item_id: int) -> None:
    await filled.run(shows.insert, NewShow("Dark", 2017))
    await filled.run(pins.put, kind, item_id, pinned=True)
    found = {
        pinned: [one.title for one in (await filled.run(shows.list_page, 9, 0, None, pinned)).items]
        for pinned in (True, False, None)
    }
    assert found == {True: ["Fargo"], False: ["Dark"], None: ["Dark", "Fargo"]}


async def test_the_files_that_are_shown_of_pinned_items_count(filled: Database) -> None:
    await filled.run(assign, assignment(HASH_A, 0, movie_id=1), assignment(HASH_B, 0, movie_id=1))
    await filled.run(assign, assignment(HASH_A, 1, episode_id=1), assignment(HASH_A, 1, episode_id=2))
    assert await filled.run(pins.measure) == 0
    await filled.run(pins.put, "movie", 1, pinned=True)
    assert await filled.run(pins.measure) == SIZE
    await filled.run(pins.put, "episode", 1, pinned=True)
    assert await filled.run(pins.measure) == 2 * SIZE
    await filled.run(pins.put, "show", 1, pinned=True)
    assert await filled.run(pins.measure) == 2 * SIZE


async def test_two_versions_of_a_pinned_movie_count_both(filled: Database) -> None:
    await filled.run(assign, assignment(HASH_A, 0, movie_id=1), assignment(HASH_B, 0, "2160p", movie_id=1))
    await filled.run(pins.put, "movie", 1, pinned=True)
    assert await filled.run(pins.measure) == 2 * SIZE
