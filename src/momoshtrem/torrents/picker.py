"""What libtorrent is told of a plan, and asked about blocks."""

from __future__ import annotations

import contextlib

import libtorrent as lt

from momoshtrem.torrents.schedule import Changes

IN_FILE = 3
"""The state of a block that was written."""


def list_blocks(handle: lt.torrent_handle, piece: int) -> list[int]:
    """The blocks of a piece that are in the file; to be called in a thread. None of a torrent that left."""
    with contextlib.suppress(RuntimeError):
        for entry in handle.get_download_queue():
            if entry["piece_index"] == piece:
                return [n for n, block in enumerate(entry["blocks"]) if block["state"] == IN_FILE]
    return []


def tell(handle: lt.torrent_handle, changes: Changes) -> None:
    """Post the changes in their order. Sequential picking is begun anew because libtorrent 2.1 loses its
    range when priorities fall to 0, and would pick at random from then on."""
    if changes.raised:
        handle.prioritize_pieces(changes.raised)
    if changes.clear:
        handle.clear_piece_deadlines()
    for piece, milliseconds in changes.deadlines:
        handle.set_piece_deadline(piece, milliseconds)
    for piece in changes.expired:
        handle.reset_piece_deadline(piece)
    if changes.priorities:
        handle.prioritize_pieces(changes.priorities)
    if changes.end_sequential:
        handle.unset_flags(lt.torrent_flags.sequential_download)
    if changes.begin_sequential:
        handle.set_flags(lt.torrent_flags.sequential_download)
