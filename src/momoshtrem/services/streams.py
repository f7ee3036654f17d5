"""Opening what the tree shows."""

from __future__ import annotations

from functools import lru_cache

from momoshtrem.errors import NotFound
from momoshtrem.services.follow import FollowedReader, Progress
from momoshtrem.services.projection import Projection
from momoshtrem.services.standbys import Standbys
from momoshtrem.services.warm import Warm
from momoshtrem.torrents.engine import Engine, Reader
from momoshtrem.vfs.tree import File, Tree

MAX_FOLLOWED = 256
"""Files whose progress is remembered."""


class Streams:
    """The tree as it stands, and readers on its files."""

    def __init__(self, projection: Projection, engine: Engine, warm: Warm, standbys: Standbys) -> None:
        self._projection = projection
        self._engine = engine
        self._warm = warm
        self._standbys = standbys
        self._progress_of = lru_cache(MAX_FOLLOWED)(lambda _: Progress())

    @property
    def tree(self) -> Tree:
        return self._projection.tree

    async def open(self, file: File) -> Reader:
        """Open a file of the tree. Raises NotFound when its torrent is gone; never waits for the swarm."""
        reader = self._standbys.watch(file.ref, await self._engine.open(file.ref))
        return FollowedReader(reader, self._progress_of(file.ref), lambda: self._warm.next_soon(file.ref))

    async def settle(self, path: str, file: File) -> File:
        """The file to open from its start at `path`: a standby where `file`, found there, is not delivered.

        Raises NotFound when the standby has another name.
        """
        await self._standbys.replace(file.ref)
        found = self.tree.find(path)
        if isinstance(found, File):
            return found
        raise NotFound("The file at this path was not delivered; another one of another name is listed now.")
