"""Files that the swarm does not deliver: noticed as they are read, replaced at the next open from the start.

Never while somebody has the file open, and never for whoever asks for a later part of it: bytes of two files
in one film are worse than none.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from momoshtrem.errors import FalseData, MomoshtremError, NoData
from momoshtrem.library import standbys
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.torrent import FileRef
from momoshtrem.torrents.engine import Engine, Reader

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

GIVEN_UP = 8.0
"""Seconds after which a player that leaves without a byte, and without a peer, has waited in vain."""
ENOUGH = 32 * 2**20
"""Bytes that are more than what is warmed of a file, so that they tell something about its swarm."""
SOON = 1
"""Seconds after which it makes sense to open a file again that another one can take the place of."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Nothing came for the byte at `offset` (-1: unknown), with so many `peers` connected."""

    offset: int = -1
    peers: int = 0

    def is_over(self, span: range, *, got_enough: bool) -> bool:
        """Whether the missing byte came; if it is unknown, whether a reader got enough of others."""
        return self.offset in span or (self.offset < 0 and got_enough)


class Standbys:
    """Knows which files fail and which are open. Background tasks live in the group it is given."""

    def __init__(
        self,
        db: Database,
        engine: Engine,
        tasks: asyncio.TaskGroup,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._engine = engine
        self._tasks = tasks
        self._clock = clock
        self._open: Counter[FileRef] = Counter()
        self._failures: dict[FileRef, Failure] = {}
        self._first: dict[FileRef, FileRef] = {}
        self._has_looked_back = False
        self._replacing = asyncio.Lock()

    def watch(self, ref: FileRef, reader: Reader) -> Reader:
        """The reader of a file, to be read and closed in its place."""
        self._open[ref] += 1
        return WatchedReader(self, ref, reader)

    async def replace(self, ref: FileRef) -> None:
        """Have standbys take the places of a file that fails; the tree shows them when this returns."""
        await self._look_back()
        if ref not in self._failures:
            return
        async with self._replacing:
            failure = self._failures.get(ref)
            if failure and not self._open[ref] and not self._came_alive(ref, failure):
                await self._promote(ref)

    # what readers tell

    async def judge(self, ref: FileRef, offset: int, reading: Awaitable[T]) -> T:
        """What is read from `offset`; when nothing comes, the file has failed."""
        began = self._clock()
        try:
            return await reading
        except FalseData:
            raise
        except NoData as error:
            if await self._fail(ref, offset, str(error)):
                message = f"{error} Opened again from its start it may be another file."
                raise NoData(message, SOON) from error
            raise
        except asyncio.CancelledError:
            waited = self._clock() - began
            if waited >= GIVEN_UP and not self._count_peers(ref):
                reason = f"No peer was found for {waited:.0f} s, then the player gave up."
                self._tasks.create_task(self._fail(ref, offset, reason))
            raise

    async def delivered(self, ref: FileRef, span: range, given: int) -> None:
        """A file that gives the byte that it did not give has not failed any more."""
        failure = self._failures.get(ref)
        if failure and failure.is_over(span, got_enough=given >= min(ENOUGH, ref.size)):
            del self._failures[ref]
            await self._run(standbys.clear_failed, ref.info_hash, ref.file_index)

    def closed(self, ref: FileRef) -> None:
        self._open[ref] -= 1
        if not self._open[ref]:
            del self._open[ref]

    async def _fail(self, ref: FileRef, offset: int, reason: str) -> bool:
        """Keep that a file failed, unless no peer can be reached at all; gives whether it has a standby."""
        if not self._engine.health().can_fetch:
            return False
        self._failures[ref] = Failure(offset, self._count_peers(ref))
        first = self._first.get(ref)
        return bool(await self._run(standbys.mark_failed, ref.info_hash, ref.file_index, reason, first))

    async def _promote(self, ref: FileRef) -> None:
        """Where the standbys fail as well it is not the file, and the one that was shown first comes back."""
        first = self._first.get(ref)
        promoted = await self._run(standbys.promote, ref.info_hash, ref.file_index, first) or ()
        if promoted:
            self._failures.pop(ref, None)
            self._first.pop(ref, None)
        for one in promoted:
            log.warning("%s is shown now, since the file before it was not delivered", one.path)
            if (shown := standbys.ref_of(one)) != first:
                self._first[shown] = first or ref

    def _came_alive(self, ref: FileRef, failure: Failure) -> bool:
        """Whether it found its first peers since it failed: then it gets another chance."""
        return not failure.peers and self._count_peers(ref) > 0

    def _count_peers(self, ref: FileRef) -> int:
        status = self._engine.find_status(ref.info_hash)
        return status.peers if status else 0

    async def _look_back(self) -> None:
        """Learn once what failed before this start."""
        if not self._has_looked_back:
            self._has_looked_back = True
            earlier = await self._run(standbys.find_failed) or ()
            self._failures = dict.fromkeys(earlier, Failure()) | self._failures

    async def _run(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """None where the library fails: nobody's stream is to end by that."""
        try:
            return await self._db.run(fn, *args, **kwargs)
        except MomoshtremError as error:
            log.warning("whether files fail cannot be kept: %s", error)
            return None


class WatchedReader:
    """A reader that tells when the swarm leaves it without bytes."""

    def __init__(self, standbys: Standbys, ref: FileRef, reader: Reader) -> None:
        self._standbys = standbys
        self._ref = ref
        self._reader = reader
        self._position = 0
        self._given = 0
        self._closed = False

    @property
    def size(self) -> int:
        return self._reader.size

    async def read(self, offset: int, limit: int) -> bytes | bytearray:
        found = await self._standbys.judge(self._ref, offset, self._reader.read(offset, limit))
        self._position = offset + len(found)
        self._given += len(found)
        await self._standbys.delivered(self._ref, range(offset, self._position), self._given)
        return found

    async def check(self) -> None:
        await self._standbys.judge(self._ref, self._position, self._reader.check())

    def close(self) -> None:
        self._reader.close()
        if not self._closed:
            self._closed = True
            self._standbys.closed(self._ref)
