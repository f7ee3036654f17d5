"""Torrents over REST."""

from __future__ import annotations

from fastapi import Query

from momoshtrem.faces.api.answers import Page, Torrent, TorrentDetails
from momoshtrem.faces.api.bodies import Peers
from momoshtrem.faces.api.inputs import InfoHash, Limit, Offset, Wired


async def list_torrents(services: Wired, limit: Limit = 50, offset: Offset = 0) -> Page[Torrent]:
    """Torrents with their live status."""
    page = await services.torrents.list_page(limit, offset)
    items = [Torrent.of(view) for view in page.items]
    return Page[Torrent](items=items, total=page.total, limit=limit, offset=offset)


async def get_torrent(info_hash: InfoHash, services: Wired) -> TorrentDetails:
    """A torrent with its live status, its files and what they are assigned to."""
    return TorrentDetails.with_files(*await services.torrents.get(info_hash))


async def remove_torrent(
    info_hash: InfoHash,
    services: Wired,
    delete_data: bool = Query(False, description="Also delete its bytes on disk."),
) -> None:
    """Remove a torrent: its items lose their files, and whoever is reading is cut off."""
    await services.torrents.remove(info_hash, delete_files=delete_data)


async def evict_torrent(info_hash: InfoHash, services: Wired) -> None:
    """Take a torrent out of the cache, pinned or not; it stays in the library."""
    await services.torrents.evict(info_hash)


async def add_peers(info_hash: InfoHash, body: Peers, services: Wired) -> None:
    """Name peers to a torrent."""
    await services.torrents.add_peers(info_hash, tuple(body.peers))
