"""What every `Engine` promises of files that are warmed; run with `contract`."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from momoshtrem.errors import NoData, NotFound
from momoshtrem.model.torrent import FileRef
from tests.torrents.contract import SHORT, UNKNOWN, Rig, until

RATE = 100 * 2**20


class WarmContract:
    """Subclasses give a fixture `rig`."""

    async def test_what_was_warmed_outlasts_the_swarm(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        assert await rig.engine.warm(rig.ref(), RATE) > 0
        await rig.withdraw()
        await rig.restart(read_timeout=SHORT)
        reader = await rig.engine.open(rig.ref())
        assert (await reader.read(0, 1000)) == rig.contents[0][:1000]
        assert (await reader.read(reader.size - 1000, 1000)) == rig.contents[0][-1000:]
        assert await rig.engine.warm(rig.ref(), RATE) == 0
        reader.close()

    async def test_warming_is_no_reader_and_ends_with_no_wish(self, rig: Rig) -> None:
        rig.learn()
        async with asyncio.TaskGroup() as tasks:
            warming = tasks.create_task(rig.engine.warm(rig.ref(), RATE))
            await until(lambda: rig.engine.find_status(rig.info_hash) is not None)
            status = rig.engine.find_status(rig.info_hash)
            assert status is not None
            assert (status.state, status.readers, status.waits) == ("warming", (), ())
            await rig.engine.add_peers(rig.info_hash, (rig.peer,))
            await warming
        await until(lambda: not rig.list_wishes())
        assert rig.has_bytes()

    async def test_warming_fetches_nothing_of_other_files(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        await rig.engine.warm(rig.ref(2), RATE)
        reader = await rig.engine.open(rig.ref(2))
        status = rig.engine.find_status(rig.info_hash)
        assert status is not None
        assert status.progress < 0.2
        reader.close()

    async def test_a_dead_swarm_ends_warming(self, rig: Rig) -> None:
        await rig.restart(read_timeout=SHORT)
        rig.learn()
        with pytest.raises(NoData, match="swarm"):
            await rig.engine.warm(rig.ref(), RATE)
        await until(lambda: not rig.list_wishes())

    async def test_removing_ends_warming(self, rig: Rig) -> None:
        rig.learn()

        async def warm() -> None:
            with pytest.raises(NotFound, match="removed"):
                await rig.engine.warm(rig.ref(), RATE)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(warm())
            await until(lambda: rig.engine.find_status(rig.info_hash) is not None)
            await rig.engine.remove(rig.info_hash, delete_files=True)

    async def test_what_does_not_fit_is_not_warmed(self, rig: Rig) -> None:
        rig.learn()
        for wrong in (replace(rig.ref(), size=1), FileRef(UNKNOWN, 0, 10)):
            with pytest.raises(NotFound):
                await rig.engine.warm(wrong, RATE)
