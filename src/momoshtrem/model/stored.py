"""Torrents as the library keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TorrentState(StrEnum):
    AWAITING_METADATA = "awaiting_metadata"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a torrent sent and got, in bytes, and how many seconds it was in the swarm; over all its loads."""

    uploaded: int = 0
    downloaded: int = 0
    seconds: float = 0.0

    @property
    def ratio(self) -> float | None:
        """None of what was never downloaded."""
        return self.uploaded / self.downloaded if self.downloaded else None


@dataclass(frozen=True, slots=True)
class TorrentRecord:
    """A torrent of the library, without its metainfo.

    `reason` says why it failed, `magnet_uri` is the link it came from. `piece_length` and `total_size`
    are bytes, 0 before the metadata is known. `readable` has one bit per piece on disk, most significant
    first; `peers` are `host:port`, best first. A hybrid's `info_hash` is its v1 hash. `stamps` say when each
    region was last read, 4 bytes each.
    """

    info_hash: str
    name: str
    state: TorrentState
    reason: str | None
    magnet_uri: str | None
    piece_length: int
    total_size: int
    private: bool
    trackers: tuple[str, ...]
    peers: tuple[str, ...]
    readable: bytes
    added_at: datetime
    used_at: datetime | None
    info_hash_v2: str | None = None
    stamps: bytes = b""
    traffic: Traffic = Traffic()


@dataclass(frozen=True, slots=True)
class OutlineRecord:
    """What was learned from the bytes of a file of a torrent.

    A player reads its first `head` bytes and its index before it plays or seeks; `parts` are where the parts
    of the index begin and end (exclusive). `duration` is in seconds.
    """

    file_index: int
    head: int
    parts: tuple[tuple[int, int], ...]
    duration: float | None


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a torrent that players see or that stands by. It begins at byte `offset` of the torrent.

    `known` are the parts that players read first, as pairs of offsets in the file, the second exclusive.
    """

    offset: int
    size: int
    pinned: bool
    known: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CachedRecord:
    """A torrent of which some bytes are on disk; the fields are as in `TorrentRecord`."""

    info_hash: str
    piece_length: int
    total_size: int
    readable: bytes
    stamps: bytes


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the library holds. `proposed` assignments wait for the user, `jobs_waiting` are to be done."""

    movies: int
    shows: int
    episodes: int
    torrents: int
    proposed: int
    jobs_waiting: int
    jobs_failed: int
