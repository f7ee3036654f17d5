from __future__ import annotations

import httpx2
import pytest

from tests.faces.api.conftest import error_of
from tests.fakes.services import FakeServices


async def test_the_chain(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/explain", params={"movie_id": 1})
    broken = {
        "link": "assignment",
        "ok": False,
        "message": "Nothing is assigned.",
        "details": {"job_id": 1},
    }
    assert answer.json() == {
        "item": {"kind": "movie", "id": 1, "title": "The Matrix (1999)"},
        "links": [
            {"link": "item", "ok": True, "message": "The Matrix (1999) is in the library.", "details": {}},
            broken,
        ],
        "broken": broken,
    }


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("movie_id=1", ("movie", 1)),
        ("episode_id=1", ("episode", 1)),
        ("path=/Movies/The%20Matrix%20(1999)", ("path", "/Movies/The Matrix (1999)")),
        ("path=%252FMovies", ("path", "%2FMovies")),
    ],
)
async def test_each_way_to_name_an_item(
    http: httpx2.AsyncClient, services: FakeServices, query: str, asked: tuple[str, object]
) -> None:
    assert (await http.get(f"/explain?{query}")).status_code == 200
    assert services.explain.asked == [asked]


@pytest.mark.parametrize(
    "query", ["", "movie_id=1&episode_id=1", "path=/a&movie_id=1", "path=", "movie_id=0"]
)
async def test_it_must_be_exactly_one(http: httpx2.AsyncClient, services: FakeServices, query: str) -> None:
    assert error_of(await http.get(f"/explain?{query}")) == (400, "invalid_input")
    assert services.explain.asked == []


async def test_an_unknown_item(http: httpx2.AsyncClient) -> None:
    assert error_of(await http.get("/explain?movie_id=2")) == (404, "not_found")
