"""A fake engine that gives the first half of a piece before its hash is checked; `liars` give false bytes."""

from __future__ import annotations

from momoshtrem.errors import NoData
from momoshtrem.model.torrent import FileRef
from momoshtrem.torrents.engine import ReaderStatus
from tests.fakes.engine import FakeEngine
from tests.fakes.torrent import FakeReader, FakeTorrent

LIAR = "10.0.0.66:6881"


class EarlyReader(FakeReader):
    """A reader that need not wait for the whole piece."""

    def __init__(self, plain: FakeReader) -> None:
        self.plain = plain
        self._given: set[int] = set()

    @property
    def _torrent_of(self) -> FakeTorrent:
        return self.plain._torrent

    @property
    def size(self) -> int:
        return self.plain.size

    async def read(self, offset: int, limit: int) -> bytes:
        torrent, start = self._torrent_of, self.plain._file.offset + offset
        length = torrent.metainfo.piece_length
        piece, within = divmod(start, length)
        if piece in torrent.pieces or within >= length // 2 or not _can_send(torrent):
            await self.check()
            return await self.plain.read(offset, limit)
        self._given.add(piece)
        size = min(limit, length // 2 - within, self.size - offset)
        assert torrent.swarm
        sent = torrent.swarm.content[start : start + size]
        return bytes(byte ^ 0xFF for byte in sent) if _is_lied_to(torrent) else sent

    async def check(self) -> None:
        """The first check of a liar's piece shows that it lied: it is known no more."""
        torrent = self._torrent_of
        if self._given and _is_lied_to(torrent):
            torrent.peers = tuple(peer for peer in torrent.peers if peer != LIAR)
            raise NoData("A peer sent false bytes.")
        for piece in self._given:
            await self.plain._wait(piece)

    def describe(self) -> ReaderStatus:
        return self.plain.describe()

    def close(self) -> None:
        self.plain.close()


class EarlyEngine(FakeEngine):
    async def open(self, ref: FileRef) -> FakeReader:
        return EarlyReader(await super().open(ref))


def _is_lied_to(torrent: FakeTorrent) -> bool:
    return LIAR in torrent.peers and not torrent.can_deliver()


def _can_send(torrent: FakeTorrent) -> bool:
    return torrent.can_deliver() or _is_lied_to(torrent)
