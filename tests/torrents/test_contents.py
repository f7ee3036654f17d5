"""Bytes that a loaded torrent gives before the hash of their piece is checked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from momoshtrem.errors import NoData, Unavailable
from momoshtrem.torrents.picker import IN_FILE
from momoshtrem.torrents.readers.reader import SwarmReader
from tests.torrents.contract import until
from tests.torrents.test_runtime import Bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """One that gives checked bytes alone."""
    async with asyncio.TaskGroup() as tasks:
        yield Bench(tmp_path, tasks)


@pytest.fixture
async def early(tmp_path: Path) -> AsyncIterator[Bench]:
    """One that gives blocks, of which each piece has one. All bytes are in the files already."""
    async with asyncio.TaskGroup() as tasks:
        bench = Bench(tmp_path, tasks, early=True)
        bench.write()
        yield bench


async def test_a_block_is_given_before_its_piece_is_checked(early: Bench) -> None:
    reader = early.open()
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.read(20, 500))
        await until(lambda: early.demanded == 1)
        early.attach()
        await until(lambda: early.reported == 1)
        early.runtime.contents.block_finished(0, 0)
    assert reading.result() == early.content[20:100]
    assert 0 not in early.runtime.contents.pieces
    early.runtime.piece_finished(0)
    await reader.check()
    assert not early.runtime.contents.blocks
    reader.close()


async def test_all_who_were_given_false_bytes_are_cut_off(early: Bench) -> None:
    early.attach()
    early.picker.blocks = {3: [IN_FILE]}
    first, second, third = early.open(), early.open(), early.open()
    for reader in (first, second):
        assert await reader.read(350, 500) == early.content[350:400]
    early.runtime.piece_failed(3)
    for reader in (first, second):
        with pytest.raises(NoData, match="false"):
            await reader.read(305, 5)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(third.read(300, 5))
        await asyncio.sleep(0.01)
        early.runtime.contents.block_finished(3, 0)
        await asyncio.sleep(0.01)
        assert not reading.done()
        early.runtime.piece_finished(3)
    assert reading.result() == early.content[300:305]
    for reader in (first, second, third):
        reader.close()


async def test_what_was_given_unchecked_is_doubted_when_alerts_are_lost(early: Bench) -> None:
    early.attach()
    early.picker.blocks = {3: [IN_FILE]}
    reader = early.open()
    await reader.read(300, 5)
    early.runtime.doubt()
    with pytest.raises(NoData, match="false"):
        await reader.check()
    reader.close()


async def test_blocks_are_forgotten_when_nobody_needs_them(early: Bench) -> None:
    early.attach()
    early.picker.blocks = {3: [IN_FILE]}
    reader = early.open()
    await reader.read(300, 5)
    early.runtime.keep_blocks()
    assert 3 in early.runtime.contents.blocks
    reader.close()
    early.runtime.keep_blocks()
    assert not early.runtime.contents.blocks


async def test_whoever_wants_checked_bytes_waits_for_the_piece(bench: Bench) -> None:
    bench.write()
    bench.attach()
    bench.picker.blocks = {3: [IN_FILE]}
    reader = bench.open(timeout=0.05)
    with pytest.raises(NoData, match="Nothing came"):
        await reader.read(300, 5)
    assert not bench.runtime.contents.blocks
    reader.close()


async def test_whoever_waits_for_a_whole_piece_waits_on_while_it_grows(bench: Bench) -> None:
    bench.attach()
    reader = bench.open(timeout=0.2)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.read(300, 5))
        for _ in range(8):
            await asyncio.sleep(0.05)
            bench.runtime.contents.piece_grew(3)
        bench.finish(3)
    assert reading.result() == bench.content[300:305]
    reader.close()


async def test_all_who_wait_are_given_what_came_before(early: Bench) -> None:
    early.attach()
    early.picker.blocks = {3: [IN_FILE]}
    readers = early.open(), early.open()
    async with asyncio.timeout(5):
        found = await asyncio.gather(*(reader.read(300, 5) for reader in readers))
    assert found == [early.content[300:305]] * 2
    for reader in readers:
        reader.close()


async def test_who_leaves_while_the_blocks_are_asked_for_holds_up_nobody(
    early: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer_late() -> list[object]:
        asked.set()
        answering.wait(5)
        return []

    asked, answering = threading.Event(), threading.Event()
    monkeypatch.setattr(early.picker, "get_download_queue", answer_late)
    early.attach()
    first, second = early.open(), early.open()
    async with asyncio.TaskGroup() as tasks:
        leaving, reading = (tasks.create_task(reader.read(300, 5)) for reader in (first, second))
        await until(asked.is_set)
        leaving.cancel()
        await until(leaving.done)
        answering.set()
        await until(lambda: 3 in early.runtime.contents.blocks)
        early.runtime.contents.block_finished(3, 0)
    assert reading.result() == early.content[300:305]
    first.close()
    second.close()


async def test_while_nothing_can_come_nobody_waits(bench: Bench) -> None:
    bench.write()
    contents, lost = bench.runtime.contents, Unavailable("The interface tun0 is gone.")
    reader, other = bench.open(), bench.open()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(refuse(reader, 300))
        await until(lambda: bench.demanded == 1)
        contents.cut_off(lost)
    assert (waiting.result(), await refuse(other, 300)) == (lost, lost)
    assert bench.runtime.describe().reason is None
    bench.finish(3)
    assert await other.read(300, 5) == bench.content[300:305]
    contents.cut_off(None)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.read(400, 5))
        await asyncio.sleep(0.01)
        bench.finish(4)
    assert reading.result() == bench.content[400:405]
    reader.close()
    other.close()


async def refuse(reader: SwarmReader, offset: int) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await reader.read(offset, 5)
    return caught.value
