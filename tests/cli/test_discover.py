from __future__ import annotations

import json

from momoshtrem.errors import NotConfigured
from tests.cli.conftest import Run
from tests.fakes.services import FakeServices


def test_search_shows_what_could_be_added(run: Run, services: FakeServices) -> None:
    found = run("search", "matrix", "--kind", "movie", "--year", "1999", "--page", "2").stdout
    assert services.discover.asked == [("matrix", "movie", 1999, 2)]
    matrix, fargo = (line.split() for line in found.splitlines()[1:3])
    assert matrix == ["movie", "603", "The", "Matrix", "1999", "1"]
    assert fargo == ["show", "60622", "Fargo", "2014"]
    assert "page 2, 2 in all" in found


def test_search_says_what_is_missing(run: Run, services: FakeServices) -> None:
    services.discover.error = NotConfigured("Set tmdb.api_key.")
    failed = run("search", "matrix")
    assert (failed.exit_code, failed.stderr) == (1, "Error: Set tmdb.api_key.\n")


def test_wanted_items(run: Run) -> None:
    wanted = run("wanted").stdout
    assert "S01E02" in wanted
    assert "2026-01-01  The Matrix" in wanted
    assert "2 in all" in wanted
    assert "S01E02" not in run("wanted", "--kind", "movie").stdout
    assert json.loads(run("wanted", "--limit", "1", "--offset", "1", "--json").stdout)["items"][0]["id"] == 1


def test_the_calendar(run: Run, services: FakeServices) -> None:
    first, second = run("calendar").stdout.splitlines()[1:3]
    assert first.split() == ["2", "2026-01-02", "Fargo", "S01E02", "The", "Rooster", "Prince"]
    assert second.split() == ["1", "2026-01-09", "Fargo", "S01E03", "yes"]
    assert json.loads(run("calendar", "--days-back", "3", "--days-ahead", "0", "--json").stdout)["total"] == 2
    assert services.calendar.days == (3, 0)
