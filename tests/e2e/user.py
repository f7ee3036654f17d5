"""A user of a server: titles, assignments and a player, over the real faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx2

from momoshtrem.spawn import SpawnedServer

MOVIE_PATH = "/Movies/The Film (2020)/The Film (2020).mkv"


@dataclass(frozen=True, slots=True)
class User:
    server: SpawnedServer
    http: httpx2.AsyncClient

    async def call(self, method: str, path: str, **arguments: Any) -> httpx2.Response:
        return await self.http.request(method, f"{self.server.api_url}/api{path}", **arguments)

    async def ask(self, method: str, path: str, **arguments: Any) -> Any:
        """The answer of the REST API, which must not be an error."""
        found = await self.call(method, path, **arguments)
        assert found.is_success, found.text
        return found.json() if found.content else None

    async def add_movie(self, title: str = "The Film", year: int = 2020) -> int:
        movie = await self.ask("POST", "/movies", json={"title": title, "year": year})
        return int(movie["id"])

    async def assign(self, target: str, torrent: bytes | str, **options: Any) -> httpx2.Response:
        """Assign to `movies/1`, `shows/1` or `episodes/1`: a .torrent's bytes or a magnet link."""
        wait = {"params": {"wait": options.pop("wait")}} if "wait" in options else {}
        path = f"/{target}/assign-torrent"
        if isinstance(torrent, str):
            return await self.call("POST", path, json={"magnet_uri": torrent, **options}, **wait)
        upload = {"torrent": ("film.torrent", torrent, "application/x-bittorrent")}
        form = {key: str(value).lower() for key, value in options.items()}
        return await self.call("POST", path, files=upload, data=form, **wait)

    async def tell_peers(self, info_hash: str, peers: list[str]) -> None:
        await self.ask("POST", f"/torrents/{info_hash}/peers", json={"peers": peers})

    def url(self, path: str) -> str:
        return self.server.webdav_url + quote(path)

    def login_url(self, path: str) -> str:
        """With username and password, as players take them."""
        return self.url(path).replace("//", f"//{':'.join(self.server.auth)}@", 1)

    async def read(self, path: str = MOVIE_PATH, **headers: str) -> httpx2.Response:
        return await self.http.get(self.url(path), headers=headers)

    async def list(self, path: str, depth: str = "1") -> httpx2.Response:
        return await self.http.request("PROPFIND", self.url(path), headers={"Depth": depth})
