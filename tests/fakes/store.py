"""What the engine is given as its database, in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from momoshtrem.errors import MomoshtremError, NotFound
from momoshtrem.model.stored import Traffic
from momoshtrem.model.torrent import Metainfo, TorrentFile
from momoshtrem.torrents.containers.outline import Outline
from momoshtrem.torrents.engine import CachedTorrent, Ranges, StoredTorrent


class MemoryStore:
    """A `TorrentStore`. `saved` names every save in order; `failure` is raised by the saves that follow.

    `looks` counts how often all torrents were looked through. `awaiting` are the peers of torrents that have
    no metainfo yet, `kept` the `ends` and `pinned` of others.
    As in the library, a save for a torrent that is gone by now does nothing.
    """

    def __init__(self, *torrents: StoredTorrent) -> None:
        self.torrents = {torrent.metainfo.info_hash: torrent for torrent in torrents}
        self.awaiting: dict[str, tuple[str, ...]] = {}
        self.kept: dict[str, tuple[Ranges, Ranges]] = {}
        self.looks = 0
        self.saved: list[tuple[str, str]] = []
        self.failure: MomoshtremError | None = None

    def add(self, metainfo: Metainfo, *, peers: tuple[str, ...] = ()) -> None:
        self.torrents[metainfo.info_hash] = StoredTorrent(metainfo, peers=peers)

    async def load(self, info_hash: str) -> StoredTorrent:
        try:
            return self.torrents[info_hash]
        except KeyError:
            raise NotFound("There is no such torrent.") from None

    async def load_peers(self, info_hash: str) -> tuple[str, ...]:
        if info_hash in self.awaiting:
            return self.awaiting[info_hash]
        return (await self.load(info_hash)).peers

    async def load_files(self, info_hash: str) -> tuple[TorrentFile, ...]:
        torrent = self.torrents.get(info_hash)
        return torrent.metainfo.files if torrent else ()

    async def list_cached(self) -> list[CachedTorrent]:
        self.looks += 1
        return [self._cached(torrent) for torrent in self.torrents.values() if any(torrent.readable)]

    async def find_cached(self, info_hash: str) -> CachedTorrent | None:
        torrent = self.torrents.get(info_hash)
        return self._cached(torrent) if torrent and any(torrent.readable) else None

    async def save_readable(self, info_hash: str, readable: bytes) -> None:
        self._save(info_hash, readable=readable)

    async def save_stamps(self, info_hash: str, stamps: bytes) -> None:
        self._save(info_hash, stamps=stamps)

    async def list_traffic(self) -> dict[str, Traffic]:
        return {key: torrent.traffic for key, torrent in self.torrents.items() if any(torrent.readable)}

    async def save_traffic(self, info_hash: str, total: Traffic) -> None:
        self._save(info_hash, traffic=total)

    async def save_outline(self, info_hash: str, file_index: int, outline: Outline) -> None:
        if torrent := self.torrents.get(info_hash):
            self._save(info_hash, outlines={**torrent.outlines, file_index: outline})

    async def save_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        if info_hash in self.awaiting:
            self.awaiting[info_hash] = peers
        self._save(info_hash, peers=peers)

    def _cached(self, torrent: StoredTorrent) -> CachedTorrent:
        metainfo = torrent.metainfo
        sizes = metainfo.piece_length, metainfo.total_size
        ends, pinned = self.kept.get(metainfo.info_hash, ((), ()))
        return CachedTorrent(metainfo.info_hash, *sizes, torrent.readable, torrent.stamps, ends, pinned)

    def _save(self, info_hash: str, **column: Any) -> None:
        if self.failure:
            raise self.failure
        if torrent := self.torrents.get(info_hash):
            self.torrents[info_hash] = replace(torrent, **column)
            self.saved += [(name, info_hash) for name in column]
