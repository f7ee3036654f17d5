from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from momoshtrem.errors import NotFound
from momoshtrem.events import ShowChanged
from momoshtrem.library import paths, shows
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import NewEpisode, NewSeason, NewShow, Show
from tests.library.samples import FARGO, CountingTx, Recorder, transaction


def numbers(show: Show) -> list[tuple[int, int]]:
    return [(episode.season_number, episode.number) for episode in show.episodes]


async def test_insert_then_get(db: Database, recorder: Recorder) -> None:
    show, created = await db.run(shows.insert, FARGO)
    assert created
    assert [season.number for season in show.seasons] == [1, 2]
    assert [episode.name for episode in show.episodes] == [
        "The Crocodile's Dilemma",
        "The Rooster Prince",
        "Waiting for Dutch",
    ]
    assert await db.run(shows.get, show.id) == show
    assert recorder.events == [ShowChanged(show.id)]


async def test_insert_again_with_a_further_season_merges_it(db: Database, recorder: Recorder) -> None:
    show, _ = await db.run(shows.insert, FARGO)
    recorder.take()
    more = replace(FARGO, seasons=(NewSeason(0, (NewEpisode(3),)), NewSeason(3)))
    merged, created = await db.run(shows.insert, more)
    assert not created
    assert [season.number for season in merged.seasons] == [0, 1, 2, 3]
    assert numbers(merged) == [(0, 3), (1, 1), (1, 2), (2, 1)]
    assert recorder.events == [ShowChanged(show.id)]


async def test_a_show_named_by_hand_gets_its_tmdb_id(db: Database, recorder: Recorder) -> None:
    by_hand, _ = await db.run(shows.insert, replace(FARGO, tmdb_id=None))
    await db.run(paths.freeze_shows, [by_hand.id])
    recorder.take()
    adopted, created = await db.run(shows.insert, FARGO)
    assert not created
    assert adopted == replace(by_hand, tmdb_id=60622, path_name="Fargo (2014)")
    assert recorder.events == [ShowChanged(by_hand.id)]
    assert (await db.run(shows.insert, replace(FARGO, tmdb_id=None)))[0] == adopted


async def test_a_show_becomes_whole_and_stays_so(db: Database) -> None:
    added = [await db.run(shows.insert, replace(FARGO, whole=whole)) for whole in (False, True, False)]
    assert [show.whole for show, _ in added] == [False, True, True]


async def test_merge_of_the_same_changes_nothing(db: Database, recorder: Recorder) -> None:
    show, _ = await db.run(shows.insert, FARGO)
    recorder.take()
    assert await db.run(shows.merge, show.id, FARGO.seasons) == 0
    assert await db.run(shows.get, show.id) == show
    assert recorder.events == []


async def test_merge_updates_names_and_dates_but_no_path(db: Database) -> None:
    show, _ = await db.run(shows.insert, FARGO)
    episode = show.episodes[0]
    await db.run(paths.freeze_episodes, [episode.id])
    fresh = NewSeason(1, (NewEpisode(1, "Renamed", date(2014, 4, 15)), NewEpisode(3, "New")))
    assert await db.run(shows.merge, show.id, [fresh]) == 1
    show_id, after = await db.run(shows.get_episode, episode.id)
    assert show_id == show.id
    assert after == replace(
        episode, name="Renamed", air_date=date(2014, 4, 15), path_name="The Crocodile's Dilemma"
    )


async def test_merge_keeps_what_is_not_told(db: Database) -> None:
    show, _ = await db.run(shows.insert, FARGO)
    dated = NewSeason(1, (NewEpisode(1, None, date(2014, 4, 15)),))
    await db.run(shows.merge, show.id, [dated])
    await db.run(shows.merge, show.id, [NewSeason(1, (NewEpisode(1),))])
    _, episode = await db.run(shows.get_episode, show.episodes[0].id)
    assert (episode.name, episode.air_date) == ("The Crocodile's Dilemma", date(2014, 4, 15))


async def test_merge_into_no_show(db: Database) -> None:
    with pytest.raises(NotFound, match="no show 7"):
        await db.run(shows.merge, 7, FARGO.seasons)


async def test_a_long_show_takes_few_statements(db: Database) -> None:
    def insert(tx: Tx) -> tuple[int, int]:
        seasons = tuple(
            NewSeason(number, tuple(NewEpisode(index) for index in range(1, 101))) for number in range(1, 11)
        )
        counting = CountingTx(tx.conn, tx.now)
        show, _ = shows.insert(counting, NewShow("Long", seasons=seasons))
        return len(show.episodes), counting.statements

    episodes, statements = await db.run(insert)
    assert episodes == 1000
    assert statements <= 8


async def test_pages_are_without_seasons(db: Database) -> None:
    await db.run(shows.insert, FARGO)
    await db.run(shows.insert, NewShow("Dark", 2017))
    page = await db.run(shows.list_page, 9, 0)
    assert [show.title for show in page.items] == ["Dark", "Fargo"]
    assert [show.seasons for show in page.items] == [(), ()]
    assert (await db.run(shows.list_page, 9, 0, "FAR")).total == 1


async def test_delete(db: Database, recorder: Recorder) -> None:
    show, _ = await db.run(shows.insert, FARGO)
    recorder.take()
    await db.run(shows.delete, show.id)
    assert recorder.events == [ShowChanged(show.id)]
    for fn in (shows.get, shows.delete):
        with pytest.raises(NotFound, match=f"no show {show.id}"):
            await db.run(fn, show.id)
    with pytest.raises(NotFound, match="no episode"):
        await db.run(shows.get_episode, show.episodes[0].id)


episode_numbers = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=8)


def seasons_of(pairs: list[tuple[int, int]], name: str) -> tuple[NewSeason, ...]:
    return tuple(NewSeason(season, (NewEpisode(number, name),)) for season, number in pairs)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=episode_numbers, second=episode_numbers)
def test_merge_unites(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    with transaction() as tx:
        show, _ = shows.insert(tx, NewShow("Show", seasons=seasons_of(first, "old")))
        added = shows.merge(tx, show.id, seasons_of(second, "new"))
        after = shows.get(tx, show.id)
    assert numbers(after) == sorted({*first, *second})
    assert added == len({*second} - {*first})
    ids = {(one.season_number, one.number): one.id for one in show.episodes}
    for one in after.episodes:
        key = (one.season_number, one.number)
        assert one.id == ids.get(key, one.id)
        assert one.name == ("new" if key in second else "old")
