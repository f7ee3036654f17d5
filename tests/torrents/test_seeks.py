"""Players that jump about, and several at once: the engine on libtorrent, with a swarm on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from momoshtrem.torrents.engine import Reader, ReaderStatus
from tests.fakes.swarm import KIB, MIB, Line
from tests.torrents.contract import read_all, until
from tests.torrents.loopback import Loopback, open_loopback, write_folder

SIZE = 24 * MIB
PIECE = 128 * KIB
RATE = 8e6
STORM = 20
WINDOW = 2 * PIECE
"""What a reader may want that has not shown that it streams."""
BUFFERS = MIB
"""What peers send although it is not wanted any more, since it is on the line already."""


@asynccontextmanager
async def open_film(tmp_path: Path) -> AsyncIterator[Loopback]:
    folder = write_folder(tmp_path / "Film", {"film.mkv": SIZE})
    lines = [Line(rate=RATE, delay=0.02)]
    async with open_loopback(folder, tmp_path / "cache", lines=lines, piece_length=PIECE) as rig:
        rig.learn(*rig.peers)
        yield rig


@contextmanager
def closing(reader: Reader) -> Iterator[Reader]:
    try:
        yield reader
    finally:
        reader.close()


def list_readers(rig: Loopback) -> tuple[ReaderStatus, ...]:
    status = rig.engine.find_status(rig.info_hash)
    assert status
    return status.readers


async def try_read(reader: Reader, offset: int, seconds: float) -> None:
    """Read for a short time, as long as a player lets its viewer look."""
    with closing(reader):
        try:
            async with asyncio.timeout(seconds):
                await reader.read(offset, PIECE)
        except TimeoutError:
            return


async def test_a_storm_of_seeks_ends_where_it_stops_and_fetches_little(tmp_path: Path) -> None:
    async with open_film(tmp_path) as rig:
        offsets = [(turn * 7 % STORM) * SIZE // STORM for turn in range(1, STORM + 1)]
        for offset in offsets:
            await try_read(await rig.engine.open(rig.ref()), offset, 0.05)
        with closing(await rig.engine.open(rig.ref())) as reader:
            got = await reader.read(offsets[-1] + 1000, 10)
            assert got == rig.contents[0][offsets[-1] + 1000 :][: len(got)]
        await until(lambda: not rig.list_wishes())
        assert sum(seed.sent for seed in rig.seeds) < STORM * WINDOW + BUFFERS


@pytest.mark.parametrize("step", [-3 * MIB, -100 * KIB, 2 * MIB])
async def test_one_who_jumps_again_and_again_gets_the_right_bytes(tmp_path: Path, step: int) -> None:
    async with open_film(tmp_path) as rig:
        with closing(await rig.engine.open(rig.ref())) as reader:
            for turn in range(6):
                offset = (SIZE // 2 + turn * step) % SIZE
                got = await reader.read(offset, 50_000)
                assert got == rig.contents[0][offset : offset + len(got)] != b""


async def test_two_players_at_two_places_both_get_on(tmp_path: Path) -> None:
    async with open_film(tmp_path) as rig:
        first, second = await rig.engine.open(rig.ref()), await rig.engine.open(rig.ref())
        with closing(first), closing(second):
            async with asyncio.TaskGroup() as tasks:
                head = tasks.create_task(read_all(first, 0, MIB))
                tail = tasks.create_task(read_all(second, SIZE // 2, MIB))
                await until(lambda: [each.kind for each in list_readers(rig)] == ["playback"] * 2)
                near, far = list_readers(rig)
                assert near.position < SIZE // 2 < far.position
            assert head.result() == rig.contents[0]
            assert tail.result() == rig.contents[0][SIZE // 2 :]


async def test_a_client_that_opens_the_file_for_each_part_is_one_reader(tmp_path: Path) -> None:
    async with open_film(tmp_path) as rig:
        at, kinds = 0, []
        while at < 3 * MIB:
            with closing(await rig.engine.open(rig.ref())) as reader:
                at += len(await reader.read(at, 300_000))
                kinds.append(list_readers(rig)[0].kind)
        assert (kinds[0], kinds[-1]) == ("probe", "playback")
