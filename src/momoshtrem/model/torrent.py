"""What a torrent is made of, without the engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file of a torrent: all that is needed to open it. `size` is in bytes."""

    info_hash: str
    file_index: int
    size: int


@dataclass(frozen=True, slots=True)
class TorrentFile:
    """A file in a torrent. `path` is the name its maker gave it, with `/`: evidence, never a path on disk.

    `hidden` marks pad files (BEP 47) and symlinks, which keep their index but are never shown.
    """

    index: int
    path: str
    size: int
    offset: int
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Metainfo:
    """A checked .torrent. `info_hash` is lower-case hex: v1 (40 digits), or v2 (64) where there is no v1.

    `info_hash_v2` is the second hash of a hybrid (BEP 52), `blob` a bencoded .torrent file (BEP 3); sizes are
    in bytes.
    """

    info_hash: str
    name: str
    piece_length: int
    total_size: int
    private: bool
    files: tuple[TorrentFile, ...]
    trackers: tuple[str, ...]
    blob: bytes
    info_hash_v2: str | None = None

    @property
    def piece_count(self) -> int:
        return -(-self.total_size // self.piece_length)


@dataclass(frozen=True, slots=True)
class Magnet:
    """A magnet link (BEP 9): `peers` are `host:port` from `x.pe`, the hashes those of `Metainfo`."""

    info_hash: str
    name: str
    trackers: tuple[str, ...]
    peers: tuple[str, ...]
    uri: str
    info_hash_v2: str | None = None
