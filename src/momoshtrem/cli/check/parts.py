"""What the server is made of: the database, the engine, the outside services."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from momoshtrem.cli.check.finding import Finding
from momoshtrem.errors import MomoshtremError
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.library import schema
from momoshtrem.library.database import look_at
from momoshtrem.library.migrate import find_unknown
from momoshtrem.library.sqlite_file import find_file, read_revision
from momoshtrem.model.network import Proxy
from momoshtrem.settings import Tmdb as TmdbSettings
from momoshtrem.settings import Torrent
from momoshtrem.torrents.network.interfaces import find_binding, list_addresses

TmdbMaker = Callable[[TmdbSettings], Tmdb]
QUERY = "Metropolis"
PATIENCE = 5.0
"""Seconds until a proxy has taken a connection."""


def check_database(url: str) -> Finding:
    """Whether it can be reached and is sound; one that is not there yet is made at the first start."""
    file = find_file(url)
    try:
        revision = _read(file) if file else look_at(url)
        if revision is None:
            return Finding("ok", "database", "It is not there yet; the first start makes it.")
        if unknown := find_unknown([revision]):
            message = f"It was made by a newer momoshtrem (schema {unknown}): install that version."
            return Finding("error", "database", message)
    except MomoshtremError as error:
        return Finding("error", "database", f"{error} Put a backup in its place: `momoshtrem restore`.")
    if revision != schema.REVISION:
        return Finding("ok", "database", f"Sound; the next start brings schema {revision} up to date.")
    return Finding("ok", "database", f"Sound, schema {revision}.")


def _read(file: Path) -> str | None:
    """A log beside the file means that it is open, or was when the server crashed."""
    log = file.with_name(f"{file.name}-wal")
    return read_revision(file, still=not log.exists()) if file.exists() else None


def check_engine(torrent: Torrent, *, running: bool) -> Iterator[Finding]:
    """The port is not tried while the server runs: it is its own, and the status tells of it."""
    version = metadata.version("libtorrent")
    yield Finding("ok", "engine", f"libtorrent {version}.")
    binding = find_binding(torrent.interfaces, list_addresses(), ipv6=torrent.ipv6)
    if binding.problem:
        yield Finding("error", "interface", binding.problem)
    elif torrent.interfaces:
        yield Finding("ok", "interface", f"{torrent.interface}: {', '.join(binding.listen)}.")
    if not running:
        yield from (_check_port(address, torrent.listen_port) for address in binding.listen)
    if proxy := torrent.parse_proxy():
        yield _check_proxy(proxy)
    if torrent.blocklist and not Path(torrent.blocklist).expanduser().is_file():
        yield Finding("error", "block list", f"There is no file {torrent.blocklist}: see torrent.blocklist.")


def _check_proxy(proxy: Proxy) -> Finding:
    """Whether anybody listens there; whether it takes the credentials is not tried."""
    try:
        socket.create_connection((proxy.host, proxy.port), PATIENCE).close()
    except OSError as error:
        reason = error.strerror or error
        message = f"{proxy} cannot be reached ({reason}), so nothing is downloaded: see torrent.proxy."
        return Finding("error", "proxy", message)
    return Finding("ok", "proxy", f"{proxy} takes connections.")


def _check_port(address: str, port: int) -> Finding:
    """For TCP and UDP: both are needed."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(family, kind) as tried:
                if family == socket.AF_INET6:
                    tried.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind((address, port))
    except OSError as error:
        message = (
            f"Port {port} of {address} cannot be used ({error.strerror}): choose another torrent.listen_port."
        )
        return Finding("warning", "listen port", message)
    return Finding("ok", "listen port", f"Port {port or 'any'} of {address} is free for peers.")


async def check_tmdb(settings: TmdbSettings, make_tmdb: TmdbMaker = Tmdb) -> Finding:
    """With a key TMDB is asked."""
    tmdb = make_tmdb(settings)
    try:
        if not tmdb.is_configured:
            message = "No TMDB key is set (tmdb.api_key): titles can only be added by hand."
            return Finding("warning", "TMDB", message)
        await tmdb.search("movie", QUERY)
    except MomoshtremError as error:
        return Finding("error", "TMDB", str(error))
    finally:
        await tmdb.aclose()
    return Finding("ok", "TMDB", "It answers and takes the key.")
