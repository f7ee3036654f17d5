from __future__ import annotations

import json
from dataclasses import replace

import pytest

from momoshtrem.model.media import NewMovie, NewShow
from tests.cli.conftest import Run
from tests.fakes.catalog import NOW
from tests.fakes.services import ASSIGNMENT, FakeServices


def test_a_movie_is_added_shown_and_removed(run: Run, services: FakeServices) -> None:
    added = run("movie", "add", "The Matrix", "--year", "1999")
    assert (added.exit_code, added.stdout) == (0, "1: The Matrix (1999)\nnothing assigned yet\n")
    services.catalog.assigned.append(ASSIGNMENT)
    shown = run("movie", "show", "1").stdout
    assert "The.Matrix.1999/matrix.mkv" in shown
    assert "8.0 GB" in shown
    assert "1080p BluRay x264 GRP" in shown
    assert "delivered" not in shown
    assert run("movie", "remove", "1").stdout == ""
    assert not services.catalog.movies


def test_a_file_that_failed_is_shown_with_the_reason(run: Run, services: FakeServices) -> None:
    run("movie", "add", "The Matrix", "--year", "1999")
    services.catalog.assigned.append(replace(ASSIGNMENT, failed_at=NOW, failure="Nobody has it."))
    said = "The.Matrix.1999/matrix.mkv was not delivered: Nobody has it."
    assert said in run("movie", "show", "1").stdout


def test_a_movie_is_added_by_its_tmdb_id(run: Run, services: FakeServices) -> None:
    services.catalog.tmdb[603] = NewMovie("The Matrix", 1999, 603)
    assert run("movie", "add", "--tmdb", "603").exit_code == 0
    assert services.catalog.movies[1].tmdb_id == 603


@pytest.mark.parametrize("kind", ["movie", "show"])
def test_a_title_or_an_id_and_not_both(run: Run, kind: str) -> None:
    assert run(kind, "add").exit_code == 2
    both = run(kind, "add", "The Matrix", "--tmdb", "603")
    assert both.exit_code == 2
    assert "either a title or --tmdb" in both.stderr


def test_movies_are_listed(run: Run) -> None:
    for number in range(3):
        run("movie", "add", f"Film {number}")
    listed = run("movie", "list").stdout
    assert [f"Film {number}" in listed for number in range(3)] == [True] * 3
    assert "3 in all" in listed
    assert "2 to 2 of 3" in run("movie", "list", "--limit", "1", "--offset", "1").stdout
    assert "none here of 3" in run("movie", "list", "--offset", "9").stdout
    assert "1 in all" in run("movie", "list", "--search", "m 2").stdout


def test_json_is_what_the_api_answers(run: Run) -> None:
    run("movie", "add", "[REC]", "--year", "2007")
    page = json.loads(run("movie", "list", "--json").stdout)
    assert (page["total"], page["items"][0]["title"]) == (1, "[REC]")


def test_a_title_is_neither_markup_nor_steers_the_terminal(run: Run, services: FakeServices) -> None:
    run("movie", "add", "[red]REC[/red]")
    assert "[red]REC[/red]" in run("movie", "list").stdout
    services.catalog.movies[1] = replace(services.catalog.movies[1], title="a\x1b[31mb\nc")
    assert "a [31mb c" in run("movie", "show", "1").stdout


def test_a_show_is_added_shown_and_removed(run: Run, services: FakeServices) -> None:
    arguments = ("show", "add", "Fargo", "--year", "2014", "--season", "1:10", "--season", "2:8")
    added = run(*arguments).stdout
    assert "S01E10" in added
    assert "S02E08" in added
    assert [len(season.episodes) for season in services.catalog.shows[1].seasons] == [10, 8]
    services.catalog.assigned.append(replace(ASSIGNMENT, movie_id=None, episode_id=3))
    shown = [line for line in run("show", "show", "1").stdout.splitlines() if "matrix.mkv" in line]
    assert [line.split()[1] for line in shown] == ["S01E03", "S02E03"]
    assert "1 in all" in run("show", "list", "--search", "Far").stdout
    run("show", "remove", "1")
    assert not services.catalog.shows


def test_a_show_of_tmdb_is_added_and_refreshed(run: Run, services: FakeServices) -> None:
    services.catalog.tmdb[60622] = NewShow("Fargo", 2014, 60622)
    assert run("show", "add", "--tmdb", "60622", "--season", "1", "--season", "2").exit_code == 0
    assert services.catalog.asked_seasons == [1, 2]
    assert run("show", "refresh", "1").stdout == "2 new episodes of Fargo\n"


@pytest.mark.parametrize("season", ["1", "1:", ":3", "a:b", "-1:3", "1:99999", "١:٢"])
def test_a_season_by_hand_needs_its_length(run: Run, services: FakeServices, season: str) -> None:
    failed = run("show", "add", "Fargo", f"--season={season}")
    assert failed.exit_code == 2
    assert "1:10" in failed.stderr
    assert not services.catalog.shows


def test_a_season_of_tmdb_has_none(run: Run) -> None:
    assert run("show", "add", "--tmdb", "1", "--season", "1:10").exit_code == 2


@pytest.mark.parametrize("kind", ["movie", "show", "episode"])
def test_an_item_is_pinned_and_unpinned(run: Run, services: FakeServices, kind: str) -> None:
    assert (run(kind, "pin", "1").exit_code, services.pins.pinned) == (0, {(kind, 1)})
    assert (run(kind, "unpin", "1").exit_code, services.pins.pinned) == (0, set())
    refused = run(kind, "pin", "2")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "unpin something" in refused.stderr


def test_what_is_pinned_is_marked(run: Run, services: FakeServices) -> None:
    run("movie", "add", "Heat")
    run("show", "add", "Fargo", "--season", "1:2")
    assert "pinned" not in run("movie", "show", "1").stdout + run("show", "show", "1").stdout
    assert "0 in all" in run("movie", "list", "--pinned").stdout
    services.catalog.movies[1] = replace(services.catalog.movies[1], pinned=True)
    season = services.catalog.shows[1].seasons[0]
    first = replace(season.episodes[0], pinned=True)
    kept = replace(season, episodes=(first, *season.episodes[1:]))
    services.catalog.shows[1] = replace(services.catalog.shows[1], seasons=(kept,))
    assert run("movie", "show", "1").stdout.endswith("\npinned\n")
    assert [line.split()[-1] for line in run("movie", "list", "--pinned").stdout.splitlines()[1:2]] == [
        "pinned"
    ]
    assert [
        "S01E01" in line for line in run("show", "show", "1").stdout.splitlines() if "pinned" in line
    ] == [True]
    assert "0 in all" in run("show", "list", "--pinned").stdout
