from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from momoshtrem.errors import NotFound, ServiceDown
from momoshtrem.library import movies, shows
from momoshtrem.library.database import Database
from momoshtrem.model.media import NewMovie, NewShow
from momoshtrem.services.discover import Discover, Found
from tests.fakes.tmdb import FakeTmdb
from tests.fakes.tmdb_titles import FakeMovie, FakeShow
from tests.services.tmdb import connected


@pytest.fixture
def fake() -> FakeTmdb:
    titles = [(1, "1931-01-01"), (2, "1998-01-01"), (3, "2000-12-31"), (4, None)]
    films = {number: FakeMovie(number, f"Dracula {number}", date) for number, date in titles}
    return FakeTmdb(movies=films, shows={1: FakeShow(1, "Dracula the Show", "2013-10-25")})


@pytest.fixture
async def discover(db: Database, fake: FakeTmdb) -> AsyncIterator[Discover]:
    async with connected(fake) as tmdb:
        yield Discover(db, tmdb)


def ids(found: tuple[Found, ...]) -> list[int]:
    return [each.title.tmdb_id for each in found]


async def test_both_kinds_tell_what_is_in_the_library(db: Database, discover: Discover) -> None:
    movie, _ = await db.run(movies.insert, NewMovie("Dracula 2", 1998, 2))
    await db.run(shows.insert, NewShow("Another", 2000, 2))
    found = await discover.search("dracula", "all", None, 1)
    here = {(each.title.kind, each.title.tmdb_id): each.in_library for each in found.items}
    assert here == {
        ("movie", 1): None,
        ("movie", 2): movie.id,
        ("movie", 3): None,
        ("movie", 4): None,
        ("show", 1): None,
    }
    assert found.total == 5


async def test_one_kind_asks_only_for_that(discover: Discover, fake: FakeTmdb) -> None:
    assert ids((await discover.search("dracula", "show", None, 1)).items) == [1]
    assert fake.count() == fake.count("/search/tv") == 1


async def test_the_year_decides_where_it_can(discover: Discover, fake: FakeTmdb) -> None:
    assert ids((await discover.search("dracula", "movie", 1931, 1)).items) == [1]
    assert fake.count() == 1


async def test_near_years_come_first_when_none_fits(discover: Discover) -> None:
    assert ids((await discover.search("dracula", "movie", 1999, 1)).items) == [2, 3, 1, 4]
    assert ids((await discover.search("dracula", "movie", 1932, 1)).items) == [1, 2, 3, 4]


async def test_a_page_after_the_last_is_empty(discover: Discover) -> None:
    assert (await discover.search("dracula", "movie", 1931, 2)).items == ()


async def test_details_tell_what_is_in_the_library(db: Database, discover: Discover) -> None:
    assert (await discover.get_movie(3))[1] is None
    show, _ = await db.run(shows.insert, NewShow("Dracula the Show", 2013, 1))
    details, in_library = await discover.get_show(1)
    assert (details.title, in_library) == ("Dracula the Show", show.id)
    assert (await discover.get_movie(1))[1] is None
    with pytest.raises(NotFound):
        await discover.get_movie(9)


async def test_while_tmdb_is_down_old_answers_know_the_library(
    db: Database, discover: Discover, fake: FakeTmdb
) -> None:
    await discover.get_movie(3)
    movie, _ = await db.run(movies.insert, NewMovie("Dracula 3", 2000, 3))
    fake.fail_next(503, times=50)
    assert (await discover.get_movie(3))[1] == movie.id
    with pytest.raises(ServiceDown):
        await discover.get_movie(1)
