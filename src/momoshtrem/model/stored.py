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
class TorrentRecord:
    """A torrent of the library, without its metainfo.

    `reason` says why it failed, `magnet_uri` is the link it came from. `piece_length` and `total_size`
    are bytes, 0 before the metadata is known. `readable` has one bit per piece on disk, most significant
    first; `peers` are `host:port`, best first. A hybrid's `info_hash` is its v1 hash.
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
class Counts:
    """How much the library holds. `proposed` assignments wait for the user, `jobs_waiting` are to be done."""

    movies: int
    shows: int
    episodes: int
    torrents: int
    proposed: int
    jobs_waiting: int
    jobs_failed: int
