"""What settings of the network do to a real session and a real swarm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import libtorrent as lt
import pytest

from momoshtrem import __version__
from momoshtrem.settings import Torrent
from tests.fakes.networks import needs_networks
from tests.fakes.proxies import Proxy, open_http, open_socks5
from tests.fakes.swarm import Line
from tests.fakes.tracker import Tracker, open_tracker
from tests.torrents.contract import until
from tests.torrents.faraway import LINE_END, open_place
from tests.torrents.loopback import LOOPBACK, Loopback, open_loopback, open_seeded, write_folder
from tests.torrents.versions import make_version

FILM = {"film.mkv": 400_001}
TRACKER = "tracker.test"
OPENERS = {"socks5": open_socks5, "http": open_http}


def change(**values: object) -> Torrent:
    return Torrent.model_validate({**LOOPBACK.model_dump(), **values})


@asynccontextmanager
async def open_way(kind: str, peer: str) -> AsyncIterator[tuple[Proxy, Tracker]]:
    """A proxy at the end of the line, and a tracker whose name it alone knows."""
    async with OPENERS[kind](LINE_END, "me", "w@rd") as proxy, open_tracker() as tracker:
        proxy.names[TRACKER] = "127.0.0.1"
        tracker.peers = (peer,)
        yield proxy, tracker


@needs_networks()
@pytest.mark.parametrize(("kind", "sent"), [("socks5", {"tcp", "udp"}), ("http", {"tcp"})])
def test_everything_goes_through_the_proxy(kind: str, sent: set[str], tmp_path: Path) -> None:
    async def play(rig: Loopback) -> None:
        reader = await rig.engine.open(rig.ref())
        for offset in range(0, 100_000, 10_000):
            assert await reader.read(offset, 10) == rig.contents[0][offset : offset + 10]
        reader.close()

    with open_place(tmp_path) as place, place.far.hold(open_way(kind, place.peer)) as (proxy, tracker):
        settings = Torrent.model_validate(
            {
                "listen_port": 0,
                "proxy": proxy.url.replace("w@rd", "w%40rd"),
                "trackers": [f"http://{TRACKER}:{tracker.port}/announce", f"udp://{TRACKER}:9/announce"],
            }
        )
        with place.here.listen("lan0") as packets:
            place.play(play, settings)
            assert set(packets.list_sent()) <= {f"{each} {LINE_END}" for each in sent}
    host, _, port = place.peer.partition(":")
    assert {(TRACKER, tracker.port), (host, int(port))} <= set(proxy.asked)
    assert proxy.refused == 0
    assert tracker.asked


async def test_a_proxy_that_is_gone_lets_nothing_pass(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "Film", FILM)
    async with open_loopback(folder, tmp_path / "cache") as rig:
        rig.settings = change(proxy="http://127.0.0.1:9")
        await rig.restart()
        rig.learn(*rig.peers)
        reader = await rig.engine.open(rig.ref())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await reader.read(0, 10)
        reader.close()
        health = rig.engine.health()
        assert (rig.seeds[0].sent, health.network.proxy) == (0, "http://127.0.0.1:9")
        assert health.can_fetch


@pytest.mark.parametrize(("encryption", "is_plain"), [("required", False), ("off", True)])
async def test_encryption(encryption: str, is_plain: bool, tmp_path: Path) -> None:
    """The line reads what is not encrypted."""
    folder = write_folder(tmp_path / "Film", FILM)
    async with open_loopback(folder, tmp_path / "cache") as rig:
        rig.settings = change(encryption=encryption)
        await rig.restart()
        rig.learn(*rig.peers)
        await rig.fetch()
        assert bool(rig.seeds[0].blocks) is is_plain


async def test_who_is_on_the_block_list_is_never_connected_with(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "Film", FILM)
    async with open_loopback(folder, tmp_path / "cache", lines=[Line(), Line(rate=1e6)]) as rig:
        blocklist = tmp_path / "list.p2p"
        blocklist.write_text(f"Somebody:{rig.peer.split(':')[0]}-{rig.peer.split(':')[0]}\n")
        rig.settings = change(blocklist=str(blocklist))
        await rig.restart()
        rig.learn(*rig.peers)
        await rig.fetch()
        assert rig.seeds[0].sent == 0
        assert rig.seeds[1].blocks
        status = rig.engine.health().network.blocklist
        assert status
        assert (status.ranges, status.wrong, status.problem) == (1, 0, None)


@pytest.mark.parametrize("private", [False, True])
async def test_only_torrents_that_are_not_private_ask_our_trackers(private: bool, tmp_path: Path) -> None:
    blob = make_version(tmp_path / "Film", "v1", private=private)
    async with open_tracker() as tracker, open_seeded(blob, tmp_path / "Film", tmp_path / "cache") as rig:
        rig.settings = change(trackers=[tracker.url])
        await rig.restart()
        rig.learn(*rig.peers)
        await rig.fetch()
        handle = rig.find_handle()
        assert handle
        assert [each["url"] for each in handle.trackers()] == ([] if private else [tracker.url])
        assert bool(handle.flags() & lt.torrent_flags.disable_pex) is private
        await rig.engine.add_trackers(rig.info_hash, ("http://other.test/announce",))
        assert (len(handle.trackers()) > 1) is not private
        if not private:
            await until(lambda: tracker.asked > 0)
            assert tracker.agents == {f"momoshtrem/{__version__} libtorrent/{lt.__version__}"}


async def test_our_trackers_find_the_file_list_and_are_not_kept(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "Film", FILM)
    async with open_loopback(folder, tmp_path / "cache") as rig, open_tracker() as tracker:
        tracker.peers = rig.peers
        rig.settings = change(trackers=[tracker.url])
        await rig.restart()
        found = await rig.engine.fetch_metadata(rig.magnet())
        assert (found.info_hash, found.trackers) == (rig.info_hash, ())
