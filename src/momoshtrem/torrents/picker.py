"""What libtorrent is told of the pieces that are wanted, and asked about blocks."""

from __future__ import annotations

import contextlib
from threading import Lock
from typing import Any

import libtorrent as lt

from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.schedule import Changes, Plan, compare_plans

ASKING = Lock()
IN_FILE = 3
"""The state of a block that was written."""


class Wishes:
    """What libtorrent was told of one torrent; from there on it is told what changes."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self.begin()

    def begin(self) -> None:
        """The torrent is new in the session: nothing is wanted yet, and nothing held back."""
        self._plan, self._limit = Plan(), 0

    def change(self, handle: lt.torrent_handle, plan: Plan, limit: int) -> None:
        """Want what is planned, at `limit` bytes per second; 0 is no limit."""
        if limit != self._limit:
            handle.set_download_limit(limit)
        changes = compare_plans(self._plan, plan, self._pieces)
        self._plan, self._limit = plan, limit
        if changes:
            tell(handle, changes)

    def repeat(self, handle: lt.torrent_handle) -> None:
        """Have libtorrent forget what it asked of peers, and tell it everything anew."""
        tell(handle, compare_plans(Plan(), self._plan, self._pieces))

    def list_missing(self) -> list[int]:
        """The pieces that are wanted and not here."""
        return [piece for piece in self._plan.priorities if piece not in self._pieces]


def find_queue(handle: lt.torrent_handle) -> list[Any]:
    """The pieces that are on their way, with the state of each block; to be called in a thread.

    libtorrent answers for all torrents of a session out of one array, which the next question fills anew.
    """
    with ASKING:
        return handle.get_download_queue()


def list_blocks(handle: lt.torrent_handle, piece: int) -> list[int]:
    """The blocks of a piece that are in the file; to be called in a thread. None of a torrent that left."""
    with contextlib.suppress(RuntimeError):
        for entry in find_queue(handle):
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
