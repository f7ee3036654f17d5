"""Reading .torrent files (BEP 3, BEP 52) and magnet links (BEP 9), all of them hostile until checked."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote_to_bytes

import libtorrent as lt

from momoshtrem.errors import InvalidTorrent
from momoshtrem.model.torrent import Magnet, Metainfo, TorrentFile

MAX_SIZE = 10 * 2**20
MAX_FILES = 50_000
LIMITS = {"max_pieces": 2**20, "max_decode_depth": 64, "max_decode_tokens": 2_000_000}
HIDDEN = lt.file_flags_t.flag_pad_file | lt.file_flags_t.flag_symlink


def parse_metainfo(blob: bytes) -> Metainfo:
    """Check a .torrent file. Raises InvalidTorrent with the reason."""
    if len(blob) > MAX_SIZE:
        raise InvalidTorrent(f"The .torrent is larger than {MAX_SIZE >> 20} MiB; it is not a torrent file.")
    try:
        params = lt.load_torrent_buffer(blob, LIMITS)  # type: ignore[call-overload]
    except (RuntimeError, ValueError, OverflowError) as error:
        raise InvalidTorrent(f"This is not a usable .torrent file: {error}") from error
    if params.ti is None:
        raise InvalidTorrent("This .torrent has no file list.")
    try:
        trackers = tuple(params.trackers)
    except UnicodeDecodeError:
        trackers = ()
    return describe(params.ti, blob, trackers)


def describe(ti: lt.torrent_info, blob: bytes, trackers: tuple[str, ...] = ()) -> Metainfo:
    """Our view of a parsed torrent whose .torrent file is `blob`."""
    layout = ti.layout()
    if layout.num_files() > MAX_FILES:
        raise InvalidTorrent(f"The torrent has more than {MAX_FILES} files.")
    hashes = ti.info_hashes()
    return Metainfo(
        info_hash=key_of(hashes),
        info_hash_v2=second_key_of(hashes),
        name=clean(layout.name()),
        piece_length=layout.piece_length(),
        total_size=layout.total_size(),
        private=ti.priv(),
        files=tuple(_file(layout, index) for index in range(layout.num_files())),
        trackers=trackers,
        blob=blob,
    )


def from_swarm(ti: lt.torrent_info) -> Metainfo:
    """The metainfo of an info dictionary that came from peers. Raises InvalidTorrent with the reason."""
    section = bytes(ti.info_section())
    if len(section) > MAX_SIZE:
        raise InvalidTorrent(f"The file list of the torrent is larger than {MAX_SIZE >> 20} MiB.")
    return describe(ti, b"d4:info" + section + b"e")


def parse_magnet(uri: str) -> Magnet:
    """Check a magnet link. Raises InvalidTorrent with the reason."""
    try:
        uri = "&".join(part for part in uri.strip().split("&") if _is_text(part))
        params = lt.parse_magnet_uri(uri)
    except (RuntimeError, ValueError) as error:
        raise InvalidTorrent(f"This is not a usable magnet link: {error}") from error
    if not (params.info_hashes.has_v1() or params.info_hashes.has_v2()):
        raise InvalidTorrent("The magnet link has no info-hash.")
    return Magnet(
        info_hash=key_of(params.info_hashes),
        info_hash_v2=second_key_of(params.info_hashes),
        name=clean(params.name),
        trackers=tuple(params.trackers),
        peers=tuple(join_peer(host, port) for host, port in params.peers),
        uri=uri,
    )


def _is_text(part: str) -> bool:
    """Whether a part of a magnet is UTF-8; old links have names in other encodings, which are left out."""
    try:
        unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        return False
    return True


def make_params(
    metainfo: Metainfo, folder: Path, pieces: list[bool], peers: Iterable[str]
) -> lt.add_torrent_params:
    """How a torrent enters the session: nothing is wanted, `pieces` are in the files of `folder`."""
    params = lt.load_torrent_buffer(metainfo.blob)
    params.save_path = str(folder)
    params.renamed_files = {file.index: str(file.index) for file in metainfo.files}
    params.have_pieces = pieces
    params.piece_priorities = [0] * metainfo.piece_count
    params.peers = [split_peer(peer) for peer in peers]
    params.trackers = list(metainfo.trackers)
    params.flags |= lt.torrent_flags.sequential_download | lt.torrent_flags.no_verify_files
    return params


def key_of(hashes: lt.info_hash_t) -> str:
    """The info-hash we know a torrent by: v1 where there is one, else v2."""
    return keys_of(hashes)[0]


def second_key_of(hashes: lt.info_hash_t) -> str | None:
    """The v2 info-hash of a hybrid."""
    return str(hashes.v2) if hashes.has_v1() and hashes.has_v2() else None


def keys_of(hashes: lt.info_hash_t) -> list[str]:
    """All info-hashes of a torrent: a hybrid has two, and a magnet may name either."""
    known = [(hashes.has_v1(), hashes.v1), (hashes.has_v2(), hashes.v2)]
    return [str(digest) for here, digest in known if here]


def hashes_of(torrent: Metainfo | Magnet) -> set[str]:
    """All info-hashes of a torrent that was read: one, or the two of a hybrid."""
    return {torrent.info_hash, torrent.info_hash_v2 or torrent.info_hash}


def join_peer(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def split_peer(peer: str) -> tuple[str, int]:
    """`address:port` or `[v6]:port` in parts. Raises InvalidTorrent when it is neither."""
    host, _, port = peer.rpartition(":")
    try:
        endpoint = str(ip_address(host.strip("[]"))), int(port)
    except ValueError:
        endpoint = "", 0
    if not 0 < endpoint[1] < 2**16:
        raise InvalidTorrent(f"A peer is written address:port, not {peer!r}.")
    return endpoint


def _file(layout: lt.file_storage, index: int) -> TorrentFile:
    return TorrentFile(
        index=index,
        path=clean(layout.file_path(index)),
        size=layout.file_size(index),
        offset=layout.file_offset(index),
        hidden=bool(layout.file_flags(index) & HIDDEN),
    )


def clean(text: str) -> str:
    """Text that a database and JSON take: no lone surrogates, no NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
