"""What libtorrent does with our calls, as far as priorities, deadlines and peers go."""

from __future__ import annotations

from typing import cast

import libtorrent as lt


class Picker:
    """Stands for a torrent in the session. `calls` names what it was told, in order.

    `blocks` are the states of the blocks of pieces that are here in part.
    """

    def __init__(self, count: int) -> None:
        self.priorities = [0] * count
        self.deadlines: dict[int, int] = {}
        self.peers: list[tuple[str, int]] = []
        self.is_sequential = True
        self.limit = 0
        self.blocks: dict[int, list[int]] = {}
        self.calls: list[str] = []

    @property
    def handle(self) -> lt.torrent_handle:
        return cast("lt.torrent_handle", self)

    def list_wishes(self) -> set[int]:
        return {piece for piece, priority in enumerate(self.priorities) if priority}

    def prioritize_pieces(self, changes: list[tuple[int, int]]) -> None:
        """A piece whose priority falls to 0 loses its deadline."""
        self.calls.append("prioritize")
        for piece, priority in changes:
            self.priorities[piece] = priority
            if not priority:
                self.deadlines.pop(piece, None)

    def clear_piece_deadlines(self) -> None:
        """Pieces that had a deadline stay wanted, at the lowest priority."""
        self.calls.append("clear")
        for piece in self.deadlines:
            self.priorities[piece] = 1
        self.deadlines = {}

    def reset_piece_deadline(self, piece: int) -> None:
        """As `clear_piece_deadlines`, for one piece."""
        self.calls.append("expire")
        if self.deadlines.pop(piece, None) is not None:
            self.priorities[piece] = 1

    def set_piece_deadline(self, piece: int, milliseconds: int) -> None:
        """A deadline raises its piece to the highest priority."""
        self.calls.append("deadline")
        self.deadlines[piece] = milliseconds
        self.priorities[piece] = 7

    def set_flags(self, flags: int) -> None:
        assert flags == lt.torrent_flags.sequential_download
        self.is_sequential = True
        self.calls.append("sequential on")

    def unset_flags(self, flags: int) -> None:
        assert flags == lt.torrent_flags.sequential_download
        self.is_sequential = False
        self.calls.append("sequential off")

    def set_download_limit(self, limit: int) -> None:
        self.limit = limit

    def get_download_queue(self) -> list[dict[str, object]]:
        return [
            {"piece_index": piece, "blocks": [{"state": state} for state in states]}
            for piece, states in self.blocks.items()
        ]

    def connect_peer(self, endpoint: tuple[str, int]) -> None:
        self.peers.append(endpoint)

    def finish(self, piece: int) -> None:
        """The piece is here: nothing is asked for it any more."""
        self.deadlines.pop(piece, None)
