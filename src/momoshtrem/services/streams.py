"""Opening what the tree shows."""

from __future__ import annotations

from momoshtrem.services.projection import Projection
from momoshtrem.torrents.engine import Engine, Reader
from momoshtrem.vfs.tree import File, Tree


class Streams:
    """The tree as it stands, and readers on its files."""

    def __init__(self, projection: Projection, engine: Engine) -> None:
        self._projection = projection
        self._engine = engine

    @property
    def tree(self) -> Tree:
        return self._projection.tree

    async def open(self, file: File) -> Reader:
        """Open a file of the tree. Raises NotFound when its torrent is gone; never waits for the swarm."""
        return await self._engine.open(file.ref)
