"""An engine without libtorrent, disk or network: the swarm is what the test says.

engine.share(metainfo, content)                      its swarm gives every piece at once
engine.share(metainfo, content, peers=("10.0.0.1:6881",))   only to who knows one of these peers, or trackers
engine.share(metainfo, content, live=False)          it gives what `deliver` says, and no more
engine.fail(info_hash, StorageFailed("The disk is full."))      its reads, or the search for its metainfo
engine.fetch_status = FetchStatus(peers=3, …)        how every search stands
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from momoshtrem.errors import Conflict, MomoshtremError, NoData, NotFound, Unavailable
from momoshtrem.model.network import NetworkStatus
from momoshtrem.model.torrent import FileRef, Magnet, Metainfo
from momoshtrem.settings import Transfer
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.counters import CacheStatus, Counters
from momoshtrem.torrents.engine import (
    EngineHealth,
    FetchStatus,
    SwarmTotals,
    TorrentStatus,
    TorrentStore,
    Wait,
)
from momoshtrem.torrents.metainfo import hashes_of, split_peer
from tests.fakes.torrent import FakeReader, FakeSwarm, FakeTorrent


@dataclass(eq=False, slots=True)
class FakeFetch:
    """A search for metainfo; it outlives its callers, as a real one does for a while."""

    hashes: set[str]
    peers: tuple[str, ...] = ()
    callers: int = 0
    failure: MomoshtremError | None = None


class FakeEngine:
    """Implements `engine.Engine`. `opened` and `removed` keep what was asked of it.

    With a `listen_problem` no port is open to peers. `totals` are what went over the wire, `transfer` what it
    was told last of how much may.
    """

    def __init__(self, store: TorrentStore, read_timeout: float = 0.05) -> None:
        self.opened: list[FileRef] = []
        self.warmed: list[tuple[FileRef, int]] = []
        self.removed: list[tuple[str, bool]] = []
        self._store = store
        self.read_timeout = read_timeout
        self.listen_problem: str | None = None
        self.network = NetworkStatus()
        self.cache = CacheStatus()
        self.fetch_status = FetchStatus(peers=0, named=0, trackers=0, answered=0, errors=(), dht=True)
        self._swarms: dict[str, FakeSwarm] = {}
        self._disk: dict[str, Pieces] = {}
        self._loaded: dict[str, FakeTorrent] = {}
        self._fetches: dict[str, FakeFetch] = {}
        self._changed = asyncio.Event()
        self._stopped = asyncio.Event()
        self.counters = Counters()
        self.totals = SwarmTotals()
        self.transfer = Transfer()

    # the script

    def share(
        self, metainfo: Metainfo, content: bytes, *, peers: tuple[str, ...] = (), live: bool = True
    ) -> None:
        """From now on this torrent has a swarm."""
        swarm = FakeSwarm(metainfo, content, frozenset(peers), live)
        self._swarms[metainfo.info_hash] = swarm
        if torrent := self._loaded.get(metainfo.info_hash):
            torrent.swarm = swarm
            torrent.wake()
        self._wake_fetches()

    def unshare(self, info_hash: str) -> None:
        """The swarm gives nothing more; what was fetched stays."""
        self._swarms[info_hash].live = False

    def deliver(self, info_hash: str, *pieces: int) -> None:
        """These pieces are on disk now, whether the torrent is loaded or not."""
        for piece in pieces:
            self._pieces(self._swarms[info_hash].metainfo).add(piece)
        if torrent := self._loaded.get(info_hash):
            torrent.wake()

    def fail(self, info_hash: str, error: MomoshtremError) -> None:
        """End the reads of a loaded torrent that wait, now and later, with this error; or its search."""
        if torrent := self._loaded.get(info_hash):
            torrent.fail(error)
        else:
            self._fail_fetch(self._fetches[info_hash], error)

    # what happened

    def list_readers(self) -> list[FakeReader]:
        """The readers that are open."""
        return [reader for torrent in self._loaded.values() for reader in torrent.readers]

    def list_wishes(self, info_hash: str) -> set[int]:
        """The pieces that readers of the torrent wait for."""
        torrent = self._loaded.get(info_hash)
        return {r.wish for r in torrent.readers if r.wish is not None} if torrent else set()

    def count_fetches(self) -> int:
        """The searches that somebody waits for."""
        return sum(fetch.callers > 0 for fetch in set(self._fetches.values()))

    def has_bytes(self, info_hash: str) -> bool:
        return info_hash in self._disk and self._disk[info_hash].count() > 0

    # the engine

    async def start(self) -> None:
        self._stopped.clear()

    async def close(self) -> None:
        self._stopped.set()
        for fetch in list(self._fetches.values()):
            self._fail_fetch(fetch, Unavailable("The server is stopping."))
        for torrent in list(self._loaded.values()):
            torrent.fail(Unavailable("The server is stopping."))
            await self._unload(torrent)

    async def fetch_metadata(self, magnet: Magnet) -> Metainfo:
        fetch = self._fetches.setdefault(magnet.info_hash, FakeFetch(hashes_of(magnet)))
        self._fetches |= dict.fromkeys(fetch.hashes, fetch)
        fetch.peers += magnet.peers
        self._wake_fetches()
        fetch.callers += 1
        try:
            metainfo = await self._find(fetch)
        finally:
            fetch.callers -= 1
        self._forget_fetch(fetch)
        return replace(metainfo, trackers=tuple(dict.fromkeys([*metainfo.trackers, *magnet.trackers])))

    async def open(self, ref: FileRef) -> FakeReader:
        torrent = self._loaded.get(ref.info_hash) or await self._load(ref.info_hash)
        reader = FakeReader(torrent, torrent.find_file(ref), self.read_timeout, self.counters)
        torrent.readers.append(reader)
        self.opened.append(ref)
        return reader

    async def warm(self, ref: FileRef, rate: int) -> int:
        """Head and end of the file, as if nothing more were known; `warmed` keeps what was asked."""
        self.warmed.append((ref, rate))
        torrent = self._loaded.get(ref.info_hash) or await self._load(ref.info_hash)
        pieces = [p for p in torrent.find_cold(torrent.find_file(ref)) if p not in torrent.pieces]
        torrent.warmings += 1
        try:
            async with asyncio.timeout(self.read_timeout):
                for piece in pieces:
                    await torrent.fetch(piece)
        except TimeoutError:
            raise NoData(f"Nothing came from the swarm for {self.read_timeout:g} s.") from None
        finally:
            torrent.warmings -= 1
        return len(pieces) * torrent.metainfo.piece_length

    async def add_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        for peer in peers:
            split_peer(peer)
        known = tuple(dict.fromkeys([*peers, *await self._store.load_peers(info_hash)]))
        await self._store.save_peers(info_hash, known)
        if fetch := self._fetches.get(info_hash):
            fetch.peers += peers
            self._wake_fetches()
        if torrent := self._loaded.get(info_hash):
            torrent.peers = known
            torrent.wake()

    async def add_trackers(self, info_hash: str, trackers: tuple[str, ...]) -> None:
        if torrent := self._loaded.get(info_hash):
            torrent.trackers += trackers
            torrent.wake()

    async def remove(self, info_hash: str, *, delete_files: bool) -> None:
        self.removed.append((info_hash, delete_files))
        if fetch := self._fetches.get(info_hash):
            self._fail_fetch(fetch, NotFound("The torrent was removed."))
        if torrent := self._loaded.pop(info_hash, None):
            torrent.pieces = Pieces(torrent.metainfo.piece_count)
            torrent.fail(NotFound("The torrent was removed."))
        if delete_files:
            self._disk.pop(info_hash, None)

    async def evict(self, info_hash: str) -> None:
        if torrent := self._loaded.get(info_hash):
            if torrent.readers or torrent.warmings:
                raise Conflict("The torrent is in use.")
            await self._unload(torrent)
        self._disk.pop(info_hash, None)
        await self._store.save_readable(info_hash, b"")

    def find_fetch(self, info_hash: str) -> FetchStatus | None:
        return self.fetch_status if info_hash in self._fetches else None

    def find_status(self, info_hash: str) -> TorrentStatus | None:
        torrent = self._loaded.get(info_hash)
        if torrent is None:
            return None
        return TorrentStatus(
            info_hash=info_hash,
            state=torrent.find_state(),
            progress=torrent.pieces.count() / len(torrent.pieces),
            download_rate=0,
            upload_rate=0,
            peers=len(torrent.peers) if torrent.can_deliver() else 0,
            readers=tuple(reader.describe() for reader in torrent.readers),
            downloaded=torrent.pieces.count() * torrent.metainfo.piece_length,
            reason=str(torrent.failure) if torrent.failure else None,
            waits=tuple(
                Wait(reader.wish, 1.0, "no_peers") for reader in torrent.readers if reader.wish is not None
            ),
        )

    def set_transfer(self, transfer: Transfer) -> None:
        self.transfer = transfer

    async def measure(self) -> SwarmTotals:
        return self.totals

    def health(self) -> EngineHealth:
        loaded = (self.find_status(info_hash) for info_hash in self._loaded)
        return EngineHealth(
            running=not self._stopped.is_set(),
            listen_port=None if self.listen_problem else 6881,
            listen_problem=self.listen_problem,
            loaded=tuple(status for status in loaded if status),
            cache=self.cache,
            network=self.network,
        )

    def _pieces(self, metainfo: Metainfo) -> Pieces:
        return self._disk.setdefault(metainfo.info_hash, Pieces(metainfo.piece_count))

    async def _load(self, info_hash: str) -> FakeTorrent:
        stored = await self._store.load(info_hash)
        pieces = self._pieces(stored.metainfo)
        torrent = FakeTorrent(stored.metainfo, self._swarms.get(info_hash), pieces, stored.peers)
        return self._loaded.setdefault(info_hash, torrent)

    async def _unload(self, torrent: FakeTorrent) -> None:
        del self._loaded[torrent.metainfo.info_hash]
        await self._store.save_readable(torrent.metainfo.info_hash, torrent.pieces.pack())

    async def _find(self, fetch: FakeFetch) -> Metainfo:
        while fetch.failure is None:
            for swarm in self._swarms.values():
                if not fetch.hashes.isdisjoint(hashes_of(swarm.metainfo)) and swarm.is_known_by(fetch.peers):
                    return swarm.metainfo
            await self._changed.wait()
        raise fetch.failure

    def _wake_fetches(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _fail_fetch(self, fetch: FakeFetch, error: MomoshtremError) -> None:
        fetch.failure = error
        self._forget_fetch(fetch)
        self._wake_fetches()

    def _forget_fetch(self, fetch: FakeFetch) -> None:
        self._fetches = {key: each for key, each in self._fetches.items() if each is not fetch}
