"""What every `Engine` says of readers that wait; run by the fake and by the engine on libtorrent."""

from __future__ import annotations

import asyncio

from tests.torrents.contract import NOBODY, Rig, until


class CareContract:
    """Subclasses give a fixture `rig`."""

    async def test_who_waits_is_told_why(self, rig: Rig) -> None:
        rig.learn(NOBODY)
        reader = await rig.engine.open(rig.ref())

        def is_told() -> bool:
            status = rig.engine.find_status(rig.info_hash)
            return status is not None and [wait.reason for wait in status.waits] == ["no_peers"]

        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(reader.read(0, 10))
            await until(is_told)
            reading.cancel()
        reader.close()
