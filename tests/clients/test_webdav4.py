"""webdav4, a Python client with file objects that seek."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from webdav4.client import Client

from tests.clients.conftest import Film, Show
from tests.clients.programs import client

pytestmark = client()


@pytest.fixture(scope="module")
def title() -> str:
    """Without a `#`: this client cannot ask for one."""
    return "L'été & l'hiver [webdav4], 100%"


@pytest.fixture
def webdav(show: Show) -> Iterator[Client]:
    webdav = Client(show.user.server.webdav_url, auth=show.user.server.auth, trust_env=False)
    yield webdav
    webdav.http.close()


async def test_films_are_listed(show: Show, webdav: Client) -> None:
    names = await asyncio.to_thread(lambda: webdav.ls(show.folder, detail=False))
    sizes = [await asyncio.to_thread(webdav.content_length, film.path) for film in show.films]

    assert names == [film.path[1:] for film in show.films]
    assert sizes == [film.source.stat().st_size for film in show.films]


async def test_a_film_is_read_from_its_middle(film: Film, webdav: Client) -> None:
    def read() -> str | bytes:
        with webdav.open(film.path, "rb") as file:
            file.seek(7_000_000)
            return file.read(100_000)

    assert await asyncio.to_thread(read) == film.source.read_bytes()[7_000_000:7_100_000]


async def test_a_missing_film(show: Show, webdav: Client) -> None:
    assert await asyncio.to_thread(webdav.exists, f"{show.folder}/S01E03.mkv") is False
