"""Pieces that passed their hash and may not be in their files yet, as with the pread backend.

It writes behind: seconds may pass on a slow disk. Once `flush_cache` is answered (`cache_flushed_alert`), all
that passed before the call is written. The answer does not say to which call it belongs, so there is one call
at a time for each torrent. It also comes when writing failed, but after the error.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import libtorrent as lt


@dataclass(slots=True)
class Unwritten:
    """Of one torrent: pieces that `passed`, and those of them that the call under way is about."""

    passed: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)
    failed: bool = False
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    def list_all(self) -> set[int]:
        return self.passed | self.asked


class Flushes:
    """`tell` is called with the info-hash and the piece once a piece is in its file."""

    def __init__(self, tell: Callable[[str, int], None]) -> None:
        self._tell = tell
        self._torrents: defaultdict[str, Unwritten] = defaultdict(Unwritten)

    def passed(self, info_hash: str, handle: lt.torrent_handle, pieces: Iterable[int]) -> None:
        """These passed their hash."""
        torrent = self._torrents[info_hash]
        torrent.passed.update(pieces)
        _ask(torrent, handle)

    def answered(self, info_hash: str, handle: lt.torrent_handle) -> None:
        """The call is answered."""
        torrent = self._torrents[info_hash]
        written, torrent.asked = torrent.asked, set()
        if not torrent.failed:
            for piece in sorted(written):
                self._tell(info_hash, piece)
        torrent.answered.set()
        _ask(torrent, handle)

    def failed(self, info_hash: str) -> None:
        """The disk failed: which pieces are written is not known any more."""
        self._torrents[info_hash].failed = True

    async def settle(self, info_hash: str) -> None:
        """Wait until all that passed by now is in its files, or never will be."""
        torrent = self._torrents[info_hash]
        before = torrent.list_all()
        while before & torrent.list_all() and not torrent.failed:
            torrent.answered.clear()
            await torrent.answered.wait()

    def forget(self, info_hash: str) -> None:
        """The torrent has left the session."""
        if torrent := self._torrents.pop(info_hash, None):
            torrent.failed = True
            torrent.answered.set()


def _ask(torrent: Unwritten, handle: lt.torrent_handle) -> None:
    if torrent.passed and not torrent.asked:
        torrent.asked, torrent.passed = torrent.passed, set()
        with contextlib.suppress(RuntimeError):  # it is leaving
            handle.flush_cache()
