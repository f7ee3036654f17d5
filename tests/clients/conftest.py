"""What every client meets: the real command, a show with an odd name, and a swarm that has its films."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from momoshtrem.spawn import SpawnedServer
from tests.clients.films import make_long_films
from tests.e2e.user import User
from tests.fakes.swarm import Line, open_swarm

LINE = Line(rate=8e6, delay=0.01)
PIECE_LENGTH = 128 * 2**10
EPISODES = ("Déjà vu; a+b=c", "Fin (2 of 2)")


@dataclass(frozen=True, slots=True)
class Film:
    """A film as it lies in the swarm (`source`) and as the server lists it (`path`)."""

    source: Path
    path: str
    info_hash: str
    user: User

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def url(self) -> str:
        return self.user.url(self.path)

    @property
    def login_url(self) -> str:
        return self.user.login_url(self.path)

    async def is_left(self) -> bool:
        """Whether nobody reads it any more."""
        status = await self.user.ask("GET", f"/torrents/{self.info_hash}")
        return not status["readers"]


@dataclass(frozen=True, slots=True)
class Show:
    folder: str
    """The path of the only season."""
    films: tuple[Film, Film]
    """An MKV and an MP4, both with their index at the end."""
    user: User


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_long_films(tmp_path_factory.mktemp("films"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def user(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[User]:
    async with SpawnedServer(tmp_path_factory.mktemp("server")) as server:
        async with httpx2.AsyncClient(auth=server.auth, timeout=30, trust_env=False) as http:
            yield User(server, http)
        assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="module")
def title(request: pytest.FixtureRequest) -> str:
    """The name of the client's own show."""
    return f"L'été & l'hiver #1 [{request.module.__name__.rpartition('_')[2]}], 100%"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def show(
    title: str,
    user: User,
    sources: tuple[Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Show]:
    """A show for each client, so that none finds what another has fetched."""
    pack = tmp_path_factory.mktemp("pack") / f"{title} S01"
    pack.mkdir()
    for number, source in enumerate(sources, 1):
        os.link(source, pack / f"S01E0{number}{source.suffix}")
    episodes = [{"number": number, "name": name} for number, name in enumerate(EPISODES, 1)]
    seasons = [{"number": 1, "episodes": episodes}]
    async with open_swarm(pack, lines=[LINE], piece_length=PIECE_LENGTH) as swarm:
        added = await user.ask("POST", "/shows", json={"title": title, "year": 2020, "seasons": seasons})
        report = (await user.assign(f"shows/{added['id']}", swarm.magnet)).json()
        assert report["summary"]["matched"] == 2, report
        folder = f"/TV Shows/{title} (2020)/Season 01"
        first, second = (
            Film(source, f"{folder}/S01E0{number} - {name}{source.suffix}", swarm.info_hash, user)
            for number, (source, name) in enumerate(zip(sources, EPISODES, strict=True), 1)
        )
        yield Show(folder, (first, second), user)


@pytest.fixture(params=[0, 1], ids=["mkv", "mp4"])
def film(request: pytest.FixtureRequest, show: Show) -> Film:
    return show.films[request.param]
