"""What the engine on libtorrent does when the disk takes no more, and when it works again."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from momoshtrem.errors import StorageFailed
from tests.fakes.swarm import Line
from tests.torrents.contract import read_all, until
from tests.torrents.loopback import LOOPBACK, Loopback, open_loopback, write_folder

FILM = {"film.mkv": 3_000_000}
LIMIT = 1_000_000
RATE = 4e6


@pytest.fixture(params=["posix", "pread"])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Loopback]:
    folder = write_folder(tmp_path / "Film", FILM)
    async with open_loopback(folder, tmp_path / "cache", lines=[Line(rate=RATE)]) as rig:
        rig.settings = LOOPBACK.model_copy(update={"disk_backend": request.param})
        await rig.restart()
        rig.learn(*rig.peers)
        yield rig


@contextmanager
def limited(kind: int, limit: int) -> Iterator[None]:
    """This process may have no larger files, or not so many of them."""
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


def count_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def find_next_descriptor() -> int:
    found = os.open("/dev/null", os.O_RDONLY)
    os.close(found)
    return found


def find_problem(rig: Loopback) -> str:
    return rig.engine.health().cache.problem or ""


async def test_a_disk_that_takes_no_more_is_told_and_used_again_once_it_does(rig: Loopback) -> None:
    reader = await rig.engine.open(rig.ref())
    await reader.read(0, 10)
    with limited(resource.RLIMIT_FSIZE, LIMIT):
        other = await rig.engine.open(rig.ref())
        with pytest.raises(StorageFailed, match=r"takes no file so large|file too short"):
            await other.read(2_900_000, 10)
        assert await reader.read(0, 10) == rig.contents[0][:10]
        status = rig.engine.find_status(rig.info_hash)
        assert status
        assert (status.state, status.reason) == ("failed", find_problem(rig))
        await until(lambda: rig.find_handle() is None)
    other.close()
    await rig.fetch()
    assert await read_all(reader) == rig.contents[0]
    reader.close()
    await until(lambda: not find_problem(rig))


async def test_what_the_disk_lost_is_fetched_again(rig: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    reader = await rig.engine.open(rig.ref())
    with monkeypatch.context() as patched:
        patched.setattr(rig.engine._loaded._cache, "sync", lose)
        await reader.read(0, 10)
        await until(lambda: "check the disk" in find_problem(rig))
        with pytest.raises(StorageFailed, match="does not work"):
            await read_all(reader)
    assert rig.list_stored() == set()
    await rig.fetch()
    reader.close()
    await until(lambda: rig.list_stored() == set(range(rig.torrent.piece_count)))


async def test_too_many_open_files_are_told_and_the_next_open_works(rig: Loopback) -> None:
    reader = await rig.engine.open(rig.ref())
    await reader.read(0, 10)
    with limited(resource.RLIMIT_NOFILE, find_next_descriptor()):
        other = await rig.engine.open(rig.ref())
        with pytest.raises(StorageFailed, match="oo many"):
            await other.read(0, 10)
        other.close()
    await rig.fetch()
    reader.close()


async def test_nothing_stays_open_of_many_readers_and_loads(rig: Loopback) -> None:
    await rig.fetch()
    before = count_descriptors()
    for turn in range(100):
        readers = [await rig.engine.open(rig.ref()) for _ in range(8)]
        await asyncio.gather(*(each.read(turn * n * 1000, 10) for n, each in enumerate(readers)))
        for reader in readers:
            reader.close()
        if turn % 20 == 0:
            await rig.engine.remove(rig.info_hash, delete_files=False)
    await until(lambda: count_descriptors() <= before)
