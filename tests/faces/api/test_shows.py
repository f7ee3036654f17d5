from __future__ import annotations

from dataclasses import replace

import httpx2
import pytest

from momoshtrem.model.media import NewShow
from tests.faces.api.conftest import error_of
from tests.fakes.services import ASSIGNMENT, FakeServices

BAD = {
    "title": "Breaking Bad",
    "year": 2008,
    "seasons": [
        {
            "number": 1,
            "episodes": [{"number": 1, "name": "Pilot", "air_date": "2008-01-20"}, {"number": 2}],
        }
    ],
}


async def test_a_show_is_added_by_hand_once(http: httpx2.AsyncClient) -> None:
    first = await http.post("/shows", json=BAD)
    assert first.status_code == 201
    show = first.json()
    assert (show["title"], show["year"], show["path"]) == ("Breaking Bad", 2008, None)
    assert show["seasons"] == [
        {
            "number": 1,
            "episodes": [
                {"id": 1, "number": 1, "name": "Pilot", "air_date": "2008-01-20", "pinned": False},
                {"id": 2, "number": 2, "name": None, "air_date": None, "pinned": False},
            ],
        }
    ]
    assert (await http.post("/shows", json=BAD)).status_code == 200


async def test_a_show_is_added_by_its_tmdb_id(http: httpx2.AsyncClient, services: FakeServices) -> None:
    services.catalog.tmdb[1396] = NewShow("Breaking Bad", 2008, 1396)
    answer = await http.post("/shows", json={"tmdb_id": 1396, "seasons": [1, 2]})
    assert answer.status_code == 201
    assert services.catalog.asked_seasons == [1, 2]
    await http.post("/shows", json={"tmdb_id": 1396})
    assert services.catalog.asked_seasons is None
    assert error_of(await http.post("/shows", json={"tmdb_id": 1})) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"year": 2008}, "title"),
        ({"title": "a", "seasons": [1]}, "seasons.0"),
        ({"title": "a", "seasons": [{"number": -1}]}, "seasons.0.number"),
        (
            {"title": "a", "seasons": [{"number": 1, "episodes": [{"number": 2**31}]}]},
            "seasons.0.episodes.0.number",
        ),
        (
            {"title": "a", "seasons": [{"number": 1, "episodes": [{"number": 1, "air_date": "soon"}]}]},
            "air_date",
        ),
        ({"tmdb_id": 1, "seasons": [{"number": 1}]}, "seasons.0"),
    ],
)
async def test_a_wrong_body_is_named_and_adds_nothing(
    http: httpx2.AsyncClient, services: FakeServices, body: dict[str, object], field: str
) -> None:
    answer = await http.post("/shows", json=body)
    assert error_of(answer) == (400, "invalid_input")
    assert field in answer.json()["error"]["message"]
    assert not services.catalog.shows


async def test_shows_are_listed_without_seasons(http: httpx2.AsyncClient) -> None:
    await http.post("/shows", json=BAD)
    page = (await http.get("/shows", params={"search": "Bad"})).json()
    assert page["total"] == 1
    assert set(page["items"][0]) == {"id", "title", "year", "tmdb_id", "path", "added_at", "pinned"}
    assert (await http.get("/shows", params={"search": "Good"})).json()["items"] == []


async def test_one_show_has_its_assignments(http: httpx2.AsyncClient, services: FakeServices) -> None:
    await http.post("/shows", json=BAD)
    show = services.catalog.shows[1]
    services.catalog.shows[1] = replace(show, path_name="Breaking Bad (2008)")
    services.catalog.assigned.append(replace(ASSIGNMENT, movie_id=None, episode_id=2))
    answer = (await http.get("/shows/1")).json()
    assert answer["path"] == "/TV Shows/Breaking Bad (2008)"
    first, second = answer["seasons"][0]["episodes"]
    assert first["assignments"] == []
    assert [each["episode_id"] for each in second["assignments"]] == [2]
    assert error_of(await http.get("/shows/2")) == (404, "not_found")


async def test_a_show_is_removed(http: httpx2.AsyncClient) -> None:
    await http.post("/shows", json=BAD)
    assert (await http.delete("/shows/1")).status_code == 204
    assert error_of(await http.delete("/shows/1")) == (404, "not_found")


async def test_a_show_of_tmdb_is_refreshed(http: httpx2.AsyncClient, services: FakeServices) -> None:
    services.catalog.tmdb[1396] = NewShow("Breaking Bad", 2008, 1396)
    await http.post("/shows", json={"tmdb_id": 1396})
    answer = await http.post("/shows/1/refresh")
    assert answer.status_code == 200
    assert answer.json()["added"] == 2
    assert answer.json()["show"]["tmdb_id"] == 1396


async def test_a_show_by_hand_cannot_be_refreshed(http: httpx2.AsyncClient) -> None:
    await http.post("/shows", json=BAD)
    assert error_of(await http.post("/shows/1/refresh")) == (409, "conflict")
    assert error_of(await http.post("/shows/2/refresh")) == (404, "not_found")


async def test_an_episode_loses_its_files(http: httpx2.AsyncClient, services: FakeServices) -> None:
    assert (await http.delete("/episodes/1/assign")).status_code == 204
    assert services.acquire.unassigned == [("episode", 1)]
    assert error_of(await http.delete("/episodes/2/assign")) == (404, "not_found")


@pytest.mark.parametrize("kind", ["show", "episode"])
async def test_a_show_or_an_episode_is_pinned(
    http: httpx2.AsyncClient, services: FakeServices, kind: str
) -> None:
    answer = await http.put(f"/{kind}s/1/pin")
    assert (answer.status_code, answer.content) == (204, b"")
    assert services.pins.pinned == {(kind, 1)}
    assert (await http.delete(f"/{kind}s/1/pin")).status_code == 204
    assert not services.pins.pinned
    assert error_of(await http.put(f"/{kind}s/2/pin")) == (409, "conflict")
    assert error_of(await http.put(f"/{kind}s/3/pin")) == (404, "not_found")
    assert error_of(await http.delete(f"/{kind}s/3/pin")) == (404, "not_found")


async def test_pinned_shows_are_listed(http: httpx2.AsyncClient, services: FakeServices) -> None:
    await http.post("/shows", json=BAD)
    assert (await http.get("/shows", params={"pinned": "true"})).json()["total"] == 0
    services.catalog.shows[1] = replace(services.catalog.shows[1], pinned=True)
    [show] = (await http.get("/shows", params={"pinned": "true"})).json()["items"]
    assert show["pinned"]
    assert (await http.get("/shows/1")).json()["pinned"]
