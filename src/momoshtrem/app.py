"""The composition root: builds everything once, starts and stops it in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import resource
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field

from momoshtrem.events import EventBus
from momoshtrem.faces.brake import Brake
from momoshtrem.faces.door import BasicAuth
from momoshtrem.faces.forwarded import Forwarded
from momoshtrem.faces.http import App
from momoshtrem.faces.server import STALL_LIMIT, Server, address, bind, make_server
from momoshtrem.faces.traffic import Counted, FaceName, Traffic
from momoshtrem.faces.webdav.app import WebDav
from momoshtrem.faces.webdav.client_log import ClientLog
from momoshtrem.folder import Credentials, DataFolder
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.library.database import Database
from momoshtrem.logs import LineFile
from momoshtrem.services.acquire import Acquire
from momoshtrem.services.assignments import Assignments
from momoshtrem.services.backup import finish_restore
from momoshtrem.services.bundle import Services
from momoshtrem.services.calendar import Calendar
from momoshtrem.services.catalog import Catalog
from momoshtrem.services.discover import Discover
from momoshtrem.services.exchange.service import Exchange
from momoshtrem.services.explain import Explain
from momoshtrem.services.health import Health, Parts
from momoshtrem.services.jobs import Jobs
from momoshtrem.services.live import Live
from momoshtrem.services.metadata import Metadata, Patience
from momoshtrem.services.metrics import Metrics, Sources
from momoshtrem.services.pins import Pins
from momoshtrem.services.projection import Projection
from momoshtrem.services.refresh import Refresh
from momoshtrem.services.standbys import Standbys
from momoshtrem.services.store import LibraryStore
from momoshtrem.services.streams import Streams
from momoshtrem.services.torrents import Torrents
from momoshtrem.services.transfer import Transfers
from momoshtrem.services.warm import Warm
from momoshtrem.settings import Settings
from momoshtrem.settings import Tmdb as TmdbSettings
from momoshtrem.tls import Certificate
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.engine import Engine, TorrentStore
from momoshtrem.torrents.libtorrent_engine import LibtorrentEngine

log = logging.getLogger(__name__)

CLIENT_LOG_LIMIT = 4 * 2**20
"""Bytes of the log of clients, and of the one before it."""
RENEWAL = 60.0
"""Seconds between two looks at the files of the certificate."""
FILE_LIMIT = 65_536
"""Files that the process may have open, as far as the system allows it."""


EngineMaker = Callable[[Settings, DataFolder, TorrentStore, asyncio.TaskGroup], Engine]
TmdbMaker = Callable[[TmdbSettings], Tmdb]


@dataclass(frozen=True, slots=True)
class Core:
    """What is started and stopped; the services are built on it."""

    bus: EventBus
    db: Database
    projection: Projection
    tmdb: Tmdb
    engine: Engine
    transfers: Transfers
    jobs: Jobs
    live: Live
    tasks: asyncio.TaskGroup


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Run the server until `stop` is set. Raises StartFailed with a sentence for the user."""
    raise_file_limit()
    certificate = read_certificate(settings)
    folder = DataFolder(settings.data_dir).make()
    with folder.lock(), contextlib.ExitStack() as stack:
        finish_restore(folder)
        credentials, made = folder.make_credentials(
            settings.auth.username, settings.auth.password.get_secret_value()
        )
        api, webdav = (
            stack.enter_context(bind(place.host, place.port, key))
            for key, place in (("api", settings.api), ("webdav", settings.webdav))
        )
        addresses = {"api": address(api), "webdav": address(webdav)}
        entrance = Entrance(settings, folder, credentials, certificate)
        async with (
            run_services(settings, folder, addresses, make_engine) as services,
            asyncio.TaskGroup() as faces,
        ):
            players = stack.enter_context(entrance.for_players(services.streams))
            faces.create_task(players.serve([webdav]))
            rest = await asyncio.to_thread(entrance.for_programs, services)
            faces.create_task(rest.serve([api]))
            renewing = faces.create_task(keep_renewed(certificate))
            sampling = faces.create_task(services.metrics.loop_lag.run())
            settle()
            announce("https" if certificate else "http", addresses)
            if made:
                tell(credentials)
            await stop.wait()
            log.info("stopping")
            renewing.cancel()
            sampling.cancel()
            services.live.close()
            players.stop()
            rest.stop()


@dataclass(frozen=True, slots=True)
class Entrance:
    """The way to both faces: one door, which tires of guessing wherever that is done."""

    settings: Settings
    folder: DataFolder
    credentials: Credentials
    certificate: Certificate | None
    brake: Brake = field(default_factory=Brake)
    traffic: Traffic = field(default_factory=Traffic)

    @contextlib.contextmanager
    def for_players(self, streams: Streams) -> Iterator[Server]:
        """The WebDAV face, and as long as it is needed the log of its clients."""
        limits = self.settings.webdav
        door = WebDav.protected(streams, self.credentials, self.brake, limits.level)
        with watch_clients(door, self.settings, self.folder, streams) as watched:
            yield self._serve("webdav", watched, limits.stall_hours * 3600)

    def for_programs(self, services: Services) -> Server:
        """The REST API and the metrics; they take half a second to import: players are served meanwhile."""
        from momoshtrem.faces.api.app import make_api  # noqa: PLC0415
        from momoshtrem.faces.metrics.route import make_metrics_route  # noqa: PLC0415

        api = make_api(services)
        api.router.routes.append(make_metrics_route(services.metrics, self.traffic))
        return self._serve("api", BasicAuth(api, self.credentials, brake=self.brake))

    def _serve(self, name: FaceName, face: App, stall_limit: float = STALL_LIMIT) -> Server:
        counted = Counted(face, name, self.traffic)
        known = Forwarded(counted, self.settings.reverse_proxy.trusted)
        return make_server(known, stall_limit, self.certificate)


def read_certificate(settings: Settings) -> Certificate | None:
    """That of the settings, if they name one."""
    tls = settings.tls
    return Certificate(tls.certificate, tls.key) if tls.certificate else None


async def keep_renewed(certificate: Certificate | None) -> None:
    """Look now and then whether whoever renews the certificate has done so."""
    while certificate:
        await asyncio.sleep(RENEWAL)
        await asyncio.to_thread(certificate.renew)


@contextlib.contextmanager
def watch_clients(face: App, settings: Settings, folder: DataFolder, streams: Streams) -> Iterator[App]:
    """With `logging.clients` the face with a log of what is asked; without, the face itself."""
    if not settings.logging.clients:
        yield face
        return
    with contextlib.closing(LineFile(folder.path / "clients.log", CLIENT_LOG_LIMIT)) as file:
        yield ClientLog(face, streams, file.write)


def raise_file_limit() -> None:
    """Each connection and each file that is played takes one; systems often start a program with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILE_LIMIT if hard == resource.RLIM_INFINITY else min(hard, FILE_LIMIT)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def settle() -> None:
    """What was built so far stays: no later pass of the garbage collector walks it."""
    gc.freeze()
    gc.enable()


@contextlib.asynccontextmanager
async def run_services(
    settings: Settings,
    folder: DataFolder,
    addresses: Mapping[str, str],
    make_engine: EngineMaker,
    make_tmdb: TmdbMaker = Tmdb,
) -> AsyncIterator[Services]:
    """Everything behind the faces, started; stopped in reverse order at the end."""
    async with run_core(settings, folder, make_engine, make_tmdb) as core:
        services = make_services(settings, folder, addresses, core)
        await core.jobs.start()
        yield services


@contextlib.asynccontextmanager
async def run_core(
    settings: Settings, folder: DataFolder, make_engine: EngineMaker, make_tmdb: TmdbMaker
) -> AsyncIterator[Core]:
    """What has a life of its own, in the order in which it must start."""
    async with contextlib.AsyncExitStack() as stack:
        bus = EventBus()
        db = Database(settings.database.url.get_secret_value() or folder.database_url, bus)
        stack.push_async_callback(db.close)
        await db.start()
        projection = Projection(db, bus, settings.tree)
        await projection.build()
        tmdb = make_tmdb(settings.tmdb)
        stack.push_async_callback(tmdb.aclose)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        engine = make_engine(settings, folder, LibraryStore(db), tasks)
        await engine.start()
        stack.push_async_callback(engine.close)
        transfers = Transfers(db, engine, settings.transfer)
        await transfers.start()
        stack.callback(tasks.create_task(transfers.run()).cancel)
        jobs = Jobs(db, tasks)
        stack.push_async_callback(jobs.close)
        yield Core(bus, db, projection, tmdb, engine, transfers, jobs, Live(bus, engine), tasks)


def make_services(
    settings: Settings, folder: DataFolder, addresses: Mapping[str, str], core: Core
) -> Services:
    """What a user can ask for, on top of the core."""
    db, engine, tmdb = core.db, core.engine, core.tmdb
    limits = settings.torrent
    patience = Patience(total=limits.metadata_timeout, places=limits.max_metadata_fetches)
    cache = CacheFolder(folder.cache)
    catalog = Catalog(db, tmdb)
    warm = Warm(db, engine, core.jobs, core.tasks, settings.streaming)
    streams = Streams(core.projection, engine, warm, Standbys(db, engine, core.tasks))
    Refresh(db, catalog).join(core.jobs, daily=tmdb.is_configured)
    return Services(
        catalog=catalog,
        calendar=Calendar(db),
        discover=Discover(db, tmdb),
        acquire=Acquire(db, Metadata(db, engine, patience), core.jobs, warm),
        torrents=Torrents(db, engine, cache),
        jobs=core.jobs,
        health=Health(settings, cache, Parts(db, engine, tmdb, core.live, core.transfers, addresses)),
        streams=streams,
        transfers=core.transfers,
        live=core.live,
        exchange=Exchange(db, core.jobs, folder.path),
        explain=Explain(db, engine, streams),
        assignments=Assignments(db, warm),
        metrics=Metrics(Sources(db, engine, tmdb, warm, core.live, cache), core.bus),
        pins=Pins(db, settings.cache.max_size),
    )


def make_engine(
    settings: Settings, folder: DataFolder, store: TorrentStore, tasks: asyncio.TaskGroup
) -> Engine:
    cache = CacheFolder(folder.cache)
    return LibtorrentEngine(settings.torrent, cache, store, tasks, settings.streaming, settings.cache)


def announce(scheme: str, addresses: Mapping[str, str]) -> None:
    """Say where the server is."""
    log.info("WebDAV for players: %s://%s/", scheme, addresses["webdav"])
    log.info("REST API: %s://%s/api/docs", scheme, addresses["api"])


def tell(credentials: Credentials) -> None:
    """Say once how to sign in."""
    print(  # noqa: T201 - for the person at the terminal, not for the log
        f"\nSign in as {credentials.username} with the password {credentials.password}\n"
        "(kept in the data folder; set auth.password to choose your own)\n",
        flush=True,
    )
