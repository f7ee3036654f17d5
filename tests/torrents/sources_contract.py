"""What every `Engine` does with peers and trackers that are named to it."""

from __future__ import annotations

import asyncio

import pytest

from momoshtrem.errors import InvalidTorrent
from tests.torrents.contract import NOBODY, UNKNOWN, Rig, until


class SourcesContract:
    """Subclasses give a fixture `rig`."""

    async def test_a_tracker_that_is_named_to_one_who_waits_is_asked(self, rig: Rig) -> None:
        rig.learn()
        reader = await rig.engine.open(rig.ref())
        async with rig.open_tracker() as url, asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(reader.read(100, 50))
            await until(lambda: 0 in rig.list_wishes())
            await rig.engine.add_trackers(rig.info_hash, (url,))
            assert await reading == rig.contents[0][100:150]
        reader.close()

    async def test_a_tracker_that_is_named_before_anybody_waits_is_asked(self, rig: Rig) -> None:
        rig.learn()
        await rig.engine.add_trackers(UNKNOWN, ("http://127.0.0.1:1/announce",))
        reader = await rig.engine.open(rig.ref())
        async with rig.open_tracker() as url:
            await rig.engine.add_trackers(rig.info_hash, (url,))
            assert await reader.read(100, 50) == rig.contents[0][100:150]
        reader.close()

    async def test_peers_are_kept_for_the_next_time(self, rig: Rig) -> None:
        rig.learn(NOBODY)
        await rig.engine.add_peers(rig.info_hash, (rig.peer,))
        assert rig.store.torrents[rig.info_hash].peers == (rig.peer, NOBODY)
        reader = await rig.engine.open(rig.ref())
        await rig.engine.add_peers(rig.info_hash, ("127.0.0.1:2",))
        assert rig.store.torrents[rig.info_hash].peers == ("127.0.0.1:2", rig.peer, NOBODY)
        assert await reader.read(0, 10) == rig.contents[0][:10]
        reader.close()

    async def test_a_peer_that_is_no_address_changes_nothing(self, rig: Rig) -> None:
        rig.learn(rig.peer)
        with pytest.raises(InvalidTorrent):
            await rig.engine.add_peers(rig.info_hash, (NOBODY, "nowhere"))
        assert rig.store.torrents[rig.info_hash].peers == (rig.peer,)
