from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from momoshtrem.library import calendar, movies, shows
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.calendar import Airing, Wanted, WantedKind
from momoshtrem.model.media import NewEpisode, NewMovie, NewSeason, NewShow
from tests.library.samples import assign, assignment, fill

TODAY = datetime.now(UTC).date()


def day(offset: int) -> date:
    return TODAY + timedelta(offset)


def air(tx: Tx) -> int:
    """A show that airs today, has aired, and will air; and one without dates."""
    fill(tx)
    episodes = (NewEpisode(1, "Old", day(-400)), NewEpisode(2, "New", day(0)), NewEpisode(3, None, day(9)))
    show, _ = shows.insert(tx, NewShow("Dark", 2017, 70523, (NewSeason(1, episodes),)))
    return show.id


async def list_wanted(
    db: Database, kind: WantedKind | None = None, limit: int = 9, offset: int = 0
) -> list[Wanted]:
    return list((await db.run(calendar.list_wanted, kind, limit, offset)).items)


async def list_airings(db: Database, first: int, last: int) -> list[Airing]:
    return list((await db.run(calendar.list_airings, day(first), day(last), 9, 0)).items)


async def test_movies_and_aired_episodes_without_a_file_are_wanted(db: Database) -> None:
    show_id = await db.run(air)
    old, new, _ = (await db.run(shows.get, show_id)).episodes
    heat = Wanted("movie", 1, "Heat", 1995, TODAY, None, None, None, None)
    assert await list_wanted(db) == [
        Wanted("episode", new.id, "Dark", 2017, TODAY, show_id, 1, 2, "New"),
        heat,
        Wanted("episode", old.id, "Dark", 2017, day(-400), show_id, 1, 1, "Old"),
    ]
    assert await list_wanted(db, "movie") == [heat]
    assert [each.name for each in await list_wanted(db, "episode")] == ["New", "Old"]


async def test_pages(db: Database) -> None:
    await db.run(air)
    paged = [each for offset in range(4) for each in await list_wanted(db, None, 1, offset)]
    assert paged == await list_wanted(db)
    assert (await db.run(calendar.list_wanted, None, 1, 2)).total == 3


async def test_what_has_a_file_is_not_wanted(db: Database) -> None:
    def prepare(tx: Tx) -> None:
        show = shows.get(tx, air(tx))
        assign(tx, assignment(episode_id=show.episodes[0].id), assignment(movie_id=1))

    await db.run(prepare)
    assert [each.name for each in await list_wanted(db)] == ["New"]
    assert await list_wanted(db, "movie") == []


async def test_a_kind_of_which_there_is_nothing(db: Database) -> None:
    await db.run(movies.insert, NewMovie("Heat", 1995))
    assert await list_wanted(db, "episode") == []
    assert len(await list_wanted(db, "movie")) == 1


async def test_airings_are_in_order_of_days(db: Database) -> None:
    show_id = await db.run(air)
    new, coming = await list_airings(db, -14, 14)
    episode_ids = [each.id for each in (await db.run(shows.get, show_id)).episodes]
    assert new == Airing(episode_ids[1], show_id, "Dark", 1, 2, "New", TODAY, has_file=False)
    assert (coming.number, coming.name, coming.air_date) == (3, None, day(9))
    assert [each.name for each in await list_airings(db, -400, 0)] == ["Old", "New"]
    assert await list_airings(db, 10, 400) == []


async def test_an_airing_tells_whether_players_see_it(db: Database) -> None:
    def prepare(tx: Tx) -> None:
        show = shows.get(tx, air(tx))
        assign(
            tx,
            assignment(episode_id=show.episodes[1].id),
            assignment(episode_id=show.episodes[1].id, version="2160p", file_index=1),
        )

    await db.run(prepare)
    assert [each.has_file for each in await list_airings(db, -14, 14)] == [True, False]
