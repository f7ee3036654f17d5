from __future__ import annotations

import httpx2
import pytest

from tests.faces.api.conftest import error_of
from tests.fakes.services import FakeServices


async def test_wanted_items_are_movies_and_episodes(http: httpx2.AsyncClient) -> None:
    page = (await http.get("/wanted")).json()
    assert page.pop("items") == [
        {
            "kind": "episode",
            "id": 2,
            "title": "Fargo",
            "year": 2014,
            "since": "2026-01-02",
            "show_id": 1,
            "season_number": 1,
            "number": 2,
            "name": "The Rooster Prince",
        },
        {
            "kind": "movie",
            "id": 1,
            "title": "The Matrix",
            "year": 1999,
            "since": "2026-01-01",
            "show_id": None,
            "season_number": None,
            "number": None,
            "name": None,
        },
    ]
    assert page == {"total": 2, "limit": 50, "offset": 0}


async def test_wanted_items_of_one_kind_and_in_pages(http: httpx2.AsyncClient) -> None:
    movies = (await http.get("/wanted", params={"kind": "movie"})).json()
    assert [each["kind"] for each in movies["items"]] == ["movie"]
    page = (await http.get("/wanted", params={"limit": 1, "offset": 1})).json()
    assert [each["kind"] for each in page.pop("items")] == ["movie"]
    assert page == {"total": 2, "limit": 1, "offset": 1}


async def test_the_calendar_is_of_four_weeks_unless_told(
    http: httpx2.AsyncClient, services: FakeServices
) -> None:
    page = (await http.get("/calendar")).json()
    assert services.calendar.days == (14, 14)
    assert page["items"][0] == {
        "episode_id": 2,
        "show_id": 1,
        "title": "Fargo",
        "season_number": 1,
        "number": 2,
        "name": "The Rooster Prince",
        "air_date": "2026-01-02",
        "has_file": False,
    }
    assert (page["total"], page["limit"], page["offset"]) == (2, 500, 0)
    await http.get("/calendar", params={"days_back": 0, "days_ahead": 366})
    assert services.calendar.days == (0, 366)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/wanted", {"kind": "show"}),
        ("/wanted", {"limit": "0"}),
        ("/calendar", {"days_back": "-1"}),
        ("/calendar", {"days_ahead": "367"}),
        ("/calendar", {"offset": "x"}),
    ],
)
async def test_what_is_senseless_is_named(
    http: httpx2.AsyncClient, path: str, params: dict[str, str]
) -> None:
    answer = await http.get(path, params=params)
    assert error_of(answer) == (400, "invalid_input")
    assert next(iter(params)) in answer.json()["error"]["message"]
