"""The engine as the rest of the program sees it.

`Engine` is implemented by `libtorrent_engine.LibtorrentEngine` and by the fake of the tests; both pass one
contract suite. What must outlast the process goes through the `TorrentStore` that the engine is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from momoshtrem.model.torrent import FileRef, Magnet, Metainfo


@dataclass(frozen=True, slots=True)
class StoredTorrent:
    """As stored. `readable` has one bit per piece, most significant first; `peers` are `host:port`."""

    metainfo: Metainfo
    readable: bytes = b""
    peers: tuple[str, ...] = ()


class TorrentStore(Protocol):
    """Where the engine keeps what a later open needs."""

    async def load(self, info_hash: str) -> StoredTorrent:
        """Raises NotFound for an unknown torrent, Unavailable for one that awaits its metadata."""

    async def load_peers(self, info_hash: str) -> tuple[str, ...]:
        """The known peers, also of a torrent that awaits its metadata. Raises NotFound."""

    async def save_readable(self, info_hash: str, readable: bytes) -> None:
        """Keep the bitmap of pieces that are on disk; called after their bytes are synced."""

    async def save_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        """Keep peers that delivered, best first."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A reader has got nothing for `seconds`, since `piece` of its torrent is not on disk."""

    piece: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TorrentStatus:
    """A torrent that is loaded. Rates are bytes per second, `progress` is the share of pieces on disk.

    `state` is streaming, idle or failed, `downloaded` counts bytes since it was loaded. `reason` is the
    sentence of the error that ended its reads; `waits` are of those readers that wait.
    """

    info_hash: str
    state: str
    progress: float
    download_rate: int
    upload_rate: int
    peers: int
    readers: int
    downloaded: int
    reason: str | None = None
    waits: tuple[Wait, ...] = ()


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


class Reader(Protocol):
    """One open file. Its position drives the swarm; closing it drops its wishes."""

    @property
    def size(self) -> int: ...

    async def read(self, offset: int, limit: int) -> bytes | bytearray:
        """Wait until the byte at `offset` is on disk, then give 1 to `limit` bytes from there.

        Gives b"" only at the end of the file. Raises NoData when nothing came within the time limit,
        StorageFailed when the disk fails, NotFound when the torrent was removed, and Unavailable when the
        engine stops.
        """

    def close(self) -> None:
        """Drop every wish of this reader. May be called twice."""


class Engine(Protocol):
    """From a file reference to its bytes."""

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

    async def add_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        """Tell a torrent of peers (`host:port`), now or for the next time it is loaded or searched for."""

    async def remove(self, info_hash: str, *, delete_files: bool) -> None:
        """Unload a torrent, ending its readers; with `delete_files` its bytes on disk go too."""

    def find_status(self, info_hash: str) -> TorrentStatus | None:
        """The live status, or None for a torrent that is not loaded."""

    def health(self) -> EngineHealth:
        """How the engine is; from memory, so it may be asked at any time."""
