from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from momoshtrem.errors import NotFound
from momoshtrem.events import ShowChanged
from momoshtrem.library import paths, refreshes, shows
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import NewEpisode, NewSeason, NewShow
from tests.library.samples import FARGO, Recorder

DAY = timedelta(days=1)
NO_TIME = timedelta(0)


async def find_due(db: Database, age: timedelta = DAY, limit: int = 9) -> list[int]:
    return await db.run(refreshes.find_due, age, limit)


async def test_a_renamed_show_is_found_by_its_new_title_at_its_old_path(
    db: Database, recorder: Recorder
) -> None:
    show, _ = await db.run(refreshes.insert, FARGO)
    await db.run(paths.freeze_shows, [show.id])
    recorder.take()
    renamed = replace(FARGO, title="Fargo: Reborn", year=2015)
    assert await db.run(refreshes.store, show.id, renamed) == 0
    after = await db.run(shows.get, show.id)
    assert (after.title, after.year, after.path_name) == ("Fargo: Reborn", 2015, "Fargo (2014)")
    assert (await db.run(shows.list_page, 9, 0, "reborn")).total == 1
    assert recorder.events == [ShowChanged(show.id)]


async def test_a_path_is_made_of_the_latest_title_as_long_as_it_is_free(db: Database) -> None:
    show, _ = await db.run(refreshes.insert, FARGO)
    await db.run(refreshes.store, show.id, replace(FARGO, title="Renamed"))
    other, _ = await db.run(shows.insert, NewShow("Fargo", 2014))
    for each in (show, other):
        await db.run(paths.freeze_shows, [each.id])
    assert (await db.run(shows.get, show.id)).path_name == "Renamed (2014)"
    assert (await db.run(shows.get, other.id)).path_name == "Fargo (2014)"


async def test_a_year_that_is_no_longer_told_is_kept(db: Database, recorder: Recorder) -> None:
    show, _ = await db.run(refreshes.insert, FARGO)
    recorder.take()
    await db.run(refreshes.store, show.id, replace(FARGO, year=None))
    assert await db.run(shows.get, show.id) == show
    assert recorder.events == []


async def test_new_episodes_are_counted_and_vanished_ones_kept(db: Database) -> None:
    show, _ = await db.run(refreshes.insert, FARGO)
    shrunk = replace(FARGO, seasons=(NewSeason(2, (NewEpisode(7), NewEpisode(8))),))
    assert await db.run(refreshes.store, show.id, shrunk) == 2
    after = await db.run(shows.get, show.id)
    assert set(show.episodes) < set(after.episodes)
    assert len(after.episodes) == 5


async def test_a_show_that_is_not_there(db: Database) -> None:
    with pytest.raises(NotFound, match="no show 7"):
        await db.run(refreshes.store, 7, FARGO)


async def test_due_is_what_goes_on_and_was_not_asked_for_lately(db: Database) -> None:
    never, _ = await db.run(shows.insert, NewShow("Never Asked For", 2000, 1))
    await db.run(shows.insert, NewShow("By Hand", 2000))
    await db.run(refreshes.insert, NewShow("Over", 2000, 2, ended=True))
    asked, _ = await db.run(refreshes.insert, NewShow("Asked For", 2000, 3))
    assert await find_due(db) == [never.id]
    assert await find_due(db, NO_TIME) == [never.id, asked.id]
    assert await find_due(db, NO_TIME, limit=1) == [never.id]


async def test_a_show_that_was_asked_for_by_a_clock_that_was_ahead_is_due(db: Database) -> None:
    show, _ = await db.run(refreshes.insert, NewShow("Asked For", 2000, 1))
    assert await find_due(db) == []
    await db.run(lambda tx: refreshes.set_asked(Tx(tx.conn, tx.now + 9 * DAY), show.id))
    assert await find_due(db) == [show.id]


async def test_what_was_asked_for_goes_to_the_end(db: Database) -> None:
    first, _ = await db.run(refreshes.insert, NewShow("First", 2000, 1))
    second, _ = await db.run(refreshes.insert, NewShow("Second", 2000, 2))
    await db.run(refreshes.set_asked, first.id)
    assert await find_due(db, NO_TIME) == [second.id, first.id]


async def test_a_show_that_goes_on_after_all_is_due_again(db: Database) -> None:
    show, _ = await db.run(refreshes.insert, replace(FARGO, ended=True))
    await db.run(refreshes.store, show.id, FARGO)
    assert await find_due(db, NO_TIME) == [show.id]
