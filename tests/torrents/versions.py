"""Torrents of one folder in the versions of the protocol: BEP 3, BEP 52, and both at once."""

from __future__ import annotations

from pathlib import Path

import libtorrent as lt

from tests.torrents.loopback import write_folder

VERSIONS = ("v1", "v2", "hybrid")
SIZES = {"a.mkv": 150_001, "b.nfo": 0, "c.srt": 20_003}
FLAGS = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}


def make_version(folder: Path, version: str, *, private: bool = False) -> bytes:
    """Write the folder and give its .torrent; v2 and hybrid torrents have pad files."""
    write_folder(folder, SIZES)
    entries = sorted(lt.list_files(str(folder)), key=lambda entry: entry.filename)
    torrent = lt.create_torrent(entries, 16 * 1024, FLAGS[version])
    torrent.set_priv(private)
    lt.set_piece_hashes(torrent, str(folder.parent))
    return bytes(lt.bencode(torrent.generate()))
