"""The engine as the rest of the program sees it.

`Engine` is implemented by `libtorrent_engine.LibtorrentEngine` and by the fake of the tests; both pass one
contract suite. What must outlast the process goes through the `TorrentStore` that the engine is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from momoshtrem.model.network import NetworkStatus
from momoshtrem.model.stored import Traffic
from momoshtrem.model.torrent import FileRef, Magnet, Metainfo, TorrentFile
from momoshtrem.settings import Transfer
from momoshtrem.torrents.containers.outline import Outline
from momoshtrem.torrents.counters import CacheStatus, Counters


@dataclass(frozen=True, slots=True)
class StoredTorrent:
    """As stored. `readable` has one bit per piece, most significant first; `peers` are `host:port`.

    `outlines` are by the index of their file, as far as they were learned. `stamps` say when each region was
    last read, as the cache packs them.
    """

    metainfo: Metainfo
    readable: bytes = b""
    peers: tuple[str, ...] = ()
    outlines: Mapping[int, Outline] = field(default_factory=dict)
    stamps: bytes = b""
    traffic: Traffic = field(default_factory=Traffic)


Ranges = tuple[range, ...]
"""Of bytes of a torrent, in order and with gaps between them."""


@dataclass(frozen=True, slots=True)
class CachedTorrent:
    """A torrent of which some pieces are on disk; sizes are in bytes, `readable` and `stamps` as stored.

    `ends` are what players read first of the assigned files, which stays long; `pinned` are the shown files
    of pinned items, which stay.
    """

    info_hash: str
    piece_length: int
    total_size: int
    readable: bytes
    stamps: bytes = b""
    ends: Ranges = ()
    pinned: Ranges = ()


class TorrentStore(Protocol):
    """Where the engine keeps what a later open needs."""

    async def load(self, info_hash: str) -> StoredTorrent:
        """A torrent that is opened, and counts as used now.

        Raises NotFound for an unknown torrent, Unavailable for one that awaits its metadata.
        """

    async def load_peers(self, info_hash: str) -> tuple[str, ...]:
        """The known peers, also of a torrent that awaits its metadata. Raises NotFound."""

    async def load_files(self, info_hash: str) -> tuple[TorrentFile, ...]:
        """The files in order of their index; none of a torrent that is gone or awaits its metadata."""

    async def list_cached(self) -> list[CachedTorrent]:
        """All torrents of which some piece is on disk."""

    async def find_cached(self, info_hash: str) -> CachedTorrent | None:
        """One of those; None when nothing of it is on disk."""

    async def save_readable(self, info_hash: str, readable: bytes) -> None:
        """Keep the bitmap of pieces that are on disk; called after their bytes are synced."""

    async def save_stamps(self, info_hash: str, stamps: bytes) -> None:
        """Keep when each region was last read."""

    async def list_traffic(self) -> Mapping[str, Traffic]:
        """What went over the wire of each torrent of which some piece is on disk, by its info-hash."""

    async def save_traffic(self, info_hash: str, total: Traffic) -> None:
        """Keep what went over the wire in all."""

    async def save_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        """Keep peers that delivered, best first."""

    async def save_outline(self, info_hash: str, file_index: int, outline: Outline) -> None:
        """Keep what was learned of a file."""


Reason = Literal[
    "no_peers",
    "connecting",
    "nobody_has_it",
    "choked",
    "held",
    "silent",
    "slow_swarm",
    "hash_failed",
    "disk",
    "unknown",
]
"""Why a piece is not here: nobody is connected, or not yet; no connected peer has it; those that have it
choke us; a slow peer holds blocks of it while others are free; all who were asked are silent; it comes, but
slower than it is read; it came with wrong bytes; it is here and being checked; none of these."""
Cure = Literal["connect", "announce", "ask_again", "shut_out", "reconnect"]
"""Connect to the known peers again, ask trackers and DHT for more, ask the swarm for the piece anew, shut out
the peers that hold it, or connect to them anew."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A reader has got nothing for `seconds`, since `piece` of its torrent is not on disk.

    `reason` is None until it is looked into.
    """

    piece: int
    seconds: float
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Stall:
    """A reader that streamed had to wait for a piece; `cures` are what was tried, first things first."""

    piece: int
    seconds: float
    reason: Reason
    cures: tuple[Cure, ...]


@dataclass(frozen=True, slots=True)
class StallCount:
    """How many stalls had this reason, and how long they took together."""

    reason: Reason
    count: int
    seconds: float


ReaderKind = Literal["probe", "scan", "playback", "copy"]
"""A reader that was given little yet; such a one while many files are opened; one that streams; one that is
further ahead than any player reads."""


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """An open reader. It stands at byte `position` of its file and reads `rate` bytes per second of late.

    `window` bytes from there on are fetched, 0 while it wants nothing.
    """

    file_index: int
    kind: ReaderKind
    position: int
    window: int
    rate: int


@dataclass(frozen=True, slots=True)
class TorrentStatus:
    """A torrent that is loaded. Rates are bytes per second, `progress` is the share of pieces on disk.

    `state` is streaming, warming, seeding, idle or failed. Unless it is used again it `leaves_in` so many
    seconds; None means that it stays. `downloaded` counts bytes since it was loaded, `total` over all its
    loads. `reason` is the sentence of the error that ended its reads; `waits` are of those readers that wait.
    `stalls` are those that are over, since it was loaded; `last_stalls` the newest of them, newest first.
    """

    info_hash: str
    state: str
    progress: float
    download_rate: int
    upload_rate: int
    peers: int
    readers: tuple[ReaderStatus, ...]
    downloaded: int
    reason: str | None = None
    waits: tuple[Wait, ...] = ()
    stalls: tuple[StallCount, ...] = ()
    last_stalls: tuple[Stall, ...] = ()
    total: Traffic = field(default_factory=Traffic)
    leaves_in: float | None = None


@dataclass(frozen=True, slots=True)
class FetchStatus:
    """A search for metainfo that is under way.

    `peers` are connected; `named` peers and `trackers` are those it was told of. Of the trackers, `answered`
    did so at their last announce; `errors` says of others, by their host, why they did not.
    """

    peers: int
    named: int
    trackers: int
    answered: int
    errors: tuple[str, ...]
    dht: bool


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """Whether peers can reach the engine, and what is loaded.

    `listen_port` is None as long as no port is open; `listen_problem` then says why, once that is known.
    """

    running: bool
    listen_port: int | None
    listen_problem: str | None
    loaded: tuple[TorrentStatus, ...]
    network: NetworkStatus = field(default_factory=NetworkStatus)
    cache: CacheStatus = field(default_factory=CacheStatus)

    @property
    def states(self) -> Mapping[str, int]:
        """How many torrents are loaded, by their state."""
        return Counter(each.state for each in self.loaded)

    @property
    def can_fetch(self) -> bool:
        """Whether any peer can be reached. Behind a proxy no port is open, and none is needed."""
        way = self.listen_port is not None or self.network.proxy is not None
        return way and self.network.problem is None


@dataclass(frozen=True, slots=True)
class SwarmTotals:
    """Bytes of payload and pieces, of all torrents since the engine was started.

    Of the bytes that were `received`, `failed` ones were wrong and `redundant` ones were here already.
    """

    received: int = 0
    sent: int = 0
    failed: int = 0
    redundant: int = 0
    pieces_passed: int = 0
    pieces_failed: int = 0


class Reader(Protocol):
    """One open file. Its position drives the swarm; closing it drops its wishes."""

    @property
    def size(self) -> int: ...

    async def read(self, offset: int, limit: int) -> bytes | bytearray:
        """Wait until the byte at `offset` is on disk, then give 1 to `limit` bytes from there.

        Bytes of a piece that is not whole yet are given before its hash is checked, unless the engine is told
        not to. When the hash fails, whoever was given some of them gets no more: FalseData.
        Gives b"" only at the end of the file. Raises NoData when nothing came within the time limit,
        StorageFailed when the disk fails, NotFound when the torrent was removed, and Unavailable when the
        engine stops.
        """

    async def check(self) -> None:
        """Wait until the hash of all that was given is checked. Raises what `read` raises."""

    def close(self) -> None:
        """Drop every wish of this reader. May be called twice."""


class Engine(Protocol):
    """From a file reference to its bytes."""

    @property
    def counters(self) -> Counters:
        """What its readers met since it was made; it goes on counting."""

    async def start(self) -> None: ...

    async def close(self) -> None:
        """Save what must last, end all readers, stop."""

    async def fetch_metadata(self, magnet: Magnet) -> Metainfo:
        """Ask the swarm for the metainfo; ends only when it is here or the caller cancels.

        Callers share one search. It goes on for some seconds when the last of them leaves, so that whoever
        comes next takes it over. Raises InvalidTorrent when the metainfo is not usable, NotFound when the
        torrent is removed, and Unavailable when the engine stops.
        """

    def find_fetch(self, info_hash: str) -> FetchStatus | None:
        """How the search for a torrent's metainfo stands, from memory; None when there is none."""

    async def open(self, ref: FileRef) -> Reader:
        """Open a file of a stored torrent; waits for the database but never for the swarm."""

    async def warm(self, ref: FileRef, rate: int) -> int:
        """Fetch what a player reads of a file before it plays, its head and its index, if it is not on disk.

        Whoever reads goes first; while nobody reads the torrent it takes `rate` bytes per second at most.
        Gives how many bytes came. Raises what `open` and `Reader.read` raise.
        """

    async def add_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        """Tell a torrent of peers (`host:port`), now or for the next time it is loaded or searched for."""

    async def add_trackers(self, info_hash: str, trackers: tuple[str, ...]) -> None:
        """Have a torrent that is loaded ask these as well; another one has them from the store when it is."""

    async def remove(self, info_hash: str, *, delete_files: bool) -> None:
        """Unload a torrent, ending its readers; with `delete_files` its bytes on disk go too."""

    async def evict(self, info_hash: str) -> None:
        """Take a torrent out of the cache, pinned or not. Raises Conflict while it is in use."""

    def set_transfer(self, transfer: Transfer) -> None:
        """How much goes over the wire from now on; its schedule is left to the caller."""

    def find_status(self, info_hash: str) -> TorrentStatus | None:
        """The live status, or None for a torrent that is not loaded."""

    async def measure(self) -> SwarmTotals:
        """What went over the wire; as it was known last where the session does not tell in time."""

    def health(self) -> EngineHealth:
        """How the engine is; from memory, so it may be asked at any time."""
