"""`momoshtrem demo`: a film is made, seeded, added to a library and played while the swarm delivers it.

Everything stays on this machine and in a temporary folder: a seeder in a process of its own, the real
server in another, and this program as the user who adds titles and as the player who watches.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
import signal
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from momoshtrem.client import Client
from momoshtrem.films import make_film
from momoshtrem.spawn import LOOPBACK, SpawnedServer
from momoshtrem.torrents.metainfo import parse_metainfo
from momoshtrem.torrents.seeding import Seeder, make_torrent

MOVIE, SHOW, YEAR = "The Test Card", "Colour Bars", 2026
RELEASE = "The.Test.Card.2026.360p.WEB.x264-DEMO"
PACK = "Colour.Bars.S01.360p.WEB.x264-DEMO"
EPISODES = ("Pilot", "Interlaced")
MOVIE_PATH = f"/Movies/{MOVIE} ({YEAR})/{MOVIE} ({YEAR}).mkv"
PIECE_LENGTH = 256 * 2**10
LINE_RATE = 4_000_000
"""Bytes per second of the seeder's line, so that there is something to watch."""
COLUMNS = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
OPEN = {"MOMOSHTREM_WEBDAV__HOST": "0.0.0.0"}  # noqa: S104 - for players elsewhere in the house
SECONDS = {"movie": 60, "episode": 15}


@dataclass(frozen=True, slots=True)
class Played:
    """What a player saw: seconds to the first byte and in all, bytes, and whether they were right."""

    first_byte: float
    seconds: float
    size: int
    equal: bool


def run(once: bool) -> int:
    """Run the demo; with `once` it ends after the check. Gives the exit code: 0 when the bytes were equal."""
    console = Console()
    folder = Path(tempfile.mkdtemp(prefix="momoshtrem-demo-"))
    try:
        with contextlib.suppress(KeyboardInterrupt):
            return asyncio.run(_run(folder, console, once))
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _run(folder: Path, console: Console, once: bool) -> int:
    with console.status("Making a short film and two episodes…"):
        movie, season = await asyncio.to_thread(_make_media, folder / "seeder")
    torrents = {each: _write_torrent(each, folder) for each in (movie, season)}
    async with (
        Seeder(torrents[movie], movie.parent, rate=LINE_RATE) as movie_seeder,
        Seeder(torrents[season], season.parent) as season_seeder,
        SpawnedServer(folder / "data", {} if once else OPEN) as server,
    ):
        console.print(f"A seeder is at {movie_seeder.address}, the server at {server.api_url}.")
        with Client(server.api_url, auth=server.auth) as client:
            _fill_library(client, console, torrents[movie], movie_seeder, torrents[season], season_seeder)
        played = await _play(server, movie, console)
        _report(played, console)
        if played.equal and not once:
            await _wait_for_players(server, console)
    return 0 if played.equal else 1


def _make_media(folder: Path) -> tuple[Path, Path]:
    """The movie's file and the season pack's folder, as a seeder would have them."""
    movie = folder / f"{RELEASE}.mkv"
    season = folder / PACK
    season.mkdir(parents=True)
    make_film(movie, SECONDS["movie"])
    make_film(season / "Colour.Bars.S01E01.Pilot.360p.WEB.x264-DEMO.mkv", SECONDS["episode"])
    make_film(season / "Colour.Bars.S01E02.Interlaced.360p.WEB.x264-DEMO.mp4", SECONDS["episode"])
    (season / "DEMO.nfo").write_text("A season pack holds more than episodes.\n")
    return movie, season


def _write_torrent(content: Path, folder: Path) -> Path:
    torrent = folder / f"{content.stem}.torrent"
    torrent.write_bytes(make_torrent(content, PIECE_LENGTH))
    return torrent


def _fill_library(
    client: Client,
    console: Console,
    movie_torrent: Path,
    movie_seeder: Seeder,
    pack: Path,
    pack_seeder: Seeder,
) -> None:
    """What a user does: titles first, then a magnet for the movie and a .torrent file for the season."""
    movie = client.add_movie(MOVIE, YEAR)
    info_hash = parse_metainfo(movie_torrent.read_bytes()).info_hash
    magnet = f"magnet:?xt=urn:btih:{info_hash}&dn={quote(RELEASE)}&x.pe={movie_seeder.address}"
    _tell(console, client.assign("movie", movie["id"], magnet))
    episodes = [{"number": number, "name": name} for number, name in enumerate(EPISODES, 1)]
    show = client.add_show(SHOW, YEAR, [{"number": 1, "episodes": episodes}])
    report = client.assign("show", show["id"], pack)
    client.add_peers(report["info_hash"], [pack_seeder.address])
    _tell(console, report)


def _tell(console: Console, report: dict[str, Any]) -> None:
    """The server's answer to an assignment, line by line."""
    console.print(f"Assigned from {report['name']}:")
    for match in report["matched"]:
        episodes = ", ".join(f"S{each['season']:02d}E{each['number']:02d}" for each in match["episodes"])
        console.print(f"  {match['path']} → {episodes or 'the movie'} ({match['reason']})", soft_wrap=True)
    for skipped in report["skipped"]:
        console.print(f"  {skipped['count']} × {skipped['reason']}: left out")


async def _play(server: SpawnedServer, source: Path, console: Console) -> Played:
    """Read the movie as a player does, while its bytes are still on their way."""
    size = await asyncio.to_thread(lambda: source.stat().st_size)
    digest = hashlib.sha256()
    console.print(f"Playing {MOVIE_PATH} out of the swarm:")
    begun, first_byte = time.monotonic(), 0.0
    async with httpx2.AsyncClient(auth=server.auth, timeout=60, trust_env=False) as client:
        request = client.stream("GET", server.webdav_url + quote(MOVIE_PATH), headers={"Range": "bytes=0-"})
        async with request as response:
            response.raise_for_status()
            with Progress(*COLUMNS, console=console) as progress:
                task = progress.add_task("", total=size)
                async for chunk in response.aiter_raw():
                    first_byte = first_byte or time.monotonic() - begun
                    digest.update(chunk)
                    progress.advance(task, len(chunk))
    wanted = await asyncio.to_thread(_digest, source)
    return Played(first_byte, time.monotonic() - begun, size, digest.digest() == wanted)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _report(played: Played, console: Console) -> None:
    rate = played.size / played.seconds / 1e6
    console.print(
        f"First byte after {played.first_byte:.2f} s, {played.size / 1e6:.1f} MB in {played.seconds:.1f} s "
        f"({rate:.1f} MB/s of a line of {LINE_RATE / 1e6:g} MB/s)."
    )
    if played.equal:
        console.print("[green]The bytes are those of the source (sha-256).[/green]")
    else:
        console.print("[red]The bytes are NOT those of the source.[/red]")


async def _wait_for_players(server: SpawnedServer, console: Console) -> None:
    """Leave everything open until the user ends it."""
    port = server.webdav_url.rpartition(":")[2]
    url = server.webdav_url.replace("//", f"//{server.username}:{server.password}@") + quote(MOVIE_PATH)
    console.print(
        f"\nOpen it with your own player (WebDAV), until you press Ctrl-C:\n"
        f"  on this machine   {server.webdav_url}/\n"
        f"  in your network   http://{find_address()}:{port}/\n"
        f"  username          {server.username}\n  password          {server.password}\n\n"
        f"  vlc '{url}'\n",
        highlight=False,
        soft_wrap=True,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def find_address() -> str:
    """This machine's address in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])
