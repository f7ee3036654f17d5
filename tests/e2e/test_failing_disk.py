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

SIZE, BEGINNING = 8 * MIB, 2 * MIB
ROOM = 64 * MIB
SETTINGS = {"cache__min_free": "0", "streaming__timeout": "3"}
CHECK = "check the disk"
SHIM = Path(__file__).with_name("broken_disk.c")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk")


@dataclass(slots=True)
class Trouble:
    """A way to fail, and what the user is told of it: `told` by the status, `said` to the player.

    With `reads` films that are on disk are played meanwhile.
    """

    fail: Callable[[User], None]
    heal: Callable[[User], None]
    told: str
    said: str = ""
    reads: bool = True


@contextmanager
def mounted(data_dir: Path) -> Iterator[Path]:
    """The cache on a small disk of its own."""
    cache = DataFolder(data_dir).make().cache
    cache.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", cache], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield cache
    finally:
        subprocess.run(["umount", "--lazy", cache], check=True)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Trouble]:
    """Somebody else fills the disk."""
    with mounted(tmp_path / "data") as cache:
        ballast = cache / "ballast"

        def fail(_: User) -> None:
            with ballast.open("wb", buffering=0) as file:
                while shutil.disk_usage(cache).free:
                    file.write(bytes(min(MIB, shutil.disk_usage(cache).free)))

        yield Trouble(fail, lambda _: ballast.unlink(), "is full", "is full")


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Trouble]:
    with mounted(tmp_path / "data") as cache:

        def remount(how: str) -> None:
            subprocess.run(["mount", "-o", f"remount,{how}", cache], check=True)

        yield Trouble(lambda _: remount("ro"), lambda _: remount("rw"), "read-only", "read-only")


@pytest.fixture
def small_files() -> Trouble:
    """A limit for the process: writes behind it fail, whoever runs the server."""

    def limit(size: int) -> Callable[[User], None]:
        def set_limit(user: User) -> None:
            _, most = resource.prlimit(user.server.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(user.server.pid, resource.RLIMIT_FSIZE, (size, most))

        return set_limit

    said = "no file so large"
    return Trouble(limit(BEGINNING), limit(resource.RLIM_INFINITY), said, said)


@pytest.fixture
def shim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes calls of the server fail, by files in the folder that this gives."""
    library, signs = tmp_path / "broken_disk.so", tmp_path / "signs"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SHIM, "-ldl"], check=True)
    signs.mkdir()
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("BROKEN_DISK", str(signs))
    return signs


def broken(signs: Path, call: str, told: str, said: str = "", *, reads: bool = True) -> Trouble:
    """While calls like that fail with EIO."""
    sign = signs / call
    return Trouble(lambda _: sign.touch(), lambda _: sign.unlink(), told, said, reads)


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
async def test_a_disk_that_cannot_be_written(shim: Path, tmp_path: Path, start_server: StartServer) -> None:
    await fail_and_heal(broken(shim, "write", CHECK, CHECK), tmp_path, start_server)


@needs("cc")
async def test_a_disk_that_loses_what_it_was_given(
    shim: Path, tmp_path: Path, start_server: StartServer
) -> None:
    """What was not synced may be gone. Players may get it all the same, in parts: it is fetched again."""
    await fail_and_heal(broken(shim, "sync", CHECK), tmp_path, start_server)


@needs("cc")
async def test_a_disk_that_cannot_be_read(shim: Path, tmp_path: Path, start_server: StartServer) -> None:
    await fail_and_heal(broken(shim, "read", "", "The cache ", reads=False), tmp_path, start_server)


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
        assert trouble.said in await play_on(user, half)
        await check_the_rest(user, trouble, here)
        trouble.heal(user)
        await until(lambda: is_well(user))
        for film in films:
            await watch(user, film)
        await user.server.stop()
        check_disk(DataFolder(user.server.data_dir), films)


async def play_on(user: User, film: Film) -> str:
    """Play on after each break, until there is an error instead; gives what it says, "" at the film's end."""
    at = BEGINNING
    while at < SIZE:
        try:
            await watch(user, film, at)
        except BrokenOff as broken:
            (at,) = broken.args
        except Refused as refused:
            status, said = refused.args
            assert status == 503
            return str(said)
        else:
            at = SIZE
    return ""


async def check_the_rest(user: User, trouble: Trouble, here: Film) -> None:
    """The status tells what is wrong, the API works, and what is on disk is played."""
    await until(lambda: is_told(user, trouble.told))
    await user.add_movie("Another One")
    if trouble.reads:
        await watch(user, here)


async def is_told(user: User, what: str) -> bool:
    status = await user.ask("GET", "/status")
    return not what or any(what in problem["message"] for problem in status["problems"])


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
