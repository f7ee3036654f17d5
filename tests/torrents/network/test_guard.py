from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import libtorrent as lt
import pytest

from momoshtrem.errors import MomoshtremError, Unavailable
from momoshtrem.model.network import BlocklistStatus, NetworkStatus
from momoshtrem.settings import Torrent
from momoshtrem.torrents.network.guard import LIST, Guard
from momoshtrem.torrents.network.interfaces import Address, Binding, find_binding
from momoshtrem.torrents.network.refusals import Refusals
from momoshtrem.torrents.readers.reader import SwarmReader
from tests.fakes.networks import needs_networks
from tests.torrents.contract import until
from tests.torrents.faraway import FAR, Place, open_place
from tests.torrents.loopback import LOOPBACK, Loopback

TUN = (Address("tun0", ""), Address("tun0", "198.51.100.2"))
STRANGER = "10.94.9.8"
GONE = "The interface tun0 is gone: nothing is downloaded until it is back."


class FakeSession:
    """Remembers what it was told last."""

    def __init__(self, binding: Binding) -> None:
        self.binding = binding
        self.held: set[str] = set()
        self.refusals = Refusals(lt.session({"listen_interfaces": ""}))
        self.bound = 0

    def bind(self, binding: Binding) -> None:
        self.binding = binding
        self.bound += 1

    def hold(self, reason: str) -> None:
        self.held.add(reason)

    def release(self, reason: str) -> None:
        self.held.discard(reason)


class Scene:
    """A guard of what is `here`; `error` is what those who wait were given last."""

    def __init__(self, here: tuple[Address, ...], **values: Any) -> None:
        self.here = here
        self.error: MomoshtremError | None = None
        settings = Torrent.model_validate({"interface": "tun0", **values})
        self.session = FakeSession(find_binding(settings.interfaces, here))
        self.guard = Guard(settings, self.session, self.cut_off, lambda: self.here)

    def cut_off(self, error: MomoshtremError | None) -> None:
        self.error = error


async def test_nothing_is_bound_anew_while_nothing_changes() -> None:
    scene = Scene(TUN)
    scene.guard.look()
    assert (scene.session.bound, scene.error) == (0, None)
    assert scene.guard.describe() == NetworkStatus("tun0", ("198.51.100.2",))


async def test_an_interface_goes_and_comes_back_with_another_address() -> None:
    scene = Scene(TUN)
    scene.here = ()
    scene.guard.look()
    assert isinstance(scene.error, Unavailable)
    assert str(scene.error) == GONE
    assert scene.guard.describe() == NetworkStatus("tun0", (), GONE)
    scene.here = (Address("tun0", "198.51.100.9"),)
    scene.guard.look()
    assert scene.error is None
    assert scene.session.binding.listen == ("198.51.100.9",)


async def test_one_that_is_missing_at_the_start_is_told_at_once() -> None:
    assert str(Scene(()).error) == GONE


async def test_a_proxy_is_told_without_its_password() -> None:
    scene = Scene(TUN, interface="", proxy="socks5://me:secret@192.0.2.1:1080")
    assert scene.guard.describe() == NetworkStatus(proxy="socks5://192.0.2.1:1080")


async def test_nothing_runs_before_the_block_list_was_read(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("192.0.2.1\n")
    scene = Scene(TUN, blocklist=str(path))
    assert scene.session.held == {LIST}
    assert scene.guard.describe().blocklist == BlocklistStatus()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(scene.guard.run())
        await until(lambda: not scene.session.held)
        running.cancel()
    status = scene.guard.describe().blocklist
    assert status
    assert status.ranges == 1


# with networks of their own: a tunnel, and a line by which everything could leave beside it


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with open_place(tmp_path) as place:
        yield place


def bound_to(interface: str) -> Torrent:
    return LOOPBACK.model_copy(update={"interface": interface})


@needs_networks()
def test_everything_leaves_by_the_interface(place: Place) -> None:
    async def read(rig: Loopback) -> None:
        reader = await rig.engine.open(rig.ref())
        assert await reader.read(0, 1000) == rig.contents[0][:1000]
        reader.close()

    place.open_tunnel()
    with place.here.listen("lan0") as line, place.here.listen("tun0") as tunnel:
        for interface in ("tun0", "10.94.1.1", "wg0, tun0"):
            place.play(read, bound_to(interface), place.peer)
            assert line.list_sent() == []
            assert f"tcp {FAR}" in tunnel.list_sent()


@needs_networks()
def test_without_its_interface_nothing_leaves_and_what_is_here_is_served(place: Place) -> None:
    async def lose_and_regain(rig: Loopback) -> None:
        film, engine = rig.contents[0], rig.engine
        reader = await engine.open(rig.ref())
        for offset in range(0, 1_200_000, 50_000):
            assert await reader.read(offset, 10) == film[offset : offset + 10]
        place.close_tunnel()
        with pytest.raises(Unavailable) as caught:
            await read_on(reader, 1_200_000)
        assert str(caught.value) == GONE
        line.list_sent()
        assert await reader.read(0, 1000) == film[:1000]
        await nothing_is_tried(rig, line.list_sent)
        status = engine.find_status(rig.info_hash)
        assert status
        assert (status.state, status.stalls, engine.health().can_fetch) == ("streaming", (), False)
        place.open_tunnel("10.94.3")
        await until(lambda: engine.health().can_fetch)
        assert engine.health().network == NetworkStatus("tun0", ("10.94.3.1",))
        assert await reader.read(3_900_000, 10) == film[3_900_000:3_900_010]
        reader.close()

    place.open_tunnel()
    with place.here.listen("lan0") as line:
        place.play(lose_and_regain, bound_to("tun0"), place.peer)
        assert f"tcp {FAR}" not in line.list_sent()


async def read_on(reader: SwarmReader, offset: int) -> None:
    while found := await reader.read(offset, 5000):
        offset += len(found)


async def nothing_is_tried(rig: Loopback, list_sent: Callable[[], list[str]]) -> None:
    """Whatever is asked for, by names too, nothing leaves by the other way."""
    handle = rig.find_handle()
    assert handle
    handle.add_tracker({"url": f"http://{FAR}:7000/announce"})
    handle.add_tracker({"url": f"udp://{FAR}:7001/announce"})
    handle.add_tracker({"url": "http://tracker.test:7000/announce"})
    handle.add_url_seed("http://seed.test:7003/film")
    for _ in range(3):
        handle.connect_peer((STRANGER, 7002))
        handle.force_reannounce()
        handle.force_dht_announce()
        await asyncio.sleep(0.2)
    assert list_sent() == []


@needs_networks()
def test_what_is_missing_at_the_start_is_awaited(place: Place) -> None:
    """DHT would look up its first nodes."""

    async def start_without(rig: Loopback) -> None:
        assert rig.engine.health().network.problem == GONE
        reader = await rig.engine.open(rig.ref())
        with pytest.raises(Unavailable, match="tun0"):
            await reader.read(0, 10)
        await asyncio.sleep(0.2)
        assert line.list_sent() == []
        place.open_tunnel()
        await until(lambda: rig.engine.health().can_fetch)
        assert await reader.read(0, 10) == rig.contents[0][:10]
        reader.close()

    with place.here.listen("lan0") as line:
        with_dht = bound_to("tun0").model_copy(update={"dht": True})
        place.play(start_without, with_dht, place.peer)
        assert f"tcp {FAR}" not in line.list_sent()
