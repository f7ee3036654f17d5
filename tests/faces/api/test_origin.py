from __future__ import annotations

import httpx2
import pytest

from tests.faces.api.conftest import error_of
from tests.fakes.services import FakeServices

MOVIE = {"title": "Heat"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://behind-a-proxy"},
        {"Origin": "http://server"},
        {"Origin": "https://server"},
    ],
)
async def test_our_own_pages_and_programs_change_things(
    http: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await http.post("/movies", json=MOVIE, headers=headers)).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://server"},
        {"Origin": "http://elsewhere"},
        {"Origin": "http://server:8080"},
        {"Origin": "http://server.elsewhere"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://[broken"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
async def test_pages_of_other_sites_change_nothing(
    http: httpx2.AsyncClient, services: FakeServices, headers: dict[str, str], method: str
) -> None:
    answer = await http.request(method, "/movies", json=MOVIE, headers=headers)
    assert error_of(answer) == (403, "forbidden")
    assert services.catalog.movies == {}


async def test_reading_is_left_to_the_browser(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/movies", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 200


async def test_without_credentials_it_is_still_401(http: httpx2.AsyncClient) -> None:
    headers = {"Authorization": "Bearer wrong", "Sec-Fetch-Site": "cross-site"}
    assert error_of(await http.post("/movies", json=MOVIE, headers=headers)) == (401, "unauthorized")
