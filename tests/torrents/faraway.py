"""An engine in a network of its own: a tunnel, a line beside it, and a swarm that is reached by both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from momoshtrem.settings import Torrent
from momoshtrem.torrents.metainfo import parse_metainfo
from momoshtrem.torrents.seeding import Seeder, make_torrent
from tests.fakes.networks import Network
from tests.fakes.swarm import KIB, Line, Peer
from tests.torrents.loopback import Loopback, write_folder

FAR = "10.94.9.9"
"""By the routes of the system it is reached by the line."""
LINE_END = "10.94.2.2"
FILM = {"film.mkv": 4_000_000}
Film = Callable[[Loopback], Awaitable[None]]


class Place:
    """A swarm that is far away, and the ways to it; `peer` is its only one."""

    def __init__(self, here: Network, far: Network, root: Path, peer: str) -> None:
        self.here = here
        self.far = far
        self.peer = peer
        self._root = root
        self._blob = root.with_suffix(".torrent").read_bytes()

    def open_tunnel(self, net: str = "10.94.1") -> None:
        self.here.link(self.far, "tun0", net)

    def close_tunnel(self) -> None:
        self.here.ip("link", "del", "tun0")

    def play(self, film: Film, settings: Torrent, *peers: str) -> None:
        """With an engine that has these settings, an empty cache, and knows these peers."""
        self.here.run(asyncio.run, self._play(film, settings, peers))

    async def _play(self, film: Film, settings: Torrent, peers: tuple[str, ...]) -> None:
        cache = self._root.parent / f"cache {settings.interface}"
        async with AsyncExitStack() as swarm, asyncio.TaskGroup() as tasks:
            rig = Loopback(parse_metainfo(self._blob), self._root, cache, swarm, tasks)
            rig.settings = settings
            rig.learn(*peers)
            await rig.start()
            try:
                await film(rig)
            finally:
                await rig.engine.close()


@contextmanager
def open_place(folder: Path) -> Iterator[Place]:
    """With a line only; the tunnel is to be opened."""
    root = write_folder(folder / "Film", FILM)
    torrent = root.with_suffix(".torrent")
    torrent.write_bytes(make_torrent(root, 16 * KIB))
    with Network() as here, Network() as far:
        here.link(far, "lan0", LINE_END.rpartition(".")[0])
        here.ip("route", "add", "default", "via", LINE_END)
        far.ip("addr", "add", f"{FAR}/32", "dev", "lo")
        with far.hold(open_peer(torrent, folder)) as peer:
            yield Place(here, far, root, peer)


@asynccontextmanager
async def open_peer(torrent: Path, folder: Path) -> AsyncIterator[str]:
    """libtorrent would bind to the device of the address, so what is reached is a line of ours."""
    async with Seeder(torrent, folder) as seeder:
        peer = Peer(Line(rate=1.5e6), seeder, FAR)
        async with peer.listen():
            yield peer.address
