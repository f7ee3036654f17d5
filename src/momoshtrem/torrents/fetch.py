"""Metainfo from the swarm (BEP 9): a magnet's torrent is in the session for its file list alone.

A search belongs to nobody: all who want the same torrent wait for one, and it outlives the last of them for
a moment, so that a job can go on where a request gave up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

import libtorrent as lt

from momoshtrem.errors import InvalidTorrent, MomoshtremError, Unavailable
from momoshtrem.model.torrent import Magnet, Metainfo
from momoshtrem.settings import Torrent as TorrentSettings
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.engine import FetchStatus
from momoshtrem.torrents.metainfo import clean, from_swarm, hashes_of, keys_of, split_peer
from momoshtrem.torrents.network.pack import find_trackers, has_dht
from momoshtrem.torrents.network.session import Session, SessionListener

log = logging.getLogger(__name__)

GRACE = 10.0
"""Seconds that a search goes on, and that what it found is kept, for whoever comes next."""
MAX_REASON = 200


class Fetch:
    """One search. `found` is set by what the session tells, `left` once the torrent is out of the session."""

    def __init__(self, magnet: Magnet, settings: TorrentSettings) -> None:
        self.info_hash = magnet.info_hash
        self._settings = settings
        self.found: asyncio.Future[lt.torrent_info] = asyncio.get_running_loop().create_future()
        self.left = asyncio.Event()
        self.callers = 0
        self.connected = 0
        self.expiry: asyncio.TimerHandle | None = None
        self._handle: lt.torrent_handle | None = None
        self._peers = dict.fromkeys(magnet.peers)
        self._trackers: dict[str, str | None] = dict.fromkeys(find_trackers(magnet.trackers, settings))

    @property
    def failed(self) -> bool:
        """Whether it ended without what was sought."""
        return self.found.cancelled() or (self.found.done() and self.found.exception() is not None)

    def attached(self, handle: lt.torrent_handle) -> None:
        """The torrent is in the session; it is told of all sources, since some may have come meanwhile."""
        self._handle = handle
        self._ask(self._peers, self._trackers)

    def detached(self) -> None:
        self._handle = None

    def learn(self, peers: Iterable[str], trackers: Iterable[str] = ()) -> None:
        """From now on these are asked too."""
        asked = find_trackers(trackers, self._settings)
        self._peers |= dict.fromkeys(peers)
        self._trackers = dict.fromkeys(asked) | self._trackers
        self._ask(peers, asked)

    def tracker_told(self, url: str, reason: str) -> None:
        """A tracker's latest answer: "", or why there is none."""
        self._trackers[url] = clean(reason)[:MAX_REASON]

    def look(self) -> None:
        """It may have been found without a word."""
        if self._handle and (ti := self._handle.torrent_file()):
            self.succeed(ti)

    def succeed(self, ti: lt.torrent_info) -> None:
        if not self.found.done():
            self.found.set_result(ti)

    def fail(self, error: MomoshtremError) -> None:
        if not self.found.done():
            self.found.set_exception(error)

    def describe(self) -> FetchStatus:
        answers = [(url, reason) for url, reason in self._trackers.items() if reason is not None]
        errors = (f"{_host(url)}: {reason}" for url, reason in answers if reason)
        return FetchStatus(
            peers=self.connected,
            named=len(self._peers),
            trackers=len(self._trackers),
            answered=sum(not reason for _, reason in answers),
            errors=tuple(errors),
            dht=has_dht(self._settings),
        )

    def _ask(self, peers: Iterable[str], trackers: Iterable[str]) -> None:
        """Tell libtorrent of them, which heeds only what it did not know."""
        if self._handle:
            for peer in peers:
                self._handle.connect_peer(split_peer(peer))
            for tracker in trackers:
                self._handle.add_tracker({"url": tracker})


class Fetches(SessionListener):
    """All searches; each runs in the group of tasks it is given."""

    def __init__(self, cache: CacheFolder, tasks: asyncio.TaskGroup, settings: TorrentSettings) -> None:
        self._cache = cache
        self._tasks = tasks
        self._settings = settings
        self._fetches: dict[str, Fetch] = {}

    async def fetch(self, session: Session, magnet: Magnet) -> Metainfo:
        """As `Engine.fetch_metadata`."""
        while (fetch := self._find(magnet)) and fetch.failed:
            await fetch.left.wait()
        if fetch is None:
            fetch = self._start(session, magnet)
        else:
            fetch.learn(magnet.peers, magnet.trackers)
        for info_hash in hashes_of(magnet):
            self._fetches.setdefault(info_hash, fetch)
        await self._wait(fetch)
        metainfo = await asyncio.to_thread(from_swarm, fetch.found.result())
        trackers = tuple(dict.fromkeys([*metainfo.trackers, *magnet.trackers]))
        return replace(metainfo, trackers=trackers)

    def find_status(self, info_hash: str) -> FetchStatus | None:
        fetch = self._fetches.get(info_hash)
        return None if fetch is None or fetch.found.done() else fetch.describe()

    def add_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        if fetch := self._fetches.get(info_hash):
            fetch.learn(peers)

    async def give(self, ti: lt.torrent_info) -> None:
        """The metainfo is known from elsewhere; returns when no search is in the session any more."""
        for info_hash in keys_of(ti.info_hashes()):
            if fetch := self._fetches.get(info_hash):
                fetch.succeed(ti)
                await self._end(fetch)

    async def stop(self, info_hash: str, error: MomoshtremError) -> None:
        """End the search for a torrent with an error; returns when it is out of the session."""
        if fetch := self._fetches.get(info_hash):
            fetch.fail(error)
            await self._end(fetch)

    async def close(self) -> None:
        """End all searches."""
        fetches = set(self._fetches.values())
        for fetch in fetches:
            fetch.fail(Unavailable("The server is stopping."))
        for fetch in fetches:
            await self._end(fetch)

    # what the session tells

    def metadata_received(self, info_hash: str, ti: lt.torrent_info) -> None:
        if fetch := self._fetches.get(info_hash):
            fetch.succeed(ti)

    def metadata_failed(self, info_hash: str, reason: str) -> None:
        if fetch := self._fetches.get(info_hash):
            fetch.fail(InvalidTorrent(f"The swarm's file list is not usable: {reason}."))

    def tracker_told(self, info_hash: str, url: str, reason: str) -> None:
        if fetch := self._fetches.get(info_hash):
            fetch.tracker_told(url, reason)

    def status_updated(self, info_hash: str, status: lt.torrent_status) -> None:
        if fetch := self._fetches.get(info_hash):
            fetch.connected = status.num_peers

    def alerts_dropped(self) -> None:
        for fetch in self._fetches.values():
            fetch.look()

    # a search

    def _find(self, magnet: Magnet) -> Fetch | None:
        found = (self._fetches.get(info_hash) for info_hash in hashes_of(magnet))
        return next((fetch for fetch in found if fetch), None)

    def _start(self, session: Session, magnet: Magnet) -> Fetch:
        fetch = Fetch(magnet, self._settings)
        self._tasks.create_task(self._search(fetch, session, self._params_of(magnet)))
        return fetch

    def _params_of(self, magnet: Magnet) -> lt.add_torrent_params:
        params = lt.parse_magnet_uri(magnet.uri)
        params.save_path = str(self._cache.folder(magnet.info_hash))
        params.trackers = list(magnet.trackers)
        params.flags |= lt.torrent_flags.default_dont_download | lt.torrent_flags.upload_mode
        return params

    async def _search(self, fetch: Fetch, session: Session, params: lt.add_torrent_params) -> None:
        """Keep the torrent in the session until it is found, or nobody wants it any more."""
        try:
            handle = await session.add(params)
            fetch.attached(handle)
            try:
                await asyncio.wait([fetch.found])
            finally:
                fetch.detached()
                await session.remove(fetch.info_hash, handle)
        except Exception as error:
            log.exception("the search for torrent %s broke off", fetch.info_hash)
            fetch.fail(Unavailable(f"The search broke off: {error}."))
        finally:
            fetch.fail(Unavailable("The search was given up; try again."))
            fetch.left.set()
            if fetch.failed:
                self._forget(fetch)
            else:
                self._expire_soon(fetch)

    async def _wait(self, fetch: Fetch) -> None:
        """Wait for a search without ending it."""
        if fetch.expiry:
            fetch.expiry.cancel()
        fetch.callers += 1
        try:
            await fetch.left.wait()
        finally:
            fetch.callers -= 1
            if not fetch.callers:
                self._expire_soon(fetch)

    def _expire_soon(self, fetch: Fetch) -> None:
        if fetch.expiry:
            fetch.expiry.cancel()
        fetch.expiry = asyncio.get_running_loop().call_later(GRACE, self._expire, fetch)

    def _expire(self, fetch: Fetch) -> None:
        """Nobody came: what runs is given up, what is over is forgotten."""
        if fetch.left.is_set():
            self._forget(fetch)
        else:
            fetch.found.cancel()

    async def _end(self, fetch: Fetch) -> None:
        """Wait until it has left the session, and forget it."""
        await fetch.left.wait()
        self._forget(fetch)

    def _forget(self, fetch: Fetch) -> None:
        self._fetches = {key: each for key, each in self._fetches.items() if each is not fetch}


def _host(url: str) -> str:
    """What may be told of a tracker: its path can hold a passkey."""
    try:
        return urlsplit(url).hostname or "tracker"
    except ValueError:
        return "tracker"
