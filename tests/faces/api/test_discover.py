from __future__ import annotations

import httpx2
import pytest

from momoshtrem.errors import NotConfigured, ServiceDown
from tests.faces.api.conftest import error_of
from tests.fakes.services import FakeServices


async def test_a_search_tells_what_is_in_the_library(http: httpx2.AsyncClient) -> None:
    page = (await http.get("/tmdb/search", params={"query": "matrix"})).json()
    assert page.pop("items") == [
        {
            "kind": "movie",
            "tmdb_id": 603,
            "title": "The Matrix",
            "original_title": "The Matrix",
            "year": 1999,
            "overview": "A hacker.",
            "poster_url": "https://img.test/m.jpg",
            "in_library": 1,
        },
        {
            "kind": "show",
            "tmdb_id": 60622,
            "title": "Fargo",
            "original_title": "Fargo",
            "year": 2014,
            "overview": "",
            "poster_url": None,
            "in_library": None,
        },
    ]
    assert page == {"total": 2, "page": 1}


async def test_a_search_is_for_what_was_asked(http: httpx2.AsyncClient, services: FakeServices) -> None:
    await http.get("/tmdb/search", params={"query": " matrix "})
    await http.get("/tmdb/search", params={"query": "24", "kind": "show", "year": 2001, "page": 3})
    assert services.discover.asked == [("matrix", "all", None, 1), ("24", "show", 2001, 3)]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "query"),
        ({"query": " "}, "query"),
        ({"query": "a\0"}, "query"),
        ({"query": "x" * 301}, "query"),
        ({"query": "x", "kind": "person"}, "kind"),
        ({"query": "x", "year": "12"}, "year"),
        ({"query": "x", "page": "501"}, "page"),
    ],
)
async def test_what_is_senseless_is_named(
    http: httpx2.AsyncClient, services: FakeServices, params: dict[str, str], field: str
) -> None:
    answer = await http.get("/tmdb/search", params=params)
    assert error_of(answer) == (400, "invalid_input")
    assert field in answer.json()["error"]["message"]
    assert not services.discover.asked


async def test_without_a_key_or_while_tmdb_is_down(http: httpx2.AsyncClient, services: FakeServices) -> None:
    services.discover.error = NotConfigured("Set tmdb.api_key.")
    assert error_of(await http.get("/tmdb/search?query=x")) == (409, "not_configured")
    services.discover.error = ServiceDown("TMDB does not answer.", 60)
    answer = await http.get("/tmdb/search?query=x")
    assert error_of(answer) == (503, "service_down")
    assert answer.headers["retry-after"] == "60"


async def test_a_movie_at_tmdb(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/tmdb/movies/603")).json() == {
        "kind": "movie",
        "tmdb_id": 603,
        "title": "The Matrix",
        "original_title": "The Matrix",
        "year": 1999,
        "released": "1999-03-31",
        "status": "Released",
        "overview": "A hacker.",
        "genres": ["Science Fiction"],
        "runtime": 136,
        "imdb_id": "tt0133093",
        "poster_url": "https://img.test/m.jpg",
        "backdrop_url": None,
        "in_library": 1,
    }
    assert error_of(await http.get("/tmdb/movies/604")) == (404, "not_found")
    assert error_of(await http.get("/tmdb/movies/0")) == (400, "invalid_input")


async def test_a_show_at_tmdb_has_its_seasons(http: httpx2.AsyncClient) -> None:
    show = (await http.get("/tmdb/shows/60622")).json()
    assert (show["title"], show["in_library"]) == ("Fargo", None)
    assert show["seasons"] == [
        {"number": 0, "episode_count": 3, "air_date": None},
        {"number": 1, "episode_count": 10, "air_date": "2014-04-15"},
    ]
    assert error_of(await http.get("/tmdb/shows/1")) == (404, "not_found")
