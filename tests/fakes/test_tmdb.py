"""The fake against the facts that other tests lean on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from momoshtrem.errors import ServiceDown
from momoshtrem.integrations.http import Limits
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.settings import Tmdb as TmdbSettings
from tests.fakes.tmdb import API_KEY, TOKEN, FakeTmdb


@pytest.fixture
def client() -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=FakeTmdb())
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx2.AsyncClient(transport=transport, base_url="http://tmdb.test/3", headers=headers)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/movie/1", 404, 34),
        ("/tv/2001/season/9", 404, 34),
        ("/nothing", 404, 34),
        ("/search/tv?query=x&page=501", 400, 22),
        ("/tv/2001?append_to_response=" + ",".join(["season/1"] * 21), 400, 27),
    ],
    ids=["movie", "season", "path", "page", "append"],
)
async def test_errors_have_their_own_numbers(
    client: httpx2.AsyncClient, path: str, status: int, code: int
) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert answer.json().keys() == {"success", "status_code", "status_message"}
    assert answer.json()["status_code"] == code


async def test_a_show_with_what_is_appended(client: httpx2.AsyncClient) -> None:
    asked = "external_ids,alternative_titles,season/1,season/8"
    show = (await client.get("/tv/2001", params={"append_to_response": asked})).json()
    assert show["season/1"]["episodes"][0]["episode_number"] == 1
    assert "season/8" not in show
    assert show["external_ids"]["tvdb_id"] == 78804
    assert show["alternative_titles"]["results"]
    assert show["number_of_seasons"] == 2
    assert [season["season_number"] for season in show["seasons"]] == [0, 1, 2]


async def test_finding_by_another_id(client: httpx2.AsyncClient) -> None:
    found = (await client.get("/find/tt0133093", params={"external_source": "imdb_id"})).json()
    assert [movie["id"] for movie in found["movie_results"]] == [603]
    nothing = (await client.get("/find/tt0000000", params={"external_source": "imdb_id"})).json()
    assert set(map(len, nothing.values())) == {0}
    assert len(nothing) == 5


async def test_a_mixed_search_has_persons_too(client: httpx2.AsyncClient) -> None:
    found = (await client.get("/search/multi", params={"query": "seasons"})).json()["results"]
    assert {result["media_type"] for result in found} == {"tv", "person"}


async def test_the_program_prints_its_port_and_serves_the_true_client() -> None:
    command = [sys.executable, "-m", "tests.fakes.tmdb", "--port", "0"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        address = f"http://127.0.0.1:{int(program.stdout.readline())}/3"
        try:
            tmdb = Tmdb(TmdbSettings(api_key=SecretStr(API_KEY), base_url=address))
            show = await tmdb.get_show(2002)
            await tmdb.aclose()
        finally:
            program.terminate()
    assert len(show.seasons) == 26
    gone = Tmdb(TmdbSettings(api_key=SecretStr(TOKEN), base_url=address), limits=Limits(tries=1))
    with pytest.raises(ServiceDown, match="cannot be reached"):
        await gone.get_movie(603)
