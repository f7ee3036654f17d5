"""The composition root: builds everything once, starts and stops it in order."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn

from momoshtrem.errors import StartFailed
from momoshtrem.events import EventBus
from momoshtrem.faces.api.app import make_api
from momoshtrem.faces.http import App, BasicAuth
from momoshtrem.faces.webdav.app import WebDav
from momoshtrem.folder import Credentials, DataFolder
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.library.database import Database
from momoshtrem.services.acquire import Acquire
from momoshtrem.services.bundle import Services
from momoshtrem.services.catalog import Catalog
from momoshtrem.services.health import Health
from momoshtrem.services.jobs import Jobs
from momoshtrem.services.metadata import Metadata
from momoshtrem.services.projection import Projection
from momoshtrem.services.store import LibraryStore
from momoshtrem.services.streams import Streams
from momoshtrem.services.torrents import Torrents
from momoshtrem.settings import Settings
from momoshtrem.torrents.cache import CacheFolder
from momoshtrem.torrents.libtorrent_engine import LibtorrentEngine

log = logging.getLogger(__name__)

GRACE = 1
"""Seconds that open responses get when the server stops."""
KEEP_ALIVE = 75
BACKLOG = 512


class Server(uvicorn.Server):
    """One of two servers in one loop: the program takes the signals, not each server for itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Run the server until `stop` is set. Raises StartFailed with a sentence for the user."""
    data = DataFolder(settings.data_dir)
    with data.lock(), contextlib.ExitStack() as stack:
        credentials, made = data.make_credentials(
            settings.auth.username, settings.auth.password.get_secret_value()
        )
        api, webdav = (
            stack.enter_context(bind(place.host, place.port, key))
            for key, place in (("api", settings.api), ("webdav", settings.webdav))
        )
        async with run_services(settings, data) as services:
            servers = [
                (make_server(BasicAuth(make_api(services), credentials)), api),
                (make_server(WebDav.protected(services.streams, credentials)), webdav),
            ]
            async with asyncio.TaskGroup() as faces:
                for server, bound in servers:
                    faces.create_task(server.serve([bound]))
                announce(api, webdav, credentials, made)
                await stop.wait()
                log.info("stopping")
                for server, _ in servers:
                    server.should_exit = True


@contextlib.asynccontextmanager
async def run_services(settings: Settings, data: DataFolder) -> AsyncIterator[Services]:
    """Everything behind the faces, started; stopped in reverse order at the end."""
    async with contextlib.AsyncExitStack() as stack:
        bus = EventBus()
        db = Database(settings.database.url.get_secret_value() or data.database_url, bus)
        stack.push_async_callback(db.close)
        await db.start()
        projection = Projection(db, bus, settings.tree)
        await projection.build()
        tmdb = Tmdb(settings.tmdb)
        stack.push_async_callback(tmdb.aclose)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        engine = LibtorrentEngine(
            settings.torrent, CacheFolder(data.cache), LibraryStore(db), tasks, settings.streaming.timeout
        )
        await engine.start()
        stack.push_async_callback(engine.close)
        jobs = Jobs(db, tasks)
        acquire = Acquire(db, Metadata(db, engine), jobs)
        await jobs.start()
        stack.push_async_callback(jobs.close)
        yield Services(
            catalog=Catalog(db, tmdb),
            acquire=acquire,
            torrents=Torrents(db, engine),
            jobs=jobs,
            health=Health(settings, data, db),
            streams=Streams(projection, engine),
        )


def bind(host: str, port: int, key: str) -> socket.socket:
    """A listening socket. Raises StartFailed naming the setting to change."""
    bound = socket.socket(
        socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)
        return bound
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            reason = f"Port {port} is in use by another program; choose another with {key}.port."
        else:
            reason = f"{host}:{port} cannot be used ({error.strerror}); set {key}.host and {key}.port."
        raise StartFailed(reason) from error


def make_server(face: App) -> Server:
    return Server(
        uvicorn.Config(
            face,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
        )
    )


def announce(api: socket.socket, webdav: socket.socket, credentials: Credentials, made: bool) -> None:
    """Say where the server is; a password that was just made is said once."""
    log.info("WebDAV for players: http://%s/", address(webdav))
    log.info("REST API: http://%s/api/docs", address(api))
    if made:
        print(  # noqa: T201 - for the person at the terminal, not for the log
            f"\nSign in as {credentials.username} with the password {credentials.password}\n"
            "(kept in the data folder; set auth.password to choose your own)\n",
            flush=True,
        )


def address(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
