"""The file list of a magnet link: what the library knows, else what the swarm tells."""

from __future__ import annotations

import asyncio
import contextlib

from momoshtrem.errors import NotFound, Unavailable
from momoshtrem.library import torrents
from momoshtrem.library.database import Database
from momoshtrem.model.torrent import Magnet, Metainfo
from momoshtrem.torrents.engine import Engine


class Metadata:
    """Finds metainfo."""

    def __init__(self, db: Database, engine: Engine) -> None:
        self._db = db
        self._engine = engine

    async def find(self, magnet: Magnet, wait: float) -> Metainfo:
        """Raises Unavailable when no peer has sent it within `wait` seconds."""
        with contextlib.suppress(NotFound, Unavailable):
            return await self._db.run(torrents.get_metainfo, magnet.info_hash)
        try:
            async with asyncio.timeout(wait):
                return await self._engine.fetch_metadata(magnet)
        except TimeoutError:
            raise Unavailable(
                f"No peer sent the file list of this magnet link within {wait:g} s; it may have no seeder."
            ) from None
