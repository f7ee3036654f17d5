from __future__ import annotations

from collections.abc import Sequence

import pytest

from momoshtrem.library import movies, paths, shows
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import NewEpisode, NewMovie, NewSeason, NewShow


async def freeze(db: Database, new: Sequence[NewMovie], order: Sequence[int]) -> list[str | None]:
    """The folder names of movies inserted in turn and frozen in the order of these indexes."""

    def run(tx: Tx) -> list[str | None]:
        ids = [movies.insert(tx, one)[0].id for one in new]
        for index in order:
            paths.freeze_movies(tx, [ids[index]])
        return [movies.get(tx, movie_id).path_name for movie_id in ids]

    return await db.run(run)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_the_older_of_two_has_the_plain_name_whichever_is_listed_first(
    db: Database, order: tuple[int, int]
) -> None:
    new = [NewMovie("Heat", 1995, 949), NewMovie("Heat", 1995, 77)]
    assert await freeze(db, new, order) == ["Heat (1995)", "Heat (1995) [tmdbid-77]"]


async def test_names_that_differ_in_case_or_forbidden_characters_collide(db: Database) -> None:
    new = [NewMovie("Face/Off", 1997, 1), NewMovie("FACE-OFF", 1997, 2), NewMovie("Face:Off", 1997)]
    first, second, third = await freeze(db, new, (0, 1, 2))
    assert first == "Face-Off (1997)"
    assert second == "FACE-OFF (1997) [tmdbid-2]"
    assert third is not None
    assert third.startswith("Face-Off (1997) [id-")


async def test_one_title_of_two_years_or_of_none_needs_no_tag(db: Database) -> None:
    new = [NewMovie("Dune", 1984, 841), NewMovie("Dune", 2021, 438631), NewMovie("Dune", None, 3)]
    assert await freeze(db, new, (2, 1, 0)) == ["Dune (1984)", "Dune (2021)", "Dune"]


async def test_titles_of_symbols_only_are_kept_apart(db: Database) -> None:
    new = [NewMovie("???", 2020, 1), NewMovie("<*>", 2020, 2), NewMovie("!!!", 2020, 3)]
    expected = ["Untitled (2020)", "Untitled (2020) [tmdbid-2]", "!!! (2020)"]
    assert await freeze(db, new, (0, 1, 2)) == expected


async def test_a_title_that_looks_like_a_tagged_name_is_no_trap(db: Database) -> None:
    new = [
        NewMovie("Heat", 1995, 949),
        NewMovie("Heat (1995) [tmdbid-77]"),
        NewMovie("Heat", 1995, 77),
    ]
    names = await freeze(db, new, (0, 1, 2))
    assert len(set(names)) == 3


async def test_a_frozen_name_stays(db: Database) -> None:
    def run(tx: Tx) -> tuple[str | None, str | None]:
        first = movies.insert(tx, NewMovie("Heat", 1995, 949))[0].id
        second = movies.insert(tx, NewMovie("Heat", 1995, 77))[0].id
        paths.freeze_movies(tx, [second])
        before = movies.get(tx, second).path_name
        movies.delete(tx, first)
        paths.freeze_movies(tx, [second])
        return before, movies.get(tx, second).path_name

    before, after = await db.run(run)
    assert before == after == "Heat (1995) [tmdbid-77]"


async def test_a_movie_and_a_show_may_share_a_name(db: Database) -> None:
    def run(tx: Tx) -> str | None:
        paths.freeze_movies(tx, [movies.insert(tx, NewMovie("Fargo", 1996))[0].id])
        show_id = shows.insert(tx, NewShow("Fargo", 1996))[0].id
        paths.freeze_shows(tx, [show_id])
        return shows.get(tx, show_id).path_name

    assert await db.run(run) == "Fargo (1996)"


async def test_episodes_freeze_their_titles(db: Database) -> None:
    def run(tx: Tx) -> list[str | None]:
        season = NewSeason(1, (NewEpisode(1, "What...?"), NewEpisode(2), NewEpisode(3, "Later")))
        show, _ = shows.insert(tx, NewShow("Show", seasons=(season,)))
        paths.freeze_episodes(tx, [one.id for one in show.episodes[:2]])
        renamed = NewSeason(1, (NewEpisode(1, "Renamed"), NewEpisode(2, "Named")))
        shows.merge(tx, show.id, [renamed])
        paths.freeze_episodes(tx, [one.id for one in show.episodes[:2]])
        return [one.path_name for one in shows.get(tx, show.id).episodes]

    assert await db.run(run) == ["What", "", None]
