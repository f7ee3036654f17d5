from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from momoshtrem.errors import (
    InvalidInput,
    NotFound,
    ServiceDown,
)
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.model.search import Details, SearchResult
from tests.fakes.clock import FakeTime
from tests.fakes.tmdb import FakeTmdb
from tests.integrations.conftest import connect


class TestDetails:
    async def test_a_movie_and_its_details_are_one_request(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        await tmdb.get_movie(603)
        assert await tmdb.get_movie_details(603) == Details(
            kind="movie",
            tmdb_id=603,
            title="The Matrix",
            original_title="The Matrix",
            year=1999,
            released=date(1999, 3, 31),
            status="Released",
            overview="",
            genres=("Science Fiction",),
            runtime=136,
            imdb_id="tt0133093",
            poster_url="https://image.tmdb.org/t/p/w342/matrix.jpg",
            backdrop_url=None,
        )
        assert fake.count() == 1
        assert fake.requests[0].params["append_to_response"] == "external_ids"

    async def test_what_is_not_known_is_none(self, tmdb: Tmdb) -> None:
        movie = await tmdb.get_movie_details(901)
        assert (movie.year, movie.runtime, movie.imdb_id, movie.poster_url) == (None, None, None, None)

    async def test_a_show_has_its_seasons(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        show = await tmdb.get_show_details(2001)
        assert (show.kind, show.title, show.released) == ("show", "Specials and Gaps", date(2005, 3, 26))
        assert [(each.number, each.episode_count) for each in show.seasons] == [(0, 2), (1, 3), (2, 3)]
        assert fake.count() == 1
        with pytest.raises(NotFound, match="TMDB has no show 7777"):
            await tmdb.get_show_details(7777)


class TestSearch:
    async def test_movies(self, tmdb: Tmdb) -> None:
        found = await tmdb.search("movie", "matrix")
        assert found.total == 1
        assert found.items == (
            SearchResult(
                kind="movie",
                tmdb_id=603,
                title="The Matrix",
                original_title="The Matrix",
                year=1999,
                poster_url="https://image.tmdb.org/t/p/w342/matrix.jpg",
                popularity=1.5,
            ),
        )

    async def test_shows(self, tmdb: Tmdb) -> None:
        (found,) = (await tmdb.search("show", "seasons by")).items
        assert (found.kind, found.tmdb_id, found.year) == ("show", 2003, 2014)
        assert found.poster_url is None

    async def test_the_year_narrows(self, tmdb: Tmdb) -> None:
        assert (await tmdb.search("movie", "sintel", 2010)).total == 1
        assert (await tmdb.search("movie", "sintel", 2011)).total == 0
        assert (await tmdb.search("show", "seasons", 1990)).total == 1

    async def test_results_without_dates(self, tmdb: Tmdb) -> None:
        found = await tmdb.search("movie", "undated")
        assert [result.year for result in found.items] == [None, None, None]

    async def test_the_region_is_that_of_movies(self, fake: FakeTmdb, time: FakeTime) -> None:
        tmdb = connect(fake, time, region="BR", language="pt-BR")
        await tmdb.search("movie", "matrix")
        await tmdb.search("show", "seasons")
        movies, shows = (seen.params for seen in fake.requests)
        assert (movies["region"], movies["language"]) == ("BR", "pt-BR")
        assert "region" not in shows

    async def test_adult_titles_are_not_asked_for(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        await tmdb.search("movie", "matrix")
        await tmdb.search("show", "matrix")
        assert ["include_adult" in seen.params for seen in fake.requests] == [False, False]

    async def test_pages(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        matrix = fake.movies[603]
        fake.movies = {n: replace(matrix, id=n) for n in range(1, 46)}
        found = await tmdb.search("movie", "matrix", page=3)
        assert found.total == 45
        assert [result.tmdb_id for result in found.items] == list(range(41, 46))

    @pytest.mark.parametrize(("query", "page"), [("", 1), ("  ", 1), ("x", 0), ("x", 501)])
    async def test_a_senseless_search_is_not_sent(
        self, fake: FakeTmdb, tmdb: Tmdb, query: str, page: int
    ) -> None:
        with pytest.raises(InvalidInput):
            await tmdb.search("show", query, page=page)
        assert fake.count() == 0


class TestRecentAnswers:
    async def test_an_answer_is_kept_for_an_hour(self, fake: FakeTmdb, tmdb: Tmdb, time: FakeTime) -> None:
        for _ in range(2):
            await tmdb.get_movie(603)
            await tmdb.get_show(2001)
            await tmdb.search("movie", "matrix")
        assert fake.count() == 3
        time.now += 3600
        await tmdb.get_movie(603)
        assert fake.count() == 4

    async def test_fresh_asks_again_and_keeps_the_answer(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        await tmdb.get_show(2005)
        fake.shows[2005] = replace(fake.shows[2005], name="Renamed")
        assert (await tmdb.get_show(2005)).title == "Announced"
        assert (await tmdb.get_show(2005, fresh=True)).title == "Renamed"
        assert (await tmdb.get_show(2005)).title == "Renamed"

    async def test_an_old_answer_serves_while_tmdb_is_down(
        self, fake: FakeTmdb, tmdb: Tmdb, time: FakeTime
    ) -> None:
        await tmdb.get_show(2001)
        time.now += 3600
        fake.fail_next(503, times=50)
        assert (await tmdb.get_show(2001)).title == "Specials and Gaps"
        with pytest.raises(ServiceDown):
            await tmdb.get_show(2001, fresh=True)
        with pytest.raises(ServiceDown):
            await tmdb.get_show(2002)

    async def test_the_time_is_a_setting(self, fake: FakeTmdb, time: FakeTime) -> None:
        tmdb = connect(fake, time, cache_ttl=0)
        await tmdb.get_movie(603)
        await tmdb.get_movie(603)
        assert fake.count() == 2

    async def test_different_seasons_are_different_answers(self, tmdb: Tmdb) -> None:
        assert len((await tmdb.get_show(2001, [1])).seasons) == 1
        assert len((await tmdb.get_show(2001)).seasons) == 3

    async def test_errors_are_not_kept(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        fake.fail_next(404)
        with pytest.raises(NotFound):
            await tmdb.get_movie(603)
        assert (await tmdb.get_movie(603)).title == "The Matrix"

    async def test_the_oldest_answer_makes_room(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        matrix = fake.movies[603]
        fake.movies = {n: replace(matrix, id=n) for n in range(501)}
        for number in (*fake.movies, 500, 1, 0):
            await tmdb.get_movie(number)
        assert fake.count("/movie/500") == fake.count("/movie/1") == 1
        assert fake.count("/movie/0") == 2
