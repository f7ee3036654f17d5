from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import pytest

from momoshtrem.errors import InvalidTorrent, NotFound, Unavailable
from momoshtrem.library import torrents
from momoshtrem.model.network import NetworkStatus
from momoshtrem.model.stored import TorrentState
from momoshtrem.model.torrent import Metainfo
from momoshtrem.services import metadata as service
from momoshtrem.services.metadata import Metadata, Patience, explain
from momoshtrem.torrents.engine import FetchStatus
from momoshtrem.torrents.metainfo import parse_magnet
from tests.services.rig import Rig, magnet_of, make_torrent

TORRENT = make_torrent("Heat.1995.mkv", trackers=("udp://one.test:1",))
MAGNET = parse_magnet(magnet_of(TORRENT))
PEER = "127.0.0.1:7"
NOBODY_TO_ASK = FetchStatus(peers=0, named=0, trackers=0, answered=0, errors=(), dht=False)


@pytest.fixture
def metadata(rig: Rig) -> Metadata:
    return Metadata(rig.db, rig.engine)


async def test_the_swarm_tells_it(rig: Rig, metadata: Metadata) -> None:
    rig.engine.share(TORRENT, b"")
    assert await metadata.fetch(parse_magnet(magnet_of(TORRENT)), wait=10) == TORRENT


async def test_what_is_known_is_not_asked_of_the_swarm(rig: Rig, metadata: Metadata) -> None:
    await rig.db.run(torrents.insert, TORRENT)
    assert await metadata.fetch(parse_magnet(magnet_of(TORRENT)), wait=0) == TORRENT


async def test_a_torrent_that_awaits_its_metadata_is_asked_of_the_swarm(rig: Rig, metadata: Metadata) -> None:
    magnet = parse_magnet(magnet_of(TORRENT))
    await rig.db.run(torrents.insert_magnet, magnet)
    rig.engine.share(TORRENT, b"")
    assert await metadata.fetch(magnet, wait=10) == TORRENT


async def test_nobody_answers(metadata: Metadata) -> None:
    with pytest.raises(Unavailable, match=r"within 0.01 s: \w+"):
        await metadata.fetch(parse_magnet(magnet_of(TORRENT)), wait=0.01)


async def test_without_the_interface_nobody_is_asked(rig: Rig, metadata: Metadata) -> None:
    rig.engine.network = NetworkStatus("tun0", problem="The interface tun0 is gone: nothing is downloaded.")
    with pytest.raises(Unavailable, match=r"0.01 s: The interface tun0 is gone: nothing is downloaded\.$"):
        await metadata.fetch(parse_magnet(magnet_of(TORRENT)), wait=0.01)


async def test_telling_a_torrent_that_is_gone_is_no_error(metadata: Metadata) -> None:
    await metadata.tell_sources(TORRENT, (PEER,))


class Search:
    """A try of a job, with what it has told."""

    def __init__(self, rig: Rig, once: float = 600.0, at_last: float = 30.0) -> None:
        self.told: list[str] = []
        self._metadata = Metadata(rig.db, rig.engine, Patience(once=once, at_last=at_last, look=0.01))

    async def tell(self, message: str) -> None:
        self.told.append(message)

    async def run(self, since: datetime | None = None) -> Metainfo:
        return await self._metadata.search(MAGNET, since or datetime.now(UTC), self.tell)


class Tomorrow(datetime):
    """A clock that was set ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + timedelta(days=2)


class TestSearch:
    @pytest.fixture(autouse=True)
    async def awaiting(self, rig: Rig) -> None:
        await rig.db.run(torrents.insert_magnet, MAGNET)

    async def test_it_says_what_it_waits_for_until_it_is_found(self, rig: Rig) -> None:
        search = Search(rig)
        rig.engine.fetch_status = NOBODY_TO_ASK
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            found = tasks.create_task(search.run())
            while not search.told:
                await asyncio.sleep(0.001)
            rig.engine.share(TORRENT, b"")
        assert found.result() == TORRENT
        assert search.told[0] == (
            "Waiting for the file list: no tracker and DHT is off: the magnet names nobody to ask."
        )

    async def test_it_asks_the_peers_that_are_stored(self, rig: Rig) -> None:
        rig.engine.share(TORRENT, b"", peers=(PEER,))
        await rig.torrents.add_peers(TORRENT.info_hash, (PEER,))
        assert (await Search(rig).run()).info_hash == TORRENT.info_hash

    async def test_peers_that_are_named_meanwhile_are_asked_at_once(self, rig: Rig) -> None:
        rig.engine.share(TORRENT, b"", peers=(PEER,))
        search = Search(rig)
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            tasks.create_task(search.run())
            while not search.told:
                await asyncio.sleep(0.001)
            await rig.torrents.add_peers(TORRENT.info_hash, (PEER,))
        assert (await rig.db.run(torrents.get, TORRENT.info_hash)).peers == (PEER,)

    async def test_a_try_ends_with_what_was_missing(self, rig: Rig) -> None:
        with pytest.raises(Unavailable, match=r"within 0.02 s: no peers found yet\."):
            await Search(rig, once=0.02).run()

    async def test_it_is_given_up_in_the_end_but_not_without_a_last_try(self, rig: Rig) -> None:
        yesterday = datetime.now(UTC) - timedelta(days=2)
        with pytest.raises(NotFound, match=r"Given up after 24 hours\. .* no peers found yet\."):
            await Search(rig, at_last=0.02).run(yesterday)
        rig.engine.share(TORRENT, b"")
        assert (await Search(rig).run(yesterday)).info_hash == TORRENT.info_hash

    async def test_a_clock_that_is_set_ahead_gives_nothing_up(
        self, rig: Rig, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        search, asked_for = Search(rig, once=0.02), datetime.now(UTC)
        with pytest.raises(Unavailable):
            await search.run(asked_for)
        monkeypatch.setattr(service, "datetime", Tomorrow)
        with pytest.raises(Unavailable):
            await search.run(asked_for)

    async def test_a_torrent_that_had_failed_waits_again(self, rig: Rig) -> None:
        await rig.db.run(torrents.set_failed, TORRENT.info_hash, "Cancelled.")
        with pytest.raises(Unavailable):
            await Search(rig, once=0.01).run()
        assert (await rig.db.run(torrents.get, TORRENT.info_hash)).state is TorrentState.AWAITING_METADATA

    async def test_a_torrent_that_was_removed_is_not_asked_for(self, rig: Rig) -> None:
        await rig.torrents.remove(TORRENT.info_hash, delete_files=True)
        with pytest.raises(NotFound):
            await Search(rig).run()

    async def test_a_hostile_file_list_ends_it(self, rig: Rig) -> None:
        search = Search(rig)
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            failing = tasks.create_task(refused(search))
            while not search.told:
                await asyncio.sleep(0.001)
            rig.engine.fail(TORRENT.info_hash, InvalidTorrent("The torrent has more than 50000 files."))
        assert "50000 files" in failing.result()


async def refused(search: Search) -> str:
    with pytest.raises(InvalidTorrent) as caught:
        await search.run()
    return str(caught.value)


IDLE = replace(NOBODY_TO_ASK, trackers=2)


@pytest.mark.parametrize(
    ("status", "missing"),
    [
        (None, "the search has just begun"),
        (NOBODY_TO_ASK, "no tracker and DHT is off: the magnet names nobody to ask"),
        (replace(NOBODY_TO_ASK, dht=True), "no peers found yet"),
        (replace(NOBODY_TO_ASK, named=1), "no peers found yet"),
        (IDLE, "no peers found yet"),
        (replace(IDLE, answered=1, errors=("a: refused",)), "no peers found yet (a: refused)"),
        (
            replace(IDLE, errors=("a: timed out", "b: refused")),
            "no tracker answered (a: timed out; b: refused)",
        ),
        (replace(IDLE, peers=1), "connected to 1 peer, none has sent the file list"),
        (
            replace(IDLE, peers=3, errors=("a: x", "b: y")),
            "connected to 3 peers, none has sent the file list",
        ),
    ],
)
def test_what_is_missing_is_said(status: FetchStatus | None, missing: str) -> None:
    assert explain(status) == missing
