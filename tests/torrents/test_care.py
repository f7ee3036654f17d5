"""Swarms that misbehave on loopback, and what is done about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import libtorrent as lt

from momoshtrem.torrents.care import INTERVAL, SHUT_FOR, SwarmCare
from momoshtrem.torrents.engine import Cure, Reader, Reason, Stall
from momoshtrem.torrents.network.session import Session
from momoshtrem.torrents.runtime import TorrentRuntime
from momoshtrem.torrents.swarm.watch import Stalls, Waiting
from tests.fakes.swarm import KIB, MIB, Line
from tests.fakes.tracker import open_tracker
from tests.torrents.contract import NOBODY, until
from tests.torrents.loopback import Loopback, open_loopback, write_folder
from tests.torrents.swarm.test_picture import make_block, make_peer

FILM = {"film.mkv": 4 * MIB}
STREAMED = 2 * MIB
STEP = 64 * KIB


@asynccontextmanager
async def open_film(tmp_path: Path, lines: Sequence[Line]) -> AsyncIterator[Loopback]:
    folder = write_folder(tmp_path / "Film", FILM)
    async with open_loopback(folder, tmp_path / "cache", lines=lines, piece_length=128 * KIB) as rig:
        rig.learn(*rig.peers)
        yield rig


async def read_to(rig: Loopback, reader: Reader, start: int, end: int) -> None:
    """Read from `start` to `end` and compare."""
    while start < end:
        found = await reader.read(start, min(STEP, end - start))
        assert found == rig.contents[0][start : start + len(found)]
        start += len(found)


def list_stalls(rig: Loopback) -> tuple[Stall, ...]:
    status = rig.engine.find_status(rig.info_hash)
    assert status
    return status.last_stalls


def is_any(rig: Loopback, reason: Reason, cure: Cure) -> bool:
    """Whether some stall had this reason and cure."""
    return any(stall.reason == reason and cure in stall.cures for stall in list_stalls(rig))


async def test_a_slow_peer_is_shut_out_for_the_fast_one(tmp_path: Path) -> None:
    lines = [Line(rate=2e6, delay=0.01), Line(rate=2e4, delay=0.05)]
    async with open_film(tmp_path, lines) as rig:
        reader = await rig.engine.open(rig.ref())
        await read_to(rig, reader, 0, reader.size)
        reader.close()
        assert 0 < rig.seeds[1].sent < 200 * KIB
        handle = rig.find_handle()
        assert handle
        fast, _, port = rig.peers[0].partition(":")
        assert [peer.ip for peer in handle.get_peer_info()] == [(fast, int(port))]


async def test_what_a_silent_peer_holds_is_got_from_others(tmp_path: Path) -> None:
    async with open_film(tmp_path, 2 * [Line(rate=2e6, delay=0.01)]) as rig:
        reader = await rig.engine.open(rig.ref())
        await read_to(rig, reader, 0, STREAMED)
        rig.seeds[0].freeze()
        await read_to(rig, reader, STREAMED, reader.size)
        reader.close()
        assert [stall for stall in list_stalls(rig) if stall.seconds > 3 and not stall.cures] == []


async def test_a_lone_peer_that_falls_silent_is_connected_to_anew(tmp_path: Path) -> None:
    async with open_film(tmp_path, [Line(rate=2e6, delay=0.01)]) as rig:
        reader = await rig.engine.open(rig.ref())
        await read_to(rig, reader, 0, STREAMED)
        rig.seeds[0].freeze()
        await read_to(rig, reader, STREAMED, reader.size)
        await until(lambda: is_any(rig, "silent", "reconnect"))
        reader.close()


async def test_a_peer_that_left_and_returns_is_found_again(tmp_path: Path) -> None:
    async with open_film(tmp_path, [Line(rate=2e6, delay=0.01)]) as rig:
        reader = await rig.engine.open(rig.ref())
        await read_to(rig, reader, 0, STREAMED)
        rig.seeds[0].leave()
        asyncio.get_running_loop().call_later(2.0, rig.seeds[0].come_back)
        await read_to(rig, reader, STREAMED, reader.size)
        await until(lambda: is_any(rig, "no_peers", "connect"))
        reader.close()


async def test_a_tracker_is_asked_again_while_there_are_no_peers(tmp_path: Path) -> None:
    async with open_film(tmp_path, [Line()]) as rig, open_tracker() as tracker:
        tracker.interval = 1
        rig.store.add(replace(rig.torrent, trackers=(tracker.url,)), peers=(NOBODY,))
        reader = await rig.engine.open(rig.ref())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(read_to(rig, reader, 0, STEP))
            await until(lambda: tracker.asked == 1)
            tracker.peers = rig.peers
        reader.close()


class FakeSession:
    """`refused` are the hosts that it has no connection with."""

    def __init__(self) -> None:
        self.refused: frozenset[str] = frozenset()
        self.hurried = 0

    async def refuse(self, hosts: frozenset[str]) -> None:
        self.refused = hosts

    def hurry(self) -> None:
        self.hurried += 1


class FakeHandle:
    """A torrent in the session: its peers send as many bytes in each round as `rates` says."""

    def __init__(self) -> None:
        self.rates: Mapping[str, int] = {}
        self.blocks: list[dict[str, Any]] = []
        self.connected: list[tuple[str, int]] = []
        self.announced: list[str] = []
        self.rounds = 0
        self.gone = False

    def get_peer_info(self) -> list[SimpleNamespace]:
        if self.gone:
            raise RuntimeError("invalid torrent handle used [libtorrent:20]")
        self.rounds += 1
        flags = lt.peer_info.seed | lt.peer_info.local_connection
        peers = [(make_peer(host, flags=flags), rate) for host, rate in self.rates.items()]
        for peer, rate in peers:
            peer.total_download = rate * self.rounds
        return [peer for peer, _ in peers]

    def get_download_queue(self) -> list[dict[str, Any]]:
        return [{"piece_index": 2, "blocks": self.blocks}]

    def connect_peer(self, endpoint: tuple[str, int]) -> None:
        self.connected.append(endpoint)

    def force_reannounce(self) -> None:
        self.announced.append("trackers")

    def force_dht_announce(self) -> None:
        self.announced.append("dht")


class FakeRuntime:
    """A reader waits for piece 2 from the beginning on."""

    def __init__(self) -> None:
        self.info_hash = "0" * 40
        self.piece_length = 16 * MIB
        self.grown: list[int] = []
        self.handle = FakeHandle()
        self.peers = ["10.0.0.9:1"]
        self.failed: set[int] = set()
        self.contents = self
        self.stalls = Stalls()
        self.asked_again = 0
        self.now = 100.0
        self.audience = self
        self.readers = {"a player"}

    def clock(self) -> float:
        return self.now

    def find_waiting(self) -> list[Waiting]:
        return [Waiting(self, 2, self.now - 99.0, streams=True)]

    def list_wanted(self) -> list[int]:
        return [1, 2, 3]

    def ask_again(self) -> None:
        self.asked_again += 1

    def piece_grew(self, piece: int) -> None:
        self.grown.append(piece)


class Ward:
    """A torrent that is looked after, with time that passes only as told."""

    def __init__(self) -> None:
        self.session = FakeSession()
        self.runtime = FakeRuntime()
        self.handle = self.runtime.handle
        self._care = SwarmCare(cast("Session", self.session))

    async def look(self, seconds: float, *, loaded: bool = True) -> None:
        """Have it looked after for a while."""
        for _ in range(int(seconds / INTERVAL)):
            self.runtime.now += INTERVAL
            await self._care.look([cast("TorrentRuntime", self.runtime)] if loaded else [])


async def test_a_silent_peer_is_shut_out_and_let_back() -> None:
    ward = Ward()
    ward.handle.rates = {"slow": 0, "fast": MIB}
    ward.handle.blocks = [make_block(1, "slow")]
    await ward.look(1.5)
    assert ward.session.refused == {"slow"}
    ward.handle.rates, ward.handle.blocks = {"fast": MIB}, [make_block(2)]
    await ward.look(SHUT_FOR - 2)
    assert (ward.session.refused, ward.handle.connected) == (frozenset({"slow"}), [])
    await ward.look(2)
    assert (ward.session.refused, ward.handle.connected) == (frozenset(), [("slow", 1)])


async def test_a_good_peer_that_holds_blocks_stays() -> None:
    ward = Ward()
    ward.handle.rates = {"slow": 64 * KIB, "fast": MIB}
    ward.handle.blocks = [make_block(1, "fast")]
    await ward.look(10)
    assert ward.session.refused == frozenset()
    assert ward.runtime.asked_again > 0


async def test_a_lone_silent_peer_is_dropped_and_connected_to_at_once() -> None:
    ward = Ward()
    ward.handle.rates, ward.handle.blocks = {"lone": 0}, [make_block(1, "lone")]
    await ward.look(4.25)
    assert (ward.session.refused, ward.handle.connected) == (frozenset({"lone"}), [])
    ward.handle.rates = {}
    await ward.look(INTERVAL)
    assert ward.session.refused == frozenset()
    assert (ward.handle.connected, ward.session.hurried) == ([("lone", 1)], 1)


async def test_without_peers_the_known_are_connected_to_and_new_ones_asked_for() -> None:
    ward = Ward()
    await ward.look(4)
    assert (ward.handle.connected, ward.session.hurried) == ([("10.0.0.9", 1)], 1)
    assert ward.handle.announced == ["trackers", "dht"]


async def test_who_was_shut_out_for_a_torrent_is_free_when_it_is_unloaded() -> None:
    ward = Ward()
    ward.handle.rates, ward.handle.blocks = {"slow": 0, "fast": MIB}, [make_block(1, "slow")]
    await ward.look(1.5)
    await ward.look(INTERVAL, loaded=False)
    assert ward.session.refused == frozenset()


async def test_who_was_shut_out_comes_back_although_nobody_reads_any_more() -> None:
    ward = Ward()
    ward.handle.rates, ward.handle.blocks = {"slow": 0, "fast": MIB}, [make_block(1, "slow")]
    await ward.look(1.5)
    ward.runtime.readers = set()
    await ward.look(SHUT_FOR)
    assert (ward.session.refused, ward.handle.connected) == (frozenset(), [("slow", 1)])


async def test_the_torrent_is_told_of_blocks_that_came() -> None:
    ward = Ward()
    ward.handle.rates, ward.handle.blocks = {"fast": MIB}, [make_block(1, "fast"), make_block(1, "fast")]
    await ward.look(1)
    assert ward.runtime.grown == []
    ward.handle.blocks = [make_block(3), make_block(1, "fast")]
    await ward.look(1)
    assert ward.runtime.grown == [2]


async def test_a_torrent_that_nobody_reads_is_let_be() -> None:
    ward = Ward()
    ward.runtime.readers = set()
    await ward.look(4)
    assert ward.handle.rounds == 0


async def test_a_torrent_that_left_the_session_meanwhile_is_let_be() -> None:
    ward = Ward()
    ward.handle.gone = True
    await ward.look(4)
    assert ward.handle.connected == []
    assert ward.runtime.stalls.reason_of(2) is None
