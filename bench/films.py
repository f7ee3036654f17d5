"""Films of the library, put there as users do it: over REST."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx2

from bench.client import Site
from momoshtrem.spawn import SpawnedServer
from tests.fakes.swarm import Swarm

YEAR = 2020


def film_name(title: str) -> str:
    return f"{title} ({YEAR})"


def site_of(server: SpawnedServer) -> Site:
    """The WebDAV side of the server."""
    return Site.with_password(urlsplit(server.webdav_url).netloc, server.username, server.password)


async def add_film(server: SpawnedServer, title: str, swarm: Swarm) -> str:
    """Put a torrent of one file into the library, unopened; gives the path of the film."""
    async with httpx2.AsyncClient(
        base_url=server.api_url, auth=server.auth, timeout=60, trust_env=False
    ) as api:
        movie = await _post(api, "/api/movies", json={"title": title, "year": YEAR})
        upload = {"torrent": ("film.torrent", swarm.torrent)}
        await _post(api, f"/api/movies/{movie['id']}/assign-torrent", files=upload)
        peers = {"peers": [peer.address for peer in swarm.peers]}
        await _post(api, f"/api/torrents/{swarm.info_hash}/peers", json=peers)
    return f"/Movies/{film_name(title)}/{film_name(title)}{swarm.root.suffix}"


async def _post(api: httpx2.AsyncClient, path: str, **content: Any) -> Any:
    """The answer's JSON; None where there is none."""
    answer = await api.post(path, **content)
    if answer.is_error:
        raise RuntimeError(f"POST {path}: {answer.status_code}, {answer.text}")
    return answer.json() if answer.content else None
