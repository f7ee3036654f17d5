"""What every `Engine` promises of metainfo that it fetches from the swarm; run with `contract`."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from momoshtrem.errors import NotFound, Unavailable
from momoshtrem.torrents.metainfo import parse_metainfo
from tests.torrents.contract import NOBODY, PATIENCE, SHORT, Rig, read_all, until


class FetchContract:
    """Subclasses give a fixture `rig`."""

    async def test_metadata_comes_from_the_swarm(self, rig: Rig) -> None:
        magnet = replace(rig.magnet(rig.peer), trackers=("http://127.0.0.1:1/announce",))
        async with asyncio.timeout(PATIENCE):
            found = await rig.engine.fetch_metadata(magnet)
        assert replace(found, blob=b"", trackers=()) == replace(rig.torrent, blob=b"", trackers=())
        assert found.trackers == magnet.trackers
        assert parse_metainfo(found.blob).info_hash == rig.info_hash
        rig.store.add(found, peers=(rig.peer,))
        reader = await rig.engine.open(rig.ref())
        assert await read_all(reader) == rig.contents[0]
        reader.close()

    async def test_a_fetch_that_is_given_up_leaves_nothing(self, rig: Rig) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SHORT):
                await rig.engine.fetch_metadata(rig.magnet(NOBODY))
        assert rig.engine.find_status(rig.info_hash) is None
        assert not rig.has_bytes()
        async with asyncio.timeout(PATIENCE):
            assert (await rig.engine.fetch_metadata(rig.magnet(rig.peer))).info_hash == rig.info_hash

    async def test_a_fetch_ends_when_the_engine_closes(self, rig: Rig) -> None:
        async def fetch() -> None:
            with pytest.raises(Unavailable):
                await rig.engine.fetch_metadata(rig.magnet(NOBODY))

        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            tasks.create_task(fetch())
            await asyncio.sleep(SHORT)
            await rig.engine.close()

    async def test_callers_of_one_fetch_share_it(self, rig: Rig) -> None:
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            fetches = [tasks.create_task(rig.engine.fetch_metadata(rig.magnet(rig.peer))) for _ in "abc"]
        assert {fetch.result().info_hash for fetch in fetches} == {rig.info_hash}

    async def test_a_search_can_be_looked_at_and_taken_over(self, rig: Rig) -> None:
        assert rig.engine.find_fetch(rig.info_hash) is None
        rig.store.awaiting[rig.info_hash] = ()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SHORT):
                await rig.engine.fetch_metadata(rig.magnet(NOBODY))
        status = rig.engine.find_fetch(rig.info_hash)
        assert status is not None
        assert (status.peers, status.answered, status.errors) == (0, 0, ())
        await rig.engine.add_peers(rig.info_hash, (rig.peer,))
        assert rig.store.awaiting[rig.info_hash] == (rig.peer,)
        async with asyncio.timeout(PATIENCE):
            assert (await rig.engine.fetch_metadata(rig.magnet())).info_hash == rig.info_hash
        assert rig.engine.find_fetch(rig.info_hash) is None

    async def test_removing_ends_a_search(self, rig: Rig) -> None:
        async def fetch() -> None:
            with pytest.raises(NotFound, match="removed"):
                await rig.engine.fetch_metadata(rig.magnet(NOBODY))

        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            tasks.create_task(fetch())
            await until(lambda: rig.engine.find_fetch(rig.info_hash) is not None)
            await rig.engine.remove(rig.info_hash, delete_files=False)
        assert rig.engine.find_fetch(rig.info_hash) is None
        async with asyncio.timeout(PATIENCE):
            assert (await rig.engine.fetch_metadata(rig.magnet(rig.peer))).info_hash == rig.info_hash
