from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import replace

import pytest

from momoshtrem.errors import Conflict, NotConfigured, NotFound, ServiceDown
from momoshtrem.library import assignments, pins, shows, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import NewEpisode, NewMovie, NewSeason, NewShow, Show
from momoshtrem.services.catalog import Catalog
from tests.fakes.tmdb import FakeTmdb
from tests.library.samples import assign, assignment, metainfo
from tests.services.tmdb import connected, running_show, season


@pytest.fixture
def fake() -> FakeTmdb:
    return FakeTmdb(shows={1: running_show()})


@pytest.fixture
async def catalog(db: Database, fake: FakeTmdb) -> AsyncIterator[Catalog]:
    async with connected(fake) as tmdb:
        yield Catalog(db, tmdb)


def grow(fake: FakeTmdb, **seasons: tuple[object, ...]) -> None:
    """Give the show at TMDB further seasons, or others in place of those it has."""
    show = fake.shows[1]
    fake.shows[1] = replace(show, seasons={**show.seasons, **running_show(**seasons).seasons})  # type: ignore[arg-type]


def numbers(show: Show) -> list[int]:
    return [season.number for season in show.seasons]


async def add(catalog: Catalog, seasons: Collection[int] | None = None) -> Show:
    return (await catalog.add_show_by_tmdb(1, seasons))[0]


class TestAdding:
    async def test_only_some_seasons_and_more_of_them_later(self, catalog: Catalog) -> None:
        first, is_new = await catalog.add_show_by_tmdb(1, [2])
        assert (numbers(first), is_new) == ([2], True)
        second, is_new = await catalog.add_show_by_tmdb(1, [0])
        assert (numbers(second), second.id, is_new) == ([0, 2], first.id, False)
        assert numbers(await add(catalog)) == [0, 1, 2]

    async def test_a_season_that_is_not_there_adds_nothing(self, catalog: Catalog) -> None:
        with pytest.raises(NotFound, match="season 9"):
            await catalog.add_show_by_tmdb(1, [1, 9])
        assert (await catalog.list_shows(9, 0, None)).total == 0

    async def test_a_show_named_by_hand_is_the_one_of_tmdb(self, catalog: Catalog) -> None:
        by_hand, _ = await catalog.add_show(NewShow("show 1", 2020, seasons=(NewSeason(7),)))
        show, is_new = await catalog.add_show_by_tmdb(1, [1])
        assert (show.id, show.tmdb_id, numbers(show), is_new) == (by_hand.id, 1, [1, 7], False)
        again, is_new = await catalog.add_show(NewShow("Show 1", 2020))
        assert (again, is_new) == (show, False)

    async def test_a_movie_named_by_hand_is_the_one_of_tmdb(self, catalog: Catalog, fake: FakeTmdb) -> None:
        by_hand, _ = await catalog.add_movie(NewMovie("the matrix", 1999))
        movie, is_new = await catalog.add_movie_by_tmdb(603)
        assert (movie.id, movie.tmdb_id, is_new) == (by_hand.id, 603, False)
        assert await catalog.add_movie_by_tmdb(603) == (movie, False)
        assert await catalog.add_movie(NewMovie("The Matrix", 1999)) == (movie, False)
        assert fake.count() == 1

    async def test_without_tmdb_titles_are_named_by_hand(self, db: Database, fake: FakeTmdb) -> None:
        async with connected(fake, key="") as tmdb:
            catalog = Catalog(db, tmdb)
            with pytest.raises(NotConfigured, match=r"tmdb\.api_key"):
                await catalog.add_movie_by_tmdb(603)
            assert (await catalog.add_movie(NewMovie("The Matrix", 1999)))[1]


class TestRefreshing:
    async def test_new_seasons_and_episodes_are_taken(self, catalog: Catalog, fake: FakeTmdb) -> None:
        show = await add(catalog)
        grow(fake, s0=season(-700, 5), s2=season(-400, -390, 1), s3=season(7, None), s4=())
        fresh, added = await catalog.refresh_show(show.id)
        assert (numbers(fresh), added) == ([0, 1, 2, 3, 4], 4)
        assert {each.id for each in show.episodes} < {each.id for each in fresh.episodes}

    async def test_again_there_is_nothing_new(self, catalog: Catalog) -> None:
        show = await add(catalog)
        assert await catalog.refresh_show(show.id) == (show, 0)

    async def test_chosen_seasons_stay_the_only_ones(self, catalog: Catalog, fake: FakeTmdb) -> None:
        show = await add(catalog, [2])
        grow(fake, s2=season(-400, -390, 1), s3=season(7))
        fresh, added = await catalog.refresh_show(show.id)
        assert (numbers(fresh), added) == ([2], 1)

    async def test_chosen_specials_go_on(self, catalog: Catalog, fake: FakeTmdb) -> None:
        show = await add(catalog, [0, 1])
        grow(fake, s0=season(-700, 5), s3=season(7))
        fresh, added = await catalog.refresh_show(show.id)
        assert (numbers(fresh), added) == ([0, 1], 1)

    async def test_a_whole_show_gets_a_season_that_tmdb_was_late_to_list(
        self, catalog: Catalog, fake: FakeTmdb
    ) -> None:
        show = await add(catalog)
        grow(fake, s3=season(-7))
        assert numbers((await catalog.refresh_show(show.id))[0]) == [0, 1, 2, 3]

    async def test_a_whole_show_stays_whole_when_a_season_is_named(
        self, catalog: Catalog, fake: FakeTmdb
    ) -> None:
        await add(catalog)
        show = await add(catalog, [2])
        grow(fake, s3=season(7))
        assert numbers((await catalog.refresh_show(show.id))[0]) == [0, 1, 2, 3]

    async def test_a_show_named_by_hand_gets_no_more_than_was_chosen(
        self, catalog: Catalog, fake: FakeTmdb
    ) -> None:
        await catalog.add_show(NewShow("Show 1", 2020, seasons=(NewSeason(1),)))
        show = await add(catalog, [1])
        assert numbers((await catalog.refresh_show(show.id))[0]) == [1]

    async def test_a_show_made_whole_gets_new_seasons(self, catalog: Catalog, fake: FakeTmdb) -> None:
        await add(catalog, [2])
        show = await add(catalog)
        grow(fake, s3=season(7))
        assert numbers((await catalog.refresh_show(show.id))[0]) == [0, 1, 2, 3]

    async def test_paths_and_assignments_stay(self, catalog: Catalog, fake: FakeTmdb, db: Database) -> None:
        def prepare(tx: Tx, show: Show) -> Show:
            torrents.insert(tx, metainfo())
            assign(
                tx,
                *(
                    assignment(file_index=each, episode_id=one.id)
                    for each, one in enumerate(show.episodes[:2])
                ),
            )
            return shows.get(tx, show.id)

        show = await db.run(prepare, await add(catalog))
        before = await db.run(assignments.find_for_show, show.id)
        gone = {number: episodes for number, episodes in fake.shows[1].seasons.items() if number}
        fake.shows[1] = replace(fake.shows[1], name="Renamed", date="2021-01-01", seasons=gone)
        grow(fake, s1=(replace(season(-800)[0], name="Renamed too"),))
        fresh, added = await catalog.refresh_show(show.id)
        assert (fresh.title, fresh.year, fresh.path_name, added) == ("Renamed", 2021, "Show 1 (2020)", 0)
        assert len(fresh.episodes) == len(show.episodes)
        assert [each.path_name for each in fresh.episodes] == [each.path_name for each in show.episodes]
        assert fresh.seasons[1].episodes[0].name == "Renamed too"
        assert await db.run(assignments.find_for_show, show.id) == before
        assert (await catalog.list_shows(9, 0, "renamed")).total == 1

    async def test_a_show_that_tmdb_has_no_longer_stays(self, catalog: Catalog, fake: FakeTmdb) -> None:
        show = await add(catalog)
        del fake.shows[1]
        with pytest.raises(NotFound, match=r"no longer has Show 1 \(show 1\); it stays in the library"):
            await catalog.refresh_show(show.id)
        assert (await catalog.get_show(show.id))[0] == show

    async def test_an_old_answer_is_no_refresh(self, catalog: Catalog, fake: FakeTmdb) -> None:
        show = await add(catalog)
        fake.fail_next(503, times=50)
        with pytest.raises(ServiceDown):
            await catalog.refresh_show(show.id)

    async def test_a_show_named_by_hand_cannot_be_refreshed(self, catalog: Catalog) -> None:
        show, _ = await catalog.add_show(NewShow("By Hand", seasons=(NewSeason(1, (NewEpisode(1),)),)))
        with pytest.raises(Conflict, match="by hand"):
            await catalog.refresh_show(show.id)


async def test_titles_are_listed_by_their_pins(catalog: Catalog, db: Database) -> None:
    for title in ("Ronin", "Heat"):
        await catalog.add_movie(NewMovie(title))
        await catalog.add_show(NewShow(title))
    await db.run(pins.put, "movie", 1, pinned=True)
    await db.run(pins.put, "show", 1, pinned=True)
    for pinned, titles in ((True, ["Ronin"]), (False, ["Heat"]), (None, ["Heat", "Ronin"])):
        assert [each.title for each in (await catalog.list_movies(9, 0, None, pinned)).items] == titles
        assert [each.title for each in (await catalog.list_shows(9, 0, None, pinned)).items] == titles
