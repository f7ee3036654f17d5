"""Kodi on a screen that nobody sees, told what to do over JSON-RPC. Slow: `make kodi` runs it."""

from __future__ import annotations

from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx2
import pytest
import pytest_asyncio

from momoshtrem.spawn import LOOPBACK, find_free_ports
from tests.clients.conftest import Film, Show
from tests.clients.programs import PLAIN_USER, client, plain_home, running, until
from tests.e2e.user import User

pytestmark = [pytest.mark.kodi, *client("kodi", "Xvfb")]

SETTINGS = """<settings version="2">
  <setting id="services.webserver">true</setting>
  <setting id="services.webserverport">{port}</setting>
  <setting id="services.webserverauthentication">false</setting>
</settings>"""
SOURCES = """<sources><video>
  <source><name>films</name><path>{address}</path><allowsharing>true</allowsharing></source>
</video></sources>"""


NO_SOUND = "pcm.!default null"
"""Without a sound card that takes everything, Kodi's clock goes back after a seek."""


@dataclass(frozen=True, slots=True)
class Kodi:
    port: int
    http: httpx2.AsyncClient

    async def ask(self, method: str, **params: Any) -> Any:
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = (await self.http.post(f"http://{LOOPBACK}:{self.port}/jsonrpc", json=call)).json()
        assert "error" not in answer, answer
        return answer["result"]

    async def is_there(self) -> bool:
        try:
            return bool(await self.ask("JSONRPC.Ping"))
        except httpx2.TransportError:
            return False

    async def player(self) -> int | None:
        """The id of what plays."""
        found = await self.ask("Player.GetActivePlayers")
        return int(found[0]["playerid"]) if found else None

    async def time(self, what: str = "time") -> int:
        """Seconds of the film (`time`), or its length (`totaltime`); 0 before it plays."""
        if (player := await self.player()) is None:
            return 0
        found = (await self.ask("Player.GetProperties", playerid=player, properties=[what]))[what]
        return int(found["hours"] * 3600 + found["minutes"] * 60 + found["seconds"])


@asynccontextmanager
async def screen() -> AsyncIterator[str]:
    async with running(*["Xvfb", "-displayfd", "1", "-nolisten", "tcp"], pipe=PIPE) as process:
        assert process.stdout
        yield f":{int(await process.stdout.readline())}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kodi(user: User) -> AsyncIterator[Kodi]:
    (port,) = find_free_ports(1)
    files = {
        ".asoundrc": NO_SOUND,
        ".kodi/userdata/guisettings.xml": SETTINGS.format(port=port),
        ".kodi/userdata/sources.xml": SOURCES.format(address=address(user, "/")),
    }
    with plain_home(files) as home:
        async with screen() as display, httpx2.AsyncClient(timeout=30, trust_env=False) as http:
            environment = {**home, "DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1"}
            command = ["kodi", "--windowing=x11", "--audio-backend=alsa"]
            async with running(*command, environment=environment, user=PLAIN_USER):
                kodi = Kodi(port, http)
                await until(kodi.is_there)
                yield kodi


def address(user: User, folder: str) -> str:
    return user.login_url(folder).replace("http:", "dav:")


async def list_films(kodi: Kodi, show: Show) -> dict[str, str]:
    """Kodi's own addresses by path. What it shows of a name has no `+`: it decodes that once more."""
    found = await kodi.ask(
        "Files.GetDirectory", directory=address(show.user, f"{show.folder}/"), media="video"
    )
    return {unquote(urlsplit(each["file"]).path): each["file"] for each in found["files"]}


async def test_films_are_listed(kodi: Kodi, show: Show) -> None:
    assert list(await list_films(kodi, show)) == [film.path for film in show.films]


async def test_a_film_plays_is_sought_in_and_stopped(kodi: Kodi, show: Show, film: Film) -> None:
    await kodi.ask("Player.Open", item={"file": (await list_films(kodi, show))[film.path]})
    await until(lambda: is_past(kodi, 0))
    assert await kodi.time("totaltime") == 240

    await kodi.ask("Player.Seek", playerid=await kodi.player(), value={"percentage": 50})

    await until(lambda: is_past(kodi, 122))
    assert await kodi.time() < 140
    await kodi.ask("Player.Stop", playerid=await kodi.player())
    await until(film.is_left)


async def is_past(kodi: Kodi, seconds: int) -> bool:
    return await kodi.time() > seconds
