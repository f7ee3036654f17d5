from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date

import pytest

from momoshtrem.errors import (
    InvalidInput,
    MomoshtremError,
    NotConfigured,
    NotFound,
    ServiceDown,
    ServiceRefused,
)
from momoshtrem.integrations.http import Limits
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.model.media import NewEpisode, NewMovie, NewSeason
from tests.fakes.clock import FakeTime
from tests.fakes.tmdb import API_KEY, TOKEN, FakeTmdb
from tests.fakes.tmdb_titles import FakeMovie, FakeShow, weekly
from tests.integrations.conftest import connect


class TestKey:
    async def test_a_v3_key_goes_into_the_query(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        await tmdb.get_movie(603)
        assert fake.requests[0].params["api_key"] == API_KEY
        assert "authorization" not in fake.requests[0].headers

    async def test_a_read_access_token_goes_into_the_header(self, fake: FakeTmdb, time: FakeTime) -> None:
        await connect(fake, time, key=f" {TOKEN}\n").get_movie(603)
        assert fake.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
        assert "api_key" not in fake.requests[0].params

    @pytest.mark.parametrize("key", ["", "  ", "two words", "ключ"])
    async def test_without_a_usable_key_nothing_is_asked(
        self, fake: FakeTmdb, time: FakeTime, key: str
    ) -> None:
        tmdb = connect(fake, time, key=key)
        for call in (tmdb.get_movie(603), tmdb.get_show(2001), tmdb.search("movie", "matrix")):
            with pytest.raises(NotConfigured, match=r"tmdb\.api_key.*title and year"):
                await call
        assert fake.count() == 0

    async def test_a_wrong_key_is_reported(self, fake: FakeTmdb, time: FakeTime) -> None:
        with pytest.raises(ServiceRefused, match=r"tmdb\.api_key.*Invalid API key"):
            await connect(fake, time, key="f" * 32).get_movie(603)
        assert fake.count() == 1

    async def test_the_key_is_never_told(
        self, fake: FakeTmdb, tmdb: Tmdb, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        caplog.set_level(logging.DEBUG, "httpx2")
        fake.fail_next(503)
        await tmdb.get_movie(603)
        with pytest.raises(NotFound) as caught:
            await tmdb.get_movie(1)
        assert "/movie/603" in caplog.text
        assert API_KEY not in caplog.text + repr(caught.value) + repr(caught.value.__cause__)


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "code", "error"),
        [
            (401, 7, ServiceRefused),
            (401, 10, ServiceRefused),
            (403, 45, ServiceRefused),
            (404, 34, NotFound),
            (500, 44, NotFound),
            (400, 22, InvalidInput),
            (400, 27, InvalidInput),
            (422, 20, InvalidInput),
        ],
    )
    async def test_a_final_error_is_not_retried(
        self, fake: FakeTmdb, tmdb: Tmdb, status: int, code: int, error: type[MomoshtremError]
    ) -> None:
        fake.fail_next(status, code=code)
        with pytest.raises(error):
            await tmdb.get_movie(603)
        assert fake.count() == 1

    @pytest.mark.parametrize(("status", "code"), [(500, 11), (502, 43), (503, 9), (504, 24)])
    async def test_a_fault_is_retried(self, fake: FakeTmdb, tmdb: Tmdb, status: int, code: int) -> None:
        fake.fail_next(status, code=code, times=2)
        assert (await tmdb.get_movie(603)).title == "The Matrix"
        assert fake.count() == 3

    async def test_a_lasting_fault_is_reported(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        fake.fail_next(503, times=50)
        with pytest.raises(ServiceDown, match="TMDB"):
            await tmdb.get_show(2001)

    async def test_too_many_requests(self, fake: FakeTmdb, tmdb: Tmdb, time: FakeTime) -> None:
        fake.fail_next(429)
        fake.fail_next(429, retry_after="2")
        assert (await tmdb.get_movie(603)).title == "The Matrix"
        assert time.sleeps[1] == 2.0

    async def test_too_many_requests_for_long(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        fake.fail_next(429, retry_after="600")
        with pytest.raises(ServiceDown) as caught:
            await tmdb.get_movie(603)
        assert caught.value.retry_after == 600

    async def test_a_slow_answer_is_given_up(self, fake: FakeTmdb, time: FakeTime) -> None:
        fake.delay_next(30, times=2)
        with pytest.raises(ServiceDown, match="in time"):
            await connect(fake, time, limits=Limits(tries=2, timeout=0.01)).get_movie(603)

    @pytest.mark.parametrize(
        ("status", "error"),
        [(200, ServiceDown), (404, NotFound), (401, ServiceRefused), (302, ServiceDown)],
    )
    async def test_a_page_in_place_of_json(
        self, fake: FakeTmdb, tmdb: Tmdb, status: int, error: type[MomoshtremError]
    ) -> None:
        fake.answer_next("<html><body>Not here</body></html>", status)
        with pytest.raises(error):
            await tmdb.get_movie(603)
        assert fake.count() == 1

    @pytest.mark.parametrize("text", ["[]", "null", "{}", '{"id": "x"}', '"text"'])
    async def test_json_of_another_shape(self, fake: FakeTmdb, tmdb: Tmdb, text: str) -> None:
        fake.answer_next(text)
        with pytest.raises(ServiceDown, match="not understand"):
            await tmdb.get_movie(603)

    async def test_entries_that_are_gone_are_named(self, tmdb: Tmdb) -> None:
        with pytest.raises(NotFound, match="TMDB has no movie 7777"):
            await tmdb.get_movie(7777)
        with pytest.raises(NotFound, match="TMDB has no show 7777"):
            await tmdb.get_show(7777)


class TestMovies:
    async def test_a_movie(self, tmdb: Tmdb) -> None:
        assert await tmdb.get_movie(603) == NewMovie("The Matrix", 1999, 603)

    async def test_one_that_was_merged_is_known_by_the_other_s_id(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        fake.answer_next('{"id": 603, "title": "The Matrix", "release_date": "1999-03-31"}')
        assert (await tmdb.get_movie(7777)).tmdb_id == 603

    @pytest.mark.parametrize("tmdb_id", [901, 902, 903])
    async def test_a_movie_without_a_date_has_no_year(self, tmdb: Tmdb, tmdb_id: int) -> None:
        movie = await tmdb.get_movie(tmdb_id)
        assert movie.year is None
        assert movie.title.startswith("Undated")

    async def test_curly_quotes_stay_and_blanks_become_plain(self, tmdb: Tmdb) -> None:
        assert (await tmdb.get_movie(904)).title == "Ocean’s Café"

    async def test_an_untranslated_title_is_the_original(self, tmdb: Tmdb) -> None:
        assert (await tmdb.get_movie(905)).title == "七人の侍"

    @pytest.mark.parametrize(
        ("language", "title", "overview"),
        [("de", "Rashomon", "In English."), ("ja-JP", "羅生門", ""), ("en-GB", "羅生門", "")],
    )
    async def test_what_is_not_translated_is_in_english(
        self, fake: FakeTmdb, time: FakeTime, language: str, title: str, overview: str
    ) -> None:
        tmdb = connect(fake, time, language=language)
        assert (await tmdb.get_movie(906)).title == title
        details = await tmdb.get_movie_details(906)
        assert (details.title, details.original_title, details.overview) == (title, "羅生門", overview)
        assert ("translations" in fake.requests[0].params["append_to_response"]) is (language[:2] != "en")

    async def test_a_movie_without_any_title_still_has_a_name(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        fake.movies[1] = FakeMovie(1, "", "")
        assert (await tmdb.get_movie(1)).title == "Untitled 1"

    async def test_the_language_is_asked_for(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        await tmdb.get_movie(603)
        assert fake.requests[0].params["language"] == "en-US"


class TestShows:
    async def test_specials_gaps_and_missing_dates(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        show = await tmdb.get_show(2001)
        assert (show.title, show.year, show.tmdb_id) == ("Specials and Gaps", 2005, 2001)
        assert show.seasons[0] == NewSeason(
            0, (NewEpisode(2, "Behind It"), NewEpisode(9, "Christmas", date(2005, 12, 25)))
        )
        assert [episode.number for episode in show.seasons[2].episodes] == [1, 2, 5]
        assert show.seasons[2].episodes[-1].air_date is None
        assert fake.count() == 1

    async def test_many_seasons_come_in_batches(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        show = await tmdb.get_show(2002)
        assert [season.number for season in show.seasons] == list(range(26))
        appended = [seen.params["append_to_response"] for seen in fake.requests]
        assert [len(paths.split(",")) for paths in appended] == [19, 7]

    async def test_seasons_may_be_years(self, tmdb: Tmdb) -> None:
        show = await tmdb.get_show(2003)
        assert [season.number for season in show.seasons] == [2014, 2015]
        assert show.seasons[1].episodes[0].air_date == date(2015, 1, 1)

    async def test_names_that_only_repeat_the_number_are_none(self, tmdb: Tmdb) -> None:
        show = await tmdb.get_show(2004)
        names = [episode.name for episode in show.seasons[0].episodes]
        assert names == [None, None, None, "Chapter 4", "Episode 1", None]
        assert (show.title, show.year) == ("夜の物語", None)

    async def test_an_announced_season_has_no_episodes(self, tmdb: Tmdb) -> None:
        assert (await tmdb.get_show(2005)).seasons == (NewSeason(1),)

    async def test_only_the_seasons_asked_for(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        show = await tmdb.get_show(2001, [2, 0, 2])
        assert [season.number for season in show.seasons] == [0, 2]
        assert fake.requests[0].params["append_to_response"] == "season/0,season/2"

    async def test_more_than_twenty_seasons_asked_for(self, tmdb: Tmdb) -> None:
        show = await tmdb.get_show(2002, range(1, 24))
        assert [season.number for season in show.seasons] == list(range(1, 24))

    async def test_no_seasons_asked_for(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        assert (await tmdb.get_show(2001, [])).seasons == ()
        assert "append_to_response" not in fake.requests[0].params

    async def test_a_season_that_does_not_exist(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        with pytest.raises(NotFound, match="TMDB has no season 7 of Specials and Gaps"):
            await tmdb.get_show(2001, [1, 7, *range(100, 200)])
        assert fake.count() == 1

    async def test_seasons_left_out_are_fetched_singly(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        whole = await tmdb.get_show(2001)
        fake.dropped = {"season/0", "season/2"}
        assert await tmdb.get_show(2001, fresh=True) == whole
        assert fake.count("/tv/2001/season/0") == fake.count("/tv/2001/season/2") == 1
        assert fake.count("/tv/2001/season/1") == 0

    async def test_a_listed_season_that_is_not_there(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        fake.shows[1] = FakeShow(1, "Hollow", "", {1: weekly(1, 2020)}, hollow=frozenset({2}))
        assert [season.number for season in (await tmdb.get_show(1)).seasons] == [1]
        with pytest.raises(NotFound, match="season 2 of Hollow"):
            await tmdb.get_show(1, [2])

    @pytest.mark.parametrize(
        ("status", "ended"), [("Ended", True), ("Canceled", True), ("Returning Series", False), ("", False)]
    )
    async def test_whether_it_has_ended(self, fake: FakeTmdb, tmdb: Tmdb, status: str, ended: bool) -> None:
        fake.shows[2005] = replace(fake.shows[2005], status=status)
        assert (await tmdb.get_show(2005)).ended is ended

    async def test_null_lists(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        fake.answer_next('{"id": 1, "name": "Null", "seasons": null, "season/1": null}')
        assert (await tmdb.get_show(1)).seasons == ()

    async def test_an_episode_without_a_number_is_left_out(self, fake: FakeTmdb, tmdb: Tmdb) -> None:
        fake.answer_next(
            '{"id": 1, "name": "Odd", "season/1": {"episodes": [{"id": 5}, {"episode_number": 3}]}}'
        )
        assert (await tmdb.get_show(1)).seasons == (NewSeason(1, (NewEpisode(3),)),)
