"""The file list of a magnet link: what the library knows, else what the swarm tells."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from momoshtrem.errors import NotFound, Unavailable
from momoshtrem.library import torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.stored import TorrentState
from momoshtrem.model.torrent import Magnet, Metainfo
from momoshtrem.model.words import counted
from momoshtrem.services.jobs import Tell
from momoshtrem.torrents.engine import Engine, FetchStatus

TOLD = 3
"""Trackers whose errors are named."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a job searches: in `total`, at a time, and at least once more when the total is over.

    All in seconds, as is the time between two looks at how a search stands; `places` searches go on at once.
    """

    total: float = 86400.0
    once: float = 600.0
    at_last: float = 30.0
    look: float = 2.0
    places: int = 8


class Metadata:
    """Gets metainfo, out of the library or the swarm."""

    def __init__(self, db: Database, engine: Engine, patience: Patience | None = None) -> None:
        self._db = db
        self._engine = engine
        self.patience = patience or Patience()
        self._births: dict[tuple[str, datetime], float] = {}

    async def fetch(self, magnet: Magnet, wait: float) -> Metainfo:
        """For a caller who waits `wait` seconds. Raises Unavailable, saying what was missing, after that."""
        return await self._fetch(magnet, wait, _keep_silent)

    async def search(self, magnet: Magnet, since: datetime, tell: Tell) -> Metainfo:
        """A try of a job that was asked for at `since`, with all peers that are known by now.

        Raises Unavailable when another try may find it, NotFound when it is given up or the torrent is not in
        the library any more.
        """
        known = await self._db.run(await_again, magnet)
        left = self.patience.total - self._find_age(magnet.info_hash, since)
        try:
            return await self._fetch(known, min(self.patience.once, max(left, self.patience.at_last)), tell)
        except Unavailable as error:
            if left > self.patience.once:
                raise
            raise NotFound(f"Given up after {self.patience.total / 3600:g} hours. {error}") from error

    def _find_age(self, info_hash: str, since: datetime) -> float:
        """How many seconds a job is old: by the clock when it is seen first, then by the time that has
        passed, since the clock may be set.
        """
        age = max(0.0, (datetime.now(UTC) - since).total_seconds())
        now = asyncio.get_running_loop().time()
        return now - self._births.setdefault((info_hash, since), now - age)

    async def tell_sources(self, metainfo: Metainfo, peers: tuple[str, ...]) -> None:
        """Name peers and trackers to a torrent that may be loaded; one that is gone by now needs none."""
        await self._engine.add_trackers(metainfo.info_hash, metainfo.trackers)
        if peers:
            with contextlib.suppress(NotFound, Unavailable):
                await self._engine.add_peers(metainfo.info_hash, peers)

    async def _fetch(self, magnet: Magnet, wait: float, tell: Tell) -> Metainfo:
        with contextlib.suppress(NotFound, Unavailable):
            return await self._db.run(torrents.get_metainfo, magnet.info_hash)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        while True:
            try:
                async with asyncio.timeout(min(self.patience.look, deadline - loop.time())):
                    return await self._engine.fetch_metadata(magnet)
            except TimeoutError:
                missing = self._explain(magnet)
            if loop.time() >= deadline:
                raise Unavailable(f"No peer sent the file list within {wait:g} s: {missing}.")
            await tell(f"Waiting for the file list: {missing}.")

    def _explain(self, magnet: Magnet) -> str:
        lost = self._engine.health().network.problem
        return lost.rstrip(".") if lost else explain(self._engine.find_fetch(magnet.info_hash))


async def _keep_silent(_message: str) -> None:
    """For a caller who only wants the answer."""


def await_again(tx: Tx, magnet: Magnet) -> Magnet:
    """The magnet with all that the library knows of its torrent, which waits again if it had failed."""
    record = torrents.get(tx, magnet.info_hash)
    if record.state is TorrentState.FAILED:
        torrents.insert_magnet(tx, magnet)
    return replace(
        magnet,
        peers=tuple(dict.fromkeys([*record.peers, *magnet.peers])),
        trackers=tuple(dict.fromkeys([*record.trackers, *magnet.trackers])),
    )


def explain(status: FetchStatus | None) -> str:
    """What a search waits for."""
    if status is None:
        return "the search has just begun"
    if status.peers:
        return f"connected to {counted(status.peers, 'peer')}, none has sent the file list"
    if not (status.trackers or status.named or status.dht):
        return "no tracker and DHT is off: the magnet names nobody to ask"
    reasons = f" ({'; '.join(status.errors[:TOLD])})" if status.errors else ""
    if 0 < status.trackers == len(status.errors):
        return f"no tracker answered{reasons}"
    return f"no peers found yet{reasons}"
