"""What of a torrent is on disk, and who waits for more: checked pieces, and blocks that came before them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from momoshtrem.errors import MomoshtremError
from momoshtrem.model.torrent import Metainfo, TorrentFile
from momoshtrem.torrents.blocks import Blocks
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.waiters import Waiters

FindBlocks = Callable[[int], list[int]]
"""Gives the blocks of a piece that are in the file; slow, to be called in a thread."""


class Contents:
    """The bytes of one loaded torrent.

    `unsaved` are the pieces that the store does not promise yet, `failed` those whose hash failed last, and
    `used` those that came or were read since somebody emptied it. `removals` counts how often bytes were
    taken away: what was read across such a moment may be wrong.
    `on_blocks` is called when blocks are to be reported from now on; without it nobody is given bytes before
    their hash was checked.
    """

    def __init__(
        self,
        metainfo: Metainfo,
        pieces: Pieces,
        cache: CacheFolder,
        on_blocks: Callable[[], None] | None = None,
    ) -> None:
        self.pieces = pieces
        self.blocks = Blocks(metainfo.piece_length)
        self.unsaved: set[int] = set()
        self.failed: set[int] = set()
        self.used: set[int] = set()
        self.removals = 0
        self.failure: MomoshtremError | None = None
        self._outage: MomoshtremError | None = None
        self._metainfo = metainfo
        self._cache = cache
        self._on_blocks = on_blocks
        self._find_blocks: FindBlocks | None = None
        self._finished, self._changed = Waiters(), Waiters()
        self.ended = False

    # what readers ask

    def piece_at(self, file: TorrentFile, offset: int) -> int:
        return (file.offset + offset) // self._metainfo.piece_length

    def readable_from(self, file: TorrentFile, offset: int, limit: int) -> int:
        """How many bytes from `offset`, up to `limit`, are on disk; the last of them may be unchecked."""
        if self.ended:
            return 0
        first, last = self.piece_at(file, offset), self.piece_at(file, offset + limit - 1)
        missing = self.pieces.find_missing(first, last)
        if missing is None:
            return limit
        begin = file.offset + offset
        checked = max(begin, missing * self._metainfo.piece_length)
        return min(limit, checked + self.blocks.count_from(checked) - begin)

    def list_unchecked(self, file: TorrentFile, offset: int, size: int) -> list[int]:
        """The pieces of these bytes whose hash was not checked yet."""
        return self.pieces.find_all_missing(
            self.piece_at(file, offset), self.piece_at(file, offset + size - 1)
        )

    def is_checked(self, piece: int) -> bool:
        return piece in self.pieces

    def open_file(self, file: TorrentFile) -> int:
        """A descriptor of the file in the cache."""
        return self._cache.open(self._metainfo.info_hash, file.index)

    async def wait_for(self, piece: int) -> None:
        """Return when the piece is on disk. Raises the failure of the torrent."""
        self._raise_failure()
        if piece not in self.pieces:
            await self._finished.wait(piece)

    async def wait_for_more(self, piece: int) -> None:
        """Return when more of the piece may be on disk. Raises the failure of the torrent."""
        self._raise_failure()
        if self._on_blocks and self._find_blocks and piece not in self.blocks:
            self._on_blocks()
            await self._learn_blocks(piece, self._find_blocks)
        else:
            await self._changed.wait(piece)

    def _raise_failure(self) -> None:
        if error := self.failure or self._outage:
            raise error

    async def _learn_blocks(self, piece: int, find_blocks: FindBlocks) -> None:
        """From now on blocks are counted as they come; what is here already, libtorrent knows."""
        flags = self.blocks.follow(piece)
        try:
            self.blocks.learn(piece, flags, await asyncio.to_thread(find_blocks, piece))
        except BaseException:
            self.blocks.forget(piece)
            raise
        finally:
            self._changed.wake(piece)

    # what the session tells

    def attached(self, find_blocks: FindBlocks) -> None:
        """From now on more comes."""
        self._find_blocks = find_blocks
        self._changed.wake_all()

    def hold_blocks(self) -> None:
        """Until it is attached anew, what was not checked is not given any more."""
        self._find_blocks = None
        self.blocks.keep(())

    def detached(self) -> None:
        """Nothing comes any more."""
        self.hold_blocks()
        self.removals += 1

    def piece_finished(self, piece: int) -> bool:
        """The piece passed its hash and is in the file. Gives whether that is new."""
        if piece in self.pieces:
            return False
        self.pieces.add(piece)
        self.failed.discard(piece)
        self.unsaved.add(piece)
        self.used.add(piece)
        self.blocks.forget(piece)
        self._finished.wake(piece)
        self._changed.wake(piece)
        return True

    def block_finished(self, piece: int, block: int) -> None:
        """The block is in the file, unchecked."""
        if self.blocks.add(piece, block):
            self._changed.wake(piece)

    def piece_grew(self, piece: int) -> None:
        """More of the piece came, though it may not be given yet: whoever waits for it waits on."""
        self._changed.wake(piece)

    def piece_failed(self, piece: int) -> None:
        """The bytes of the piece were wrong.

        From now on nobody is given unchecked bytes: libtorrent may need some pieces to find the liar.
        """
        self.failed.add(piece)
        self._on_blocks = None
        self.doubt()

    def doubt(self) -> None:
        """Give nothing unchecked of what came until now."""
        self.blocks.keep(())
        self._changed.wake_all()

    def remove(self, pieces: Iterable[int]) -> None:
        """These are not on disk any more."""
        self.removals += 1
        for piece in pieces:
            self.pieces.discard(piece, piece)

    def put_back(self, pieces: Iterable[int]) -> None:
        """They stayed on disk after all."""
        for piece in pieces:
            self.pieces.add(piece)

    def cut_off(self, error: MomoshtremError | None) -> None:
        """End every wait with this error, now and later, until there is none any more."""
        self._outage = error
        if error:
            self._finished.fail(error)
            self._changed.fail(error)

    def fail(self, error: MomoshtremError) -> None:
        """End every wait with this error, now and later."""
        self.failure = error
        self._finished.fail(error)
        self._changed.fail(error)

    def mend(self) -> None:
        """What made it fail may be over."""
        self.failure = None

    def end(self, error: MomoshtremError) -> None:
        """As `fail`, and what is on disk is not read any more either."""
        self.ended = True
        self.fail(error)
