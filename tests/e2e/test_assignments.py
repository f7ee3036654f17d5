"""What a user does with assignments: confirm, correct, and remove what is being watched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.e2e.conftest import StartServer
from tests.e2e.test_withstand import torrent_of
from tests.e2e.user import MOVIE_PATH
from tests.fakes.swarm import Line, make_source, open_swarm

KIB, MIB = 2**10, 2**20


async def read_all(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


@pytest.mark.parametrize("delete_data", [False, True])
async def test_a_torrent_is_removed_in_mid_stream_and_the_standby_plays_at_once(
    tmp_path: Path, start_server: StartServer, delete_data: bool
) -> None:
    standby = make_source(tmp_path / "The.Film.2020.720p.mkv", MIB, seed=1)
    watched = make_source(tmp_path / "The.Film.2020.1080p.mkv", 16 * MIB, seed=2)
    slow = open_swarm(watched, lines=[Line(rate=2e6)], piece_length=64 * KIB)
    async with open_swarm(standby, piece_length=64 * KIB) as other, slow as swarm:
        user = await start_server()
        movie = await user.add_movie()
        await user.assign(f"movies/{movie}", other.magnet)
        report = (await user.assign(f"movies/{movie}", swarm.magnet)).json()
        assert "which stands by now" in report["matched"][0]["notes"][0]

        async with user.http.stream("GET", user.url(MOVIE_PATH)) as response:
            chunks = response.aiter_raw()
            first = await anext(chunks)
            await user.ask("DELETE", f"/torrents/{swarm.info_hash}", params={"delete_data": delete_data})
            assert (await user.read()).content == standby.read_bytes()
            with pytest.raises(httpx2.RemoteProtocolError):
                await read_all(chunks)

        assert watched.read_bytes().startswith(first)
        kept = list(user.server.data_dir.glob(f"cache/{swarm.info_hash}/*"))
        assert bool(kept) is not delete_data
        assert [each["rank"] for each in (await user.ask("GET", f"/movies/{movie}"))["assignments"]] == [0]
    assert "Traceback" not in user.server.log.read_text()


async def test_an_unsure_match_is_listed_once_it_is_confirmed(start_server: StartServer) -> None:
    user = await start_server()
    movie = await user.add_movie()
    guess = torrent_of(("Something.Else.2010.mkv", 500_000))
    report = (await user.assign(f"movies/{movie}", guess)).json()
    assert report["summary"]["proposed"] == 1
    assert (await user.http.head(user.url(MOVIE_PATH))).status_code == 404
    proposals = await user.ask("GET", "/assignments", params={"proposed": True})
    assert proposals["items"][0]["title"] == "The Film"

    await user.ask("POST", f"/assignments/{proposals['items'][0]['assignment']['id']}/confirm")

    assert (await user.http.head(user.url(MOVIE_PATH))).status_code == 200


async def test_one_correction_corrects_the_next_torrent_too(start_server: StartServer) -> None:
    user = await start_server()
    seasons = [{"number": n, "episodes": [{"number": each} for each in range(1, 13)]} for n in (1, 2)]
    show = await user.ask("POST", "/shows", json={"title": "Show", "year": 2019, "seasons": seasons})
    numbers = {each["number"]: each["id"] for season in show["seasons"][1:] for each in season["episodes"]}
    first = torrent_of(("Show.S01E13.1080p.WEB-GRP.mkv", 500_000))
    chosen = await user.assign(f"episodes/{numbers[2]}", first, file_index=0)

    path = f"/torrents/{chosen.json()['info_hash']}/files/0"
    answer = await user.ask("PUT", path, json={"episode_ids": [numbers[1]]})

    assert answer["correction"]["to_season"] == 2
    later = await user.assign(f"shows/{show['id']}", torrent_of(("Show.S01E14.1080p.WEB-GRP.mkv", 500_000)))
    assert later.json()["matched"][0]["episodes"][0]["id"] == numbers[2]
    listing = (await user.list("/TV Shows/Show (2019)/Season 02")).text
    assert listing.count("S02E01.mkv</D:href>") == listing.count("S02E02.mkv</D:href>") == 1
