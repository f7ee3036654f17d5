"""gvfs, what Nautilus and Totem use: `gio` for whole files, its FUSE mount for parts of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from tests.clients.conftest import Film, Show
from tests.clients.programs import client, needs_fuse, read_tail, run, running, until
from tests.e2e.user import User

pytestmark = client("gio", "dbus-daemon", "/usr/libexec/gvfsd-dav", "/usr/libexec/gvfsd-fuse", "fusermount3")


@dataclass(frozen=True, slots=True)
class Desktop:
    """A session bus on which gvfs starts by itself. `files` is its FUSE mount."""

    environment: dict[str, str]
    files: Path

    async def gio(self, *arguments: str | Path, said: str = "") -> bytes:
        return await run("gio", *arguments, said=said, environment=self.environment)


@pytest_asyncio.fixture(loop_scope="session")
async def desktop(user: User, tmp_path: Path) -> AsyncIterator[Desktop]:
    bus = f"unix:path={tmp_path}/bus"
    environment = {
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "DBUS_SESSION_BUS_ADDRESS": bus,
        "LC_ALL": "C.UTF-8",
    }
    files = tmp_path / "gvfs"
    command = ("dbus-daemon", "--session", "--nofork", f"--address={bus}")
    async with running(*command, environment=environment):
        await until(lambda: asyncio.to_thread((tmp_path / "bus").exists))
        desktop = Desktop(environment, files)
        try:
            await desktop.gio("mount", address(user, "/"), said="\n".join([*user.server.auth, ""]))
            yield desktop
        finally:
            if files.is_mount():
                await run("fusermount3", "-u", "-z", files)


async def test_films_are_listed_and_read(show: Show, desktop: Desktop) -> None:
    names = (await desktop.gio("list", address(show.user, show.folder))).decode().splitlines()

    assert sorted(names) == [film.name for film in show.films]
    for film in show.films:
        content = film.source.read_bytes()
        described = await desktop.gio("info", "-a", "standard::size", address(film.user, film.path))
        assert f"standard::size: {len(content)}" in described.decode()
        assert await desktop.gio("cat", address(film.user, film.path)) == content


@needs_fuse
async def test_a_film_is_read_from_its_end(film: Film, desktop: Desktop) -> None:
    await until(lambda: asyncio.to_thread(desktop.files.is_mount))
    (mount,) = await asyncio.to_thread(lambda: list(desktop.files.iterdir()))

    tail = await asyncio.to_thread(read_tail, mount / film.path[1:])

    assert tail == read_tail(film.source)


def address(user: User, path: str) -> str:
    return user.url(path).replace("http:", "dav:")
