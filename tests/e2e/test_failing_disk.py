"""The disk of the cache fails while a film is played, and works again later, without a restart."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from momoshtrem.folder import DataFolder
from tests.clients.programs import needs
from tests.e2e.conftest import StartServer
from tests.e2e.films import BrokenOff, Film, Refused, check_disk, find_pieces, open_films, watch
from tests.e2e.user import User
from tests.fakes.swarm import MIB, Line

SIZE, BEGINNING = 12 * MIB, 2 * MIB
ROOM = 64 * MIB
SETTINGS = {"cache__min_free": "0", "streaming__timeout": "3"}
SHIM = Path(__file__).with_name("broken_disk.c")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk")


@dataclass(slots=True)
class Trouble:
    """A way to fail, and what the user is told of it."""

    fail: Callable[[User], None]
    heal: Callable[[User], None]
    said: str
    keeps_reading: bool = True


@contextmanager
def mounted(data_dir: Path) -> Iterator[Path]:
    """The cache on a small disk of its own."""
    cache = DataFolder(data_dir).make().cache
    cache.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", cache], check=True)
    try:
        yield cache
    finally:
        subprocess.run(["umount", "--lazy", cache], check=True)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Trouble]:
    """Somebody else fills the disk, and takes whatever is given back to it."""
    with mounted(tmp_path / "data") as cache:
        ballast = cache / "ballast"

        def fail(_: User) -> None:
            with ballast.open("wb", buffering=0) as file:
                while shutil.disk_usage(cache).free:
                    file.write(bytes(min(MIB, shutil.disk_usage(cache).free)))

        yield Trouble(fail, lambda _: ballast.unlink(), "is full")


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Trouble]:
    with mounted(tmp_path / "data") as cache:

        def remount(how: str) -> None:
            subprocess.run(["mount", "-o", f"remount,{how}", cache], check=True)

        yield Trouble(lambda _: remount("ro"), lambda _: remount("rw"), "read-only")


@pytest.fixture
def small_files() -> Trouble:
    """A limit for the process: writes behind it fail, whoever runs the server."""

    def limit(size: int) -> Callable[[User], None]:
        def set_limit(user: User) -> None:
            _, most = resource.prlimit(user.server.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(user.server.pid, resource.RLIMIT_FSIZE, (size, most))

        return set_limit

    return Trouble(limit(BEGINNING), limit(resource.RLIM_INFINITY), "no file so large")


@pytest.fixture
def shim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes calls of the server fail, by files in the folder that this gives."""
    library, signs = tmp_path / "broken_disk.so", tmp_path / "signs"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SHIM, "-ldl"], check=True)
    signs.mkdir()
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("BROKEN_DISK", str(signs))
    return signs


def broken(signs: Path, *calls: str, keeps_reading: bool = True) -> Trouble:
    def fail(_: User) -> None:
        for call in calls:
            (signs / call).touch()

    def heal(_: User) -> None:
        for call in calls:
            (signs / call).unlink()

    return Trouble(fail, heal, "check the disk", keeps_reading)


@needs_root
async def test_a_disk_that_is_full(full_disk: Trouble, tmp_path: Path, start_server: StartServer) -> None:
    await fail_and_heal(full_disk, tmp_path, start_server)


@needs_root
async def test_a_disk_that_is_read_only(
    read_only_disk: Trouble, tmp_path: Path, start_server: StartServer
) -> None:
    await fail_and_heal(read_only_disk, tmp_path, start_server)


async def test_a_disk_that_takes_no_large_files(
    small_files: Trouble, tmp_path: Path, start_server: StartServer
) -> None:
    await fail_and_heal(small_files, tmp_path, start_server)


@needs("cc")
@pytest.mark.parametrize("calls", [("write",), ("sync",), ("write", "sync", "punch")])
async def test_a_disk_that_cannot_be_written(
    calls: tuple[str, ...], shim: Path, tmp_path: Path, start_server: StartServer
) -> None:
    await fail_and_heal(broken(shim, *calls), tmp_path, start_server)


@needs("cc")
async def test_a_disk_that_cannot_be_read(shim: Path, tmp_path: Path, start_server: StartServer) -> None:
    await fail_and_heal(broken(shim, "read", keeps_reading=False), tmp_path, start_server)


async def fail_and_heal(trouble: Trouble, tmp_path: Path, start_server: StartServer) -> None:
    """One film is on disk, and of the other one the beginning, when the disk fails."""
    user = await start_server(**SETTINGS)
    async with open_films(tmp_path, 2, SIZE, Line(rate=8e6)) as films:
        here, half = films
        for film in films:
            await film.add_to(user)
        await watch(user, here)
        await watch(user, half, 0, BEGINNING)
        await until(lambda: is_saved(user, here))
        trouble.fail(user)
        said = await watch_until_refused(user, half)
        assert trouble.said in said
        await check_the_rest(user, trouble, here)
        trouble.heal(user)
        await until(lambda: is_well(user))
        for film in films:
            await watch(user, film)
        await user.server.stop()
        check_disk(DataFolder(user.server.data_dir), films)


async def watch_until_refused(user: User, film: Film) -> str:
    """Play all that came before the disk failed, until there is an error instead; gives what it says."""
    at = BEGINNING
    while True:
        try:
            await watch(user, film, at)
        except BrokenOff as broken:
            (at,) = broken.args
        except Refused as refused:
            status, said = refused.args
            assert status in (503, 507)
            return str(said)


async def check_the_rest(user: User, trouble: Trouble, here: Film) -> None:
    """The API answers, the status tells what is wrong, and what is on disk is played."""
    status = await user.ask("GET", "/status")
    assert not status["ok"]
    assert any(trouble.said in problem["message"] for problem in status["problems"])
    await user.add_movie("Another One")
    if trouble.keeps_reading:
        await watch(user, here)


async def is_saved(user: User, film: Film) -> bool:
    """Whether the whole film is promised."""
    with closing(sqlite3.connect(DataFolder(user.server.data_dir).database)) as database:
        return find_pieces(database, film).count() == film.piece_count


async def is_well(user: User) -> bool:
    return bool((await user.ask("GET", "/status"))["ok"])


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.1)
