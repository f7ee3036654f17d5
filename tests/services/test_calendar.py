from __future__ import annotations

from momoshtrem.library import movies, shows
from momoshtrem.library.database import Database
from momoshtrem.model.media import NewEpisode, NewMovie, NewSeason, NewShow
from momoshtrem.services.calendar import Calendar
from tests.services.tmdb import day


async def test_today_counts_to_both_sides(db: Database) -> None:
    episodes = tuple(NewEpisode(number, None, day(number - 3)) for number in range(1, 6))
    await db.run(shows.insert, NewShow("Daily", 2020, seasons=(NewSeason(1, episodes),)))
    calendar = Calendar(db)

    async def find(days_back: int, days_ahead: int) -> list[int]:
        return [each.number for each in (await calendar.list_airings(days_back, days_ahead, 9, 0)).items]

    assert await find(1, 1) == [2, 3, 4]
    assert await find(0, 0) == [3]
    assert await find(14, 0) == [1, 2, 3]
    assert (await calendar.list_airings(14, 14, 2, 4)).total == 5


async def test_wanted_of_both_kinds(db: Database) -> None:
    await db.run(movies.insert, NewMovie("Heat", 1995))
    season = NewSeason(1, (NewEpisode(1, None, day(-1)), NewEpisode(2, None, day(1))))
    await db.run(shows.insert, NewShow("Fargo", 2014, seasons=(season,)))
    calendar = Calendar(db)
    assert [each.title for each in (await calendar.list_wanted(None, 9, 0)).items] == ["Heat", "Fargo"]
    assert (await calendar.list_wanted("episode", 9, 0)).total == 1
