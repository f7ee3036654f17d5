"""A plain libtorrent client, to see what peers really deliver."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import libtorrent as lt

from momoshtrem.torrents.metainfo import split_peer

SETTINGS: lt.settings_pack = {
    "listen_interfaces": "127.0.0.1:0",
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "enable_outgoing_utp": False,
    "alert_mask": 0,
}


class Leecher:
    """Takes what one torrent's peers have, for as long as it is open, and hashes all of it."""

    def __init__(self, torrent: bytes, folder: Path) -> None:
        self._session = lt.session(SETTINGS | {"min_reconnect_time": 1})
        params = lt.load_torrent_buffer(torrent)
        params.save_path = str(folder)
        params.flags &= ~(lt.torrent_flags.paused | lt.torrent_flags.auto_managed)
        self._handle = self._session.add_torrent(params)

    def connect(self, peer: str) -> None:
        """To `host:port`, again if the connection was lost."""
        self._handle.connect_peer(split_peer(peer))

    def status(self) -> lt.torrent_status:
        return self._handle.status()


async def download(torrent: bytes, peers: Sequence[str], folder: Path) -> lt.torrent_status:
    """Fetch the whole torrent into `folder` from `host:port` peers; gives the last status."""
    session = lt.session(SETTINGS)
    params = lt.load_torrent_buffer(torrent)
    params.save_path = str(folder)
    params.flags &= ~(lt.torrent_flags.paused | lt.torrent_flags.auto_managed)
    params.peers = [split_peer(peer) for peer in peers]
    torrent_handle = session.add_torrent(params)
    while not (status := torrent_handle.status()).is_seeding:
        await asyncio.sleep(0.02)
    return status
