"""What every `Engine` tells of itself and of its readers; run with `contract`."""

from __future__ import annotations

import asyncio

import pytest

from momoshtrem.errors import NoData
from momoshtrem.torrents.engine import SwarmTotals
from tests.torrents.contract import SHORT, Rig, read_all, until


class StatusContract:
    """Subclasses give a fixture `rig`."""

    async def test_the_status_tells_of_the_readers(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        assert rig.engine.find_status(rig.info_hash) is None
        reader = await rig.engine.open(rig.ref())
        await read_all(reader)
        status = rig.engine.find_status(rig.info_hash)
        assert status is not None
        assert (status.state, len(status.readers)) == ("streaming", 1)
        assert 0 < status.progress <= 1
        reader.close()

    async def test_it_tells_what_its_readers_do(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        reader = await rig.engine.open(rig.ref())
        got = await reader.read(5, 10)
        status = rig.engine.find_status(rig.info_hash)
        assert status is not None
        found = [(each.file_index, each.kind, each.position) for each in status.readers]
        assert found == [(0, "probe", 5 + len(got))]
        reader.close()

    async def test_it_tells_how_it_is(self, rig: Rig) -> None:
        rig.learn()
        await until(lambda: rig.engine.health().listen_port is not None)
        health = rig.engine.health()
        assert (health.running, health.listen_problem, health.loaded) == (True, None, ())
        reader = await rig.engine.open(rig.ref())
        assert [each.info_hash for each in rig.engine.health().loaded] == [rig.info_hash]
        reader.close()
        await rig.engine.close()
        assert not rig.engine.health().running

    async def test_it_counts_what_its_readers_are_given(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        reader, counters = await rig.engine.open(rig.ref()), rig.engine.counters
        first = await reader.read(0, 10)
        assert counters.bytes == {"swarm": len(first)}
        again = await reader.read(0, 10)
        assert counters.bytes == {"swarm": len(first), "disk": len(again)}
        assert counters.reads == {"swarm": 1, "disk": 1}
        reader.close()

    async def test_it_counts_reads_that_got_nothing(self, rig: Rig) -> None:
        await rig.restart(read_timeout=SHORT)
        rig.learn()
        reader = await rig.engine.open(rig.ref())
        with pytest.raises(NoData):
            await reader.read(0, 10)
        assert (rig.engine.counters.timeouts, rig.engine.counters.bytes) == (1, {})
        reader.close()

    async def test_it_measures_whether_it_runs_or_not(self, rig: Rig) -> None:
        assert await rig.engine.measure() == SwarmTotals()
        await rig.engine.close()
        assert await rig.engine.measure() == SwarmTotals()

    async def test_it_tells_of_readers_that_wait(self, rig: Rig) -> None:
        rig.learn()
        reader = await rig.engine.open(rig.ref())

        def pieces() -> list[int]:
            status = rig.engine.find_status(rig.info_hash)
            return [wait.piece for wait in status.waits if wait.seconds > 0] if status else []

        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(reader.read(0, 10))
            await until(lambda: pieces() == [0])
            reading.cancel()
        assert pieces() == []
        reader.close()
