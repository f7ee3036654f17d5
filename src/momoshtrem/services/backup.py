"""Backups of a data folder: made while the server runs, restored while it does not.

A restore is one rename: the new files lie whole in a folder of their own, and from the moment it is called
`restore-…` they are the truth. `finish_restore` puts them in place; whoever takes the data folder does it
first, so that a crash leaves all of the old or all of the new. What was there stays beside them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from momoshtrem import __version__
from momoshtrem.errors import Conflict, InvalidInput, NotFound, StorageFailed
from momoshtrem.folder import DataFolder
from momoshtrem.library import sqlite_file
from momoshtrem.library.sqlite_file import Tell
from momoshtrem.services import archive
from momoshtrem.services.archive import CREDENTIALS, DATABASE, SETTINGS, Manifest

NEW, READY = "restoring", "restore-"
"""The folder where a restore is prepared, and how the name of one that counts begins."""
RESERVE = 64 * 2**20
"""Bytes that a restore leaves free."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up; `url` is that of the database, `settings` a file that need not exist."""

    folder: DataFolder
    url: str
    settings: Path


@dataclass(frozen=True, slots=True)
class Restored:
    """`kept` is what lay there before; `left_out` tells of settings that lead elsewhere."""

    manifest: Manifest
    kept: tuple[Path, ...]
    left_out: bool


def make_backup(source: Source, target: Path, now: datetime, *, force: bool, tell: Tell) -> None:
    """Write a backup, whole or not at all; the server may run.

    Raises Conflict for a file that is there, unless `force`, and for a database other than SQLite; NotFound
    before the first start, StorageFailed when the disk fails.
    """
    database = sqlite_file.find_file(source.url)
    if database is None:
        raise Conflict("The database is not SQLite: back it up with its own tool, for PostgreSQL pg_dump.")
    if target.exists() and not force:
        raise Conflict(f"{target} is there already; choose another name, or overwrite it with --force.")
    with _on_disk(), tempfile.TemporaryDirectory(prefix=".momoshtrem-", dir=target.parent) as made:
        copied, packed = Path(made, DATABASE), Path(made, "backup")
        sqlite_file.copy(database, copied, tell)
        revision = sqlite_file.read_revision(copied)
        files = {DATABASE: copied, CREDENTIALS: source.folder.credentials, SETTINGS: source.settings}
        there = {name: path for name, path in files.items() if path.is_file()}
        archive.write(packed, there, __version__, revision, now)
        packed.replace(target)
        _sync(target.parent)


def restore(source: Path, folder: DataFolder, now: datetime) -> Restored:
    """Put what a backup holds into the data folder, in the place of what is there.

    No piece counts as on disk any more, since the cache may have changed since the backup. Raises StartFailed
    while a server runs, NotFound, InvalidInput for what is no backup or one of a newer version, and
    StorageFailed; nothing is changed then.
    """
    if not source.is_file():
        raise NotFound(f"There is no file {source}.")
    with _on_disk(), folder.make().lock():
        finish_restore(folder)
        with _prepared(folder) as new:
            manifest = archive.unpack(source, new, shutil.disk_usage(new).free - RESERVE)
            _check_database(new / DATABASE)
            left_out = _leave_out_settings(new / SETTINGS, folder)
            for file in (*new.iterdir(), new):
                _sync(file)
            new.rename(folder.path / f"{READY}{now:%Y%m%dT%H%M%S%fZ}")
            _sync(folder.path)
        return Restored(manifest, finish_restore(folder), left_out)


def finish_restore(folder: DataFolder) -> tuple[Path, ...]:
    """Put the files of a restore in place that was not finished; gives what was there before them."""
    kept: list[Path] = []
    shutil.rmtree(folder.path / NEW, ignore_errors=True)
    for ready in sorted(folder.path.glob(f"{READY}*")):
        suffix = f".before-{ready.name}"
        for new in sorted(ready.iterdir()):
            kept += _put(new, folder.path / new.name, suffix)
        _sync(folder.path)
        ready.rmdir()
    return tuple(kept)


def _put(new: Path, target: Path, suffix: str) -> Iterator[Path]:
    """The log of the old database goes with it, and first: it must never meet the new one."""
    for end in ("-wal", "-shm", ""):
        old = target.with_name(target.name + end)
        if old.exists():
            yield old.replace(target.with_name(target.name + suffix + end))
    new.replace(target)


@contextmanager
def _prepared(folder: DataFolder) -> Iterator[Path]:
    """An empty folder for what is to come, which is gone afterwards unless it was renamed."""
    new = folder.path / NEW
    new.mkdir(mode=0o700)
    try:
        yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _check_database(path: Path) -> None:
    # Alembic takes 0.3 s to import, and the server needs only `finish_restore` at its start.
    from momoshtrem.library.migrate import find_unknown  # noqa: PLC0415

    if unknown := find_unknown([sqlite_file.read_revision(path)]):
        raise InvalidInput(
            f"The backup was made by a newer momoshtrem (schema {unknown}); restore it with that version."
        )
    sqlite_file.forget_pieces(path)


def _leave_out_settings(path: Path, folder: DataFolder) -> bool:
    """Settings that lead to another data folder or database would hide what is restored into this one."""
    settings = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    data_dir = settings.get("data_dir", folder.path)
    if DataFolder(Path(str(data_dir))).path == folder.path and "database" not in settings:
        return False
    path.unlink()
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _on_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFailed(f"{error.filename or 'The disk'} cannot be used: {error.strerror}.") from error
