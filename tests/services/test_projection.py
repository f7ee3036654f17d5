from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from momoshtrem.events import Event, EventBus
from momoshtrem.library import assignments, movies, shows, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import NewEpisode, NewMovie, NewSeason, NewShow
from momoshtrem.model.names import fold
from momoshtrem.services.projection import Projection
from momoshtrem.settings import TreeSettings
from momoshtrem.vfs.tree import Folder, Tree
from tests.library.samples import (
    HASH_A,
    HASH_B,
    assign,
    assignment,
    fill,
    running,
)
from tests.services.changes import CHANGES, Change
from tests.services.rig import files_of

HEAT_PATH = "/Movies/Heat (1995)/Heat (1995).mkv"
FARGO_PATH = "/TV Shows/Fargo (2014)/Season 01/S01E01 - The Crocodile's Dilemma.mkv"


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture
async def db(url: str, bus: EventBus) -> AsyncIterator[Database]:
    async with running(url, bus) as database:
        yield database


@pytest.fixture
async def projection(db: Database, bus: EventBus) -> Projection:
    """Of a library with Heat, Fargo (episodes 1 and 2, and 3 in season 2) and torrents, nothing assigned."""
    projection = Projection(db, bus, TreeSettings())
    await db.run(fill)
    await projection.build()
    return projection


def folder_names(tree: Tree, path: str) -> list[str]:
    found = tree.find(path)
    assert isinstance(found, Folder)
    return [child.name for child in found.children]


class TestRoots:
    async def test_an_empty_library_has_both(self, db: Database, bus: EventBus) -> None:
        projection = Projection(db, bus, TreeSettings())
        assert folder_names(projection.tree, "/") == ["Movies", "TV Shows"]
        await projection.build()
        assert folder_names(projection.tree, "/") == ["Movies", "TV Shows"]

    async def test_they_stay_when_the_last_item_goes(self, db: Database, projection: Projection) -> None:
        await db.run(assign, assignment(movie_id=1), assignment(episode_id=1))
        await db.run(movies.delete, 1)
        await db.run(shows.delete, 1)
        assert folder_names(projection.tree, "/") == ["Movies", "TV Shows"]
        assert files_of(projection.tree) == {}


class TestListed:
    async def test_only_what_has_a_file(self, db: Database, projection: Projection) -> None:
        assert files_of(projection.tree) == {}
        await db.run(assign, assignment(movie_id=1))
        assert list(files_of(projection.tree)) == [HEAT_PATH]
        await db.run(assignments.delete_for_movie, 1)
        assert files_of(projection.tree) == {}

    async def test_other_episodes_stay_hidden(self, db: Database, projection: Projection) -> None:
        await db.run(assign, assignment(episode_id=1))
        assert list(files_of(projection.tree)) == [FARGO_PATH]

    async def test_a_file_of_two_episodes_is_listed_once(self, db: Database, projection: Projection) -> None:
        await db.run(assign, assignment(episode_id=1), assignment(episode_id=2))
        assert list(files_of(projection.tree)) == [
            "/TV Shows/Fargo (2014)/Season 01/S01E01-E02 - The Crocodile's Dilemma + The Rooster Prince.mkv"
        ]
        await db.run(assign, assignment(HASH_B, episode_id=2))
        assert folder_names(projection.tree, "/TV Shows/Fargo (2014)/Season 01") == [
            "S01E01 - The Crocodile's Dilemma.mkv",
            "S01E02 - The Rooster Prince.mkv",
        ]

    async def test_versions_stand_side_by_side(self, db: Database, projection: Projection) -> None:
        await db.run(assign, assignment(movie_id=1), assignment(HASH_B, version="2160p", movie_id=1))
        assert folder_names(projection.tree, "/Movies/Heat (1995)") == [
            "Heat (1995) - 2160p.mkv",
            "Heat (1995).mkv",
        ]

    async def test_a_standby_takes_over_with_another_tag(self, db: Database, projection: Projection) -> None:
        await db.run(assign, assignment(movie_id=1), assignment(HASH_B, movie_id=1))
        shown = files_of(projection.tree)[HEAT_PATH]
        await db.run(torrents.delete, HASH_B)
        standby = files_of(projection.tree)[HEAT_PATH]
        assert (shown.ref.info_hash, standby.ref.info_hash) == (HASH_B, HASH_A)
        assert shown.etag != standby.etag

    async def test_size_time_and_tag_are_those_of_the_assignment(
        self, db: Database, projection: Projection
    ) -> None:
        await db.run(assign, assignment(movie_id=1))
        (stored,) = await db.run(assignments.find_for_movie, 1)
        first = files_of(projection.tree)[HEAT_PATH]
        assert (first.size, first.modified) == (stored.size, stored.assigned_at)
        await db.run(assign, assignment(movie_id=1), assignment(HASH_B, version="2160p", movie_id=1))
        again = files_of(projection.tree)[HEAT_PATH]
        assert (again.etag, again.modified) == (first.etag, first.modified)


class TestNames:
    async def test_a_listed_path_survives_a_refresh(self, db: Database, projection: Projection) -> None:
        await db.run(assign, assignment(episode_id=1))
        await db.run(shows.merge, 1, [NewSeason(1, (NewEpisode(1, "Renamed"), NewEpisode(2, "Renamed too")))])
        await db.run(assign, assignment(HASH_B, episode_id=2))
        assert folder_names(projection.tree, "/TV Shows/Fargo (2014)/Season 01") == [
            "S01E01 - The Crocodile's Dilemma.mkv",
            "S01E02 - Renamed too.mkv",
        ]

    @pytest.mark.parametrize("title", ["Heat", "HEAT", "Heat?"])
    async def test_titles_that_meet_are_kept_apart(
        self, db: Database, projection: Projection, title: str
    ) -> None:
        await db.run(movies.insert, NewMovie(title, 1995, 7))
        await db.run(assign, assignment(movie_id=1), assignment(HASH_B, movie_id=2))
        names = folder_names(projection.tree, "/Movies")
        assert len({fold(name) for name in names}) == 2
        assert "Heat (1995)" in names
        assert any("[tmdbid-7]" in name for name in names)

    async def test_a_film_and_a_show_may_have_one_name(self, db: Database, projection: Projection) -> None:
        await db.run(shows.insert, NewShow("Heat", 1995, None, (NewSeason(1, (NewEpisode(1),)),)))
        await db.run(assign, assignment(movie_id=1), assignment(HASH_B, episode_id=4))
        assert folder_names(projection.tree, "/Movies") == folder_names(projection.tree, "/TV Shows")

    async def test_tags_and_prefix_are_settings(self, db: Database, bus: EventBus) -> None:
        projection = Projection(db, bus, TreeSettings(id_tags="plex", episode_prefix="show"))
        await db.run(fill)
        await db.run(movies.insert, NewMovie("Heat", 1995, 7))
        rows = (assignment(movie_id=1), assignment(HASH_B, movie_id=2), assignment(HASH_B, 1, episode_id=1))
        await db.run(assign, *rows)
        assert sorted(files_of(projection.tree)) == [
            "/Movies/Heat (1995) {tmdb-7}/Heat (1995) {tmdb-7}.mkv",
            "/Movies/Heat (1995) {tmdb-949}/Heat (1995) {tmdb-949}.mkv",
            "/TV Shows/Fargo (2014) {tmdb-60622}/Season 01/"
            "Fargo (2014) - S01E01 - The Crocodile's Dilemma.mkv",
        ]

    async def test_episodes_of_one_name_are_told_apart_by_number(
        self, db: Database, projection: Projection
    ) -> None:
        await db.run(shows.merge, 1, [NewSeason(1, (NewEpisode(1, "Twins"), NewEpisode(2, "Twins")))])
        await db.run(assign, assignment(episode_id=1), assignment(HASH_B, episode_id=2))
        assert folder_names(projection.tree, "/TV Shows/Fargo (2014)/Season 01") == [
            "S01E01 - Twins.mkv",
            "S01E02 - Twins.mkv",
        ]


class TestSwap:
    async def test_the_change_is_there_before_the_caller_goes_on(
        self, db: Database, projection: Projection
    ) -> None:
        before = projection.tree
        await db.run(assign, assignment(movie_id=1))
        assert projection.tree.find(HEAT_PATH)
        assert before.find(HEAT_PATH) is None

    async def test_other_folders_stay_the_same_objects(self, db: Database, projection: Projection) -> None:
        await db.run(assign, assignment(movie_id=1))
        heat = projection.tree.find("/Movies/Heat (1995)")
        await db.run(assign, assignment(episode_id=1))
        await db.run(movies.insert, NewMovie("Ronin", 1998))
        await db.run(assign, assignment(HASH_B, movie_id=2))
        assert projection.tree.find("/Movies/Heat (1995)") is heat

    async def test_a_subscriber_that_fails_hides_nothing(self, db: Database, bus: EventBus) -> None:
        async def fail(event: Event) -> None:
            raise RuntimeError

        bus.subscribe(fail)
        projection = Projection(db, bus, TreeSettings())
        await db.run(fill)
        await db.run(assign, assignment(movie_id=1))
        assert projection.tree.find(HEAT_PATH)

    async def test_changes_at_the_same_time_are_all_there(self, db: Database, projection: Projection) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(2, 30):
                tasks.create_task(db.run(add_film, number))
            tasks.create_task(projection.build())
        assert len(folder_names(projection.tree, "/Movies")) == 28


def add_film(tx: Tx, number: int) -> None:
    movie, _ = movies.insert(tx, NewMovie(f"Film {number}", 2000))
    assign(tx, assignment(file_index=number, movie_id=movie.id))


copies = count()


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=st.lists(CHANGES, min_size=4, max_size=25))
def test_after_any_changes_the_tree_is_that_of_a_fresh_start(
    changes: list[Change], template: Path, tmp_path: Path
) -> None:
    path = shutil.copy(template, tmp_path / f"{next(copies)}.db")
    asyncio.run(check_changes(f"sqlite:///{path}", changes))


async def check_changes(url: str, changes: list[Change]) -> None:
    bus = EventBus()
    async with running(url, bus) as db:
        projection = Projection(db, bus, TreeSettings())
        await db.run(fill)
        frozen: dict[tuple[str, int], str] = {}
        for change in changes:
            await db.run(change)
            fresh = Projection(db, EventBus(), TreeSettings())
            await fresh.build()
            assert describe(projection.tree.root) == describe(fresh.tree.root)
            check_names(projection.tree.root)
            names = await db.run(list_path_names)
            assert names | {key: name for key, name in frozen.items() if key in names} == names
            frozen |= names


def describe(folder: Folder) -> list[object]:
    """All that a client can tell of a folder."""
    return [
        (node.name, node.modified, describe(node) if isinstance(node, Folder) else (node.ref, node.etag))
        for node in folder.children
    ]


def check_names(folder: Folder) -> None:
    """Sorted, and no two that a client could take for one."""
    names = [node.name for node in folder.children]
    assert names == sorted(names)
    assert len({fold(name) for name in names}) == len(names)
    for node in folder.children:
        assert folder.find(node.name) is node
        if isinstance(node, Folder):
            check_names(node)


def list_path_names(tx: Tx) -> dict[tuple[str, int], str]:
    """The names that are frozen, by kind and id."""
    listed = [("movie", movie) for movie in movies.list_page(tx, 100, 0).items]
    found = {(kind, item.id): item.path_name for kind, item in listed}
    for show in shows.list_page(tx, 100, 0).items:
        found["show", show.id] = show.path_name
        found |= {("episode", each.id): each.path_name for each in shows.get(tx, show.id).episodes}
    return {key: name for key, name in found.items() if name is not None}
