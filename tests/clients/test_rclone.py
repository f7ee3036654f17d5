"""rclone: listing, copying, reading a part, and a mount that players on this machine use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.clients.conftest import Film, Show
from tests.clients.programs import client, needs_fuse, read_tail, run, running, until
from tests.clients.test_ffmpeg import decode_at, probe
from tests.e2e.user import User

pytestmark = client("rclone", "fusermount3")


async def remote(user: User) -> dict[str, str]:
    """The environment that makes `films:` the server."""
    name, password = user.server.auth
    return {
        "RCLONE_CONFIG": "/dev/null",
        "RCLONE_CONFIG_FILMS_TYPE": "webdav",
        "RCLONE_CONFIG_FILMS_VENDOR": "other",
        "RCLONE_CONFIG_FILMS_URL": user.server.webdav_url,
        "RCLONE_CONFIG_FILMS_USER": name,
        "RCLONE_CONFIG_FILMS_PASS": (await run("rclone", "obscure", password)).decode().strip(),
    }


async def rclone(user: User, *arguments: str | Path) -> bytes:
    return await run("rclone", *arguments, environment=await remote(user))


async def test_all_films_are_listed_with_their_sizes(show: Show) -> None:
    listing = (await rclone(show.user, "lsf", "-R", "--files-only", "--format", "ps", "films:")).decode()

    wanted = {f"{film.path[1:]};{film.source.stat().st_size}" for film in show.films}
    assert wanted <= set(listing.splitlines())


async def test_a_film_is_copied_in_four_parts_at_once(film: Film, tmp_path: Path) -> None:
    parts = ["--multi-thread-cutoff", "1M", "--multi-thread-streams", "4"]

    await rclone(film.user, "copyto", *parts, f"films:{film.path}", tmp_path / "copy")

    assert (tmp_path / "copy").read_bytes() == film.source.read_bytes()


async def test_a_part_of_a_film(film: Film) -> None:
    part = await rclone(film.user, "cat", "--offset", "7000000", "--count", "100000", f"films:{film.path}")

    assert part == film.source.read_bytes()[7_000_000:7_100_000]


@asynccontextmanager
async def mounted(user: User, folder: Path) -> AsyncIterator[None]:
    command = ("rclone", "mount", "--read-only", "films:", folder)
    async with running(*command, environment=await remote(user)):
        try:
            await until(lambda: asyncio.to_thread(folder.is_mount))
            yield
        finally:
            await run("fusermount3", "-u", "-z", folder)


@needs_fuse
async def test_a_mount_is_listed_read_and_played(show: Show, tmp_path: Path) -> None:
    async with mounted(show.user, tmp_path):
        season = tmp_path / show.folder[1:]
        names = await asyncio.to_thread(lambda: sorted(path.name for path in season.iterdir()))
        assert names == [film.name for film in show.films]
        for film in show.films:
            await check_mounted(season / film.name, film)


async def check_mounted(path: Path, film: Film) -> None:
    assert await probe(path) == await probe(film.source)
    assert await decode_at(120, path) == await decode_at(120, film.source)
    assert await asyncio.to_thread(read_tail, path) == read_tail(film.source)
