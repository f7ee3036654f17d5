"""What a server needs of the machine: a folder on a disk, ports, the right time."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from momoshtrem.cli.check.finding import Finding
from momoshtrem.errors import StartFailed, StorageFailed
from momoshtrem.faces.server import bind
from momoshtrem.folder import DataFolder
from momoshtrem.settings import Cache, Settings, Tls
from momoshtrem.tls import Certificate, find_problem, trust_only
from momoshtrem.torrents.cache.punch import can_punch

SPARSE = 2**20
OLDEST = datetime(2026, 1, 1, tzinfo=UTC)
"""Clocks that were never set are before this."""
TOLERANCE = timedelta(minutes=5)


def check_folder(folder: DataFolder, cache: Cache) -> Iterator[Finding]:
    """The folder and its disk; one that is not there is looked at where it would be."""
    path = folder.path
    there = next(each for each in (path, *path.parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK) or is_read_only(there):
        yield Finding("error", "data folder", f"{there} cannot be written: change its owner, or data_dir.")
        return
    if there != path:
        yield Finding("ok", "data folder", f"{path} is not there yet; the first start makes it.")
    else:
        yield from _check_open(folder)
    yield _check_free(there, folder.cache, cache)
    yield _check_holes(there)


def is_read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _check_open(folder: DataFolder) -> Iterator[Finding]:
    owner = folder.find_owner()
    held = f"in use by the server (process {owner})" if owner else "no server is running"
    yield Finding("ok", "data folder", f"{folder.path}: {held}.")
    if stat.S_IMODE(folder.path.stat().st_mode) & stat.S_IRWXO:
        message = f"Others can look into {folder.path}, which has passkeys: chmod o-rwx {folder.path}"
        yield Finding("warning", "data folder", message)


def _check_free(there: Path, cached: Path, cache: Cache) -> Finding:
    free = shutil.disk_usage(there).free
    said = f"{free:,} bytes are free"
    if free < cache.min_free:
        return Finding("warning", "disk", f"Only {said}, and cache.min_free asks for {cache.min_free:,}.")
    taken = sum(file.stat().st_blocks * 512 for file in cached.rglob("*")) if cached.exists() else 0
    if cache.max_size > taken + free - cache.min_free:
        message = f"{said}: too few for all of cache.max_size ({cache.max_size:,}) and cache.min_free."
        return Finding("warning", "disk", message)
    return Finding("ok", "disk", f"{said}.")


def _check_holes(there: Path) -> Finding:
    """By files without a name, which leave no trace."""
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            os.truncate(file.fileno(), SPARSE)
            sparse = os.fstat(file.fileno()).st_blocks * 512 < SPARSE
        holes = can_punch(there)
    except (OSError, StorageFailed) as error:
        return Finding("error", "file system", f"A file in {there} cannot be written: {error}")
    if not sparse:
        message = (
            "Files are not sparse here: each takes its whole size at once. Put data_dir on another disk."
        )
        return Finding("warning", "file system", message)
    if not holes:
        message = "No holes can be punched here: the cache makes room by whole files, not by pieces."
        return Finding("warning", "file system", message)
    return Finding("ok", "file system", "Files are sparse, and holes can be punched.")


def check_ports(settings: Settings, ours: Mapping[str, str]) -> Iterator[Finding]:
    """`ours` are the addresses where the running server listens."""
    for key, place in (("api", settings.api), ("webdav", settings.webdav)):
        subject = f"{key} port"
        if key in ours:
            yield Finding("ok", subject, f"The running server listens on {ours[key]}.")
            continue
        try:
            bind(place.host, place.port, key).close()
        except StartFailed as error:
            yield Finding("error", subject, str(error))
        else:
            yield Finding("ok", subject, f"{place.host}:{place.port} is free.")


def check_certificate(tls: Tls) -> Iterator[Finding]:
    if not tls.certificate:
        yield Finding("ok", "certificate", "None is set: both faces speak HTTP.")
        return
    try:
        shown = Certificate(tls.certificate, tls.key)
        problem = find_problem(shown.context, trust_only(tls.certificate))
    except StartFailed as error:
        yield Finding("error", "certificate", str(error))
        return
    if problem:
        yield Finding("warning", "certificate", f"Clients may refuse {tls.certificate}: {problem}.")
    else:
        yield Finding("ok", "certificate", f"{tls.certificate} can be used.")


def check_clock(database: Path | None, now: datetime) -> Finding:
    """The clock is wrong when it is before what has happened already."""
    written = OLDEST
    if database and database.exists():
        written = max(written, datetime.fromtimestamp(database.stat().st_mtime, UTC))
    if now + TOLERANCE < written:
        message = (
            f"It shows {now:%Y-%m-%d %H:%M} UTC, which is over: certificates and times are wrong. Set it."
        )
        return Finding("error", "clock", message)
    return Finding("ok", "clock", f"{now:%Y-%m-%d %H:%M} UTC.")
