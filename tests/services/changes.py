"""Any change of a library, for tests that need every sequence of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from momoshtrem.library import assignments, movies, shows, torrents
from momoshtrem.library.database import Tx
from momoshtrem.model.media import NewAssignment, NewEpisode, NewMovie, NewSeason, NewShow
from tests.library.samples import HASH_A, HASH_B, HASH_C, assign, assignment, metainfo

HASHES = (HASH_A, HASH_B, HASH_C)
TITLES = ("Heat", "HEAT", "Heat [tmdbid-1]", "Straße", "STRASSE", "...")
NUMBERS = st.integers(0, 20)
VERSIONS = st.sampled_from(("", "", "2160p", "4k"))

Change = Callable[[Tx], object]


def pick(ids: list[int], number: int) -> int | None:
    return ids[number % len(ids)] if ids else None


def movie_ids(tx: Tx) -> list[int]:
    return [movie.id for movie in movies.list_page(tx, 100, 0).items]


def show_ids(tx: Tx) -> list[int]:
    return [show.id for show in shows.list_page(tx, 100, 0).items]


def episode_ids(tx: Tx) -> list[int]:
    return [each.id for show_id in show_ids(tx) for each in shows.get(tx, show_id).episodes]


def assignment_ids(tx: Tx) -> list[int]:
    return [each.assignment.id for each in assignments.list_page(tx, 100, 0).items]


def add_movie(title: str, year: int | None, tmdb_id: int | None) -> Change:
    return lambda tx: movies.insert(tx, NewMovie(title, year, tmdb_id))


def add_show(title: str, tmdb_id: int | None, seasons: list[tuple[int, int, str]]) -> Change:
    """`seasons` are (number, how many episodes, their name)."""
    new = tuple(
        NewSeason(number, tuple(NewEpisode(each + 1, name) for each in range(episodes)))
        for number, episodes, name in seasons
    )
    return lambda tx: shows.insert(tx, NewShow(title, 2014, tmdb_id, new))


def some_file(torrent: int, file: int, version: str, *, proposed: bool) -> NewAssignment:
    return replace(assignment(HASHES[torrent], file, version), proposed=proposed)


def assign_movie(number: int, file: NewAssignment) -> Change:
    def change(tx: Tx) -> None:
        torrents.insert(tx, metainfo(file.info_hash))
        if movie_id := pick(movie_ids(tx), number):
            assign(tx, replace(file, movie_id=movie_id))

    return change


def assign_episodes(number: int, episodes: int, file: NewAssignment) -> Change:
    """One file for `episodes` of them in a row, as far as they are of one show."""

    def change(tx: Tx) -> None:
        torrents.insert(tx, metainfo(file.info_hash))
        if first := pick(episode_ids(tx), number):
            show_id, _ = shows.get_episode(tx, first)
            ids = [each.id for each in shows.get(tx, show_id).episodes if each.id >= first][:episodes]
            assign(tx, *(replace(file, episode_id=each) for each in ids))

    return change


def change_one(list_ids: Callable[[Tx], list[int]], fn: Callable[[Tx, int], Any], number: int) -> Change:
    def change(tx: Tx) -> None:
        if row_id := pick(list_ids(tx), number):
            fn(tx, row_id)

    return change


def delete_torrent(torrent: int) -> Change:
    def change(tx: Tx) -> None:
        if torrents.find(tx, HASHES[torrent]):
            torrents.delete(tx, HASHES[torrent])

    return change


TMDB_IDS = st.sampled_from((None, 1, 2))
TORRENTS = st.integers(0, 2)
FILES = st.builds(
    some_file, TORRENTS, st.integers(0, 2), VERSIONS, proposed=st.sampled_from((False, False, True))
)
SEASONS = st.lists(
    st.tuples(st.sampled_from((0, 1, 2, 2019)), st.integers(0, 3), st.sampled_from(("", "TBA", "Pilot"))),
    max_size=2,
    unique_by=lambda season: season[0],
)
CHANGES = st.one_of(
    st.builds(add_movie, st.sampled_from(TITLES), st.sampled_from((None, 1995)), TMDB_IDS),
    st.builds(add_show, st.sampled_from(TITLES), TMDB_IDS, SEASONS),
    st.builds(assign_movie, NUMBERS, FILES),
    st.builds(assign_episodes, NUMBERS, st.integers(1, 3), FILES),
    st.builds(change_one, st.just(movie_ids), st.just(assignments.delete_for_movie), NUMBERS),
    st.builds(change_one, st.just(episode_ids), st.just(assignments.delete_for_episode), NUMBERS),
    st.builds(change_one, st.just(movie_ids), st.just(movies.delete), NUMBERS),
    st.builds(change_one, st.just(show_ids), st.just(shows.delete), NUMBERS),
    st.builds(change_one, st.just(assignment_ids), st.just(assignments.confirm), NUMBERS),
    st.builds(change_one, st.just(assignment_ids), st.just(assignments.delete), NUMBERS),
    st.builds(delete_torrent, TORRENTS),
)
