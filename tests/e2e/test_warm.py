"""Head and index of what is assigned are fetched once; to open it later needs no swarm."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import av
import pytest

from tests.clients.films import make_long_films
from tests.e2e.conftest import StartServer
from tests.e2e.user import MOVIE_PATH, User
from tests.fakes.swarm import KIB, make_source, open_swarm

WARM = {"streaming__warm": "on_assign", "streaming__timeout": "2"}


async def wait_for_job(user: User, kind: str) -> dict[str, Any]:
    """The job of this kind, once it is done."""
    async with asyncio.timeout(60):
        while True:
            for job in (await user.ask("GET", "/jobs"))["items"]:
                if (job["kind"], job["state"]) == (kind, "done"):
                    return dict(job)
            await asyncio.sleep(0.05)


def open_film(url: str) -> tuple[float, float]:
    """Duration and time of the first picture, in seconds."""
    with av.open(url) as film:
        assert film.duration
        return film.duration / av.time_base, float(next(film.decode(video=0)).time or 0)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
async def test_a_film_opens_when_its_swarm_is_gone(
    tmp_path: Path, start_server: StartServer, suffix: str
) -> None:
    film = next(film for film in make_long_films(tmp_path) if film.suffix == suffix)
    source = film.rename(tmp_path / f"The.Film.2020{suffix}")
    path = MOVIE_PATH.replace(".mkv", suffix)
    async with open_swarm(source, piece_length=64 * KIB) as swarm:
        user = await start_server(**WARM)
        await user.assign(f"movies/{await user.add_movie()}", swarm.magnet)
        await wait_for_job(user, "warm")
        assert swarm.useful < source.stat().st_size / 2

    assert await asyncio.to_thread(open_film, user.login_url(path)) == open_film(str(source))
    middle = source.stat().st_size // 2
    assert (await user.read(path, Range=f"bytes={middle}-{middle + 9}")).status_code == 503


async def test_the_end_of_an_episode_warms_the_next_one(tmp_path: Path, start_server: StartServer) -> None:
    pack = tmp_path / "Show.S01.1080p-GRP"
    pack.mkdir()
    for number in (1, 2):
        make_source(pack / f"Show.S01E0{number}.1080p-GRP.mkv", 3_000_000 + number, seed=number)
    async with open_swarm(pack, piece_length=64 * KIB) as swarm:
        user = await start_server(**WARM)
        episodes = [{"number": 1, "name": "One"}, {"number": 2, "name": "Two"}]
        seasons = [{"number": 1, "episodes": episodes}]
        show = await user.ask("POST", "/shows", json={"title": "Show", "year": 2019, "seasons": seasons})
        await user.assign(f"shows/{show['id']}", swarm.magnet)
        await wait_for_job(user, "warm")

        first = await user.read("/TV Shows/Show (2019)/Season 01/S01E01 - One.mkv")

        assert first.content == (pack / "Show.S01E01.1080p-GRP.mkv").read_bytes()
        job = await wait_for_job(user, "warm_next")
        assert job["subject"] == {"info_hash": swarm.info_hash, "file_index": "1"}
