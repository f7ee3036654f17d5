"""Peers that delivered, remembered for the next time."""

from __future__ import annotations

import asyncio
import contextlib

import libtorrent as lt

from momoshtrem.errors import NotFound
from momoshtrem.torrents.engine import TorrentStore
from momoshtrem.torrents.metainfo import join_peer

MAX_KNOWN_PEERS = 50


async def find_peers(handle: lt.torrent_handle) -> tuple[str, ...]:
    """Those that delivered and can be connected to again, who delivered most first."""
    found: list[lt.peer_info] = []
    with contextlib.suppress(RuntimeError):
        found = await asyncio.to_thread(handle.get_peer_info)
    good = [peer for peer in found if peer.total_download and peer.flags & lt.peer_info.local_connection]
    return tuple(join_peer(*peer.ip) for peer in sorted(good, key=lambda peer: -peer.total_download))


async def save_peers(store: TorrentStore, info_hash: str, peers: tuple[str, ...]) -> None:
    """Keep them beside those that are stored."""
    if peers:
        with contextlib.suppress(NotFound):
            await store.save_peers(info_hash, newest(peers, await store.load_peers(info_hash)))


def newest(peers: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """The peers to keep, the best first."""
    return tuple(dict.fromkeys([*peers, *known]))[:MAX_KNOWN_PEERS]
