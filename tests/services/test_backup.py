from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from momoshtrem.errors import Conflict, InvalidInput, MomoshtremError, NotFound, StartFailed, StorageFailed
from momoshtrem.folder import DataFolder
from momoshtrem.library import movies, schema, torrents
from momoshtrem.library.migrate import upgrade
from momoshtrem.library.sqlite_file import read_revision
from momoshtrem.model.media import NewMovie
from momoshtrem.services.backup import Source, finish_restore, make_backup, restore
from tests.library.samples import HASH_A, HEAT, metainfo, running

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SETTINGS = "[api]\nport = 4445\n"


def silent(_done: int, _total: int) -> None:
    """Nobody looks."""


def list_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def read_titles(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [title for (title,) in database.execute("SELECT title FROM movies")]


@pytest.fixture
async def data(tmp_path: Path, template: Path) -> DataFolder:
    """A data folder with Heat in its library, of which a piece is on disk."""
    folder = DataFolder(tmp_path / "data").make()
    folder.database.write_bytes(template.read_bytes())
    folder.make_credentials("user", "first")
    (folder.path / "momoshtrem.toml").write_text(SETTINGS)
    async with running(folder.database_url) as db:
        await db.run(movies.insert, HEAT)
        await db.run(torrents.insert, metainfo())
        await db.run(torrents.update_readable, HASH_A, b"\x80")
    return folder


@pytest.fixture
def source(data: DataFolder) -> Source:
    return Source(data, data.database_url, data.path / "momoshtrem.toml")


@pytest.fixture
def made(source: Source, tmp_path: Path) -> Path:
    target = tmp_path / "backup.zip"
    make_backup(source, target, NOW, force=False, tell=silent)
    return target


async def change(data: DataFolder) -> None:
    """Another film, another password, other settings."""
    async with running(data.database_url) as db:
        await db.run(movies.insert, NewMovie("Later"))
    data.make_credentials("user", "second")
    (data.path / "momoshtrem.toml").write_text("")


async def test_a_restore_brings_back_what_was(data: DataFolder, made: Path) -> None:
    await change(data)
    restored = restore(made, data, NOW)
    assert read_titles(data.database) == ["Heat"]
    credentials = data.read_credentials()
    assert credentials
    assert credentials.password == "first"
    assert (data.path / "momoshtrem.toml").read_text() == SETTINGS
    assert restored.manifest.made_at == NOW
    assert not restored.left_out


async def test_what_was_there_before_is_kept(data: DataFolder, made: Path) -> None:
    await change(data)
    kept = restore(made, data, NOW).kept
    suffix = ".before-restore-20260102T030405000000Z"
    assert [path.name for path in kept] == [
        f"{name}{suffix}" for name in ("credentials.json", "momoshtrem.db", "momoshtrem.toml")
    ]
    assert read_titles(kept[1]) == ["Heat", "Later"]


def test_a_restore_into_a_new_data_folder(tmp_path: Path, made: Path) -> None:
    there = DataFolder(tmp_path / "elsewhere" / "data")
    assert restore(made, there, NOW).kept == ()
    assert read_titles(there.database) == ["Heat"]
    assert {path.name for path in there.path.iterdir()} == {
        "credentials.json",
        "lock",
        "momoshtrem.db",
        "momoshtrem.toml",
    }


async def test_no_piece_counts_as_on_disk_after_a_restore(data: DataFolder, made: Path) -> None:
    restore(made, data, NOW)
    async with running(data.database_url) as db:
        assert (await db.run(torrents.get, HASH_A)).readable == b""


async def test_the_log_of_the_old_database_never_meets_the_new_one(data: DataFolder, made: Path) -> None:
    with closing(sqlite3.connect(data.database)) as crashed:
        crashed.execute("PRAGMA journal_mode = WAL")
        crashed.execute("DELETE FROM movies")
        crashed.commit()
        log = Path(f"{data.database}-wal").read_bytes()
        kept = restore(made, data, NOW).kept
    assert [path.read_bytes() for path in kept if path.name.endswith("-wal")] == [log]
    assert read_titles(data.database) == ["Heat"]


def test_it_waits_for_the_server_to_end(data: DataFolder, made: Path) -> None:
    before = list_files(data.path)
    with data.lock(), pytest.raises(StartFailed, match="in use by another momoshtrem"):
        restore(made, data, NOW)
    assert {name: list_files(data.path)[name] for name in before} == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"x" * 100_000])
def test_what_is_no_backup_changes_nothing(data: DataFolder, tmp_path: Path, content: bytes) -> None:
    (data.path / "lock").touch()
    before = list_files(data.path)
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(InvalidInput, match="not a backup"):
        restore(tmp_path / "file", data, NOW)
    assert {**list_files(data.path), "lock": b""} == before


def test_a_file_that_is_not_there(data: DataFolder, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        restore(tmp_path / "none.zip", data, NOW)


def alter(source: Source, tmp_path: Path, statement: str) -> Path:
    """A backup of a database that was tampered with."""
    with closing(sqlite3.connect(source.folder.database)) as database, database:
        database.execute(statement)
    target = tmp_path / "altered.zip"
    make_backup(source, target, NOW, force=False, tell=silent)
    return target


def test_one_of_a_newer_version_is_refused(source: Source, tmp_path: Path) -> None:
    made = alter(source, tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(InvalidInput, match=r"newer momoshtrem \(schema 9999\)"):
        restore(made, source.folder, NOW)


async def test_one_of_an_older_version_is_brought_up_to_date(
    source: Source, tmp_path: Path, template: Path
) -> None:
    old, target = f"sqlite:///{tmp_path / 'old.db'}", tmp_path / "old.zip"
    engine = create_engine(old)
    with engine.begin() as conn:
        upgrade(conn, "0001")
    engine.dispose()
    make_backup(replace(source, url=old), target, NOW, force=False, tell=silent)
    restore(target, source.folder, NOW)
    async with running(source.folder.database_url) as db:
        await db.run(movies.insert, HEAT)
    assert read_revision(source.folder.database) == schema.REVISION


def test_settings_that_lead_elsewhere_are_left_out(source: Source, tmp_path: Path) -> None:
    for text in ('data_dir = "/nowhere"\n', '[database]\nurl = "sqlite:////nowhere/x.db"\n'):
        source.settings.write_text(text)
        target = tmp_path / "elsewhere.zip"
        make_backup(source, target, NOW, force=True, tell=silent)
        source.settings.write_text(SETTINGS)
        assert restore(target, source.folder, NOW).left_out
        assert source.settings.read_text() == SETTINGS


class PulledPlug(BaseException):
    """The process ends here."""


def pull_plug(patched: pytest.MonkeyPatch, steps: int) -> None:
    """End the process after so many steps that change the disk."""
    left = count(steps, -1)

    def ending(real: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object, **options: object) -> object:
            if next(left) <= 0:
                raise PulledPlug
            return real(*arguments, **options)

        return step

    for name in ("rename", "replace", "rmdir", "unlink"):
        patched.setattr(Path, name, ending(getattr(Path, name)))
    patched.setattr(os, "fsync", ending(os.fsync))
    # Nobody tidies up after a process that has ended.
    patched.setattr(shutil, "rmtree", lambda *_, **__: None)


async def test_a_crash_leaves_the_old_or_the_new_and_never_a_mix(
    data: DataFolder, made: Path, tmp_path: Path
) -> None:
    await change(data)
    new = [["Heat"], "first", SETTINGS]
    old = [["Heat", "Later"], "second", ""]
    seen = []
    for steps in range(100):
        there = DataFolder(tmp_path / f"crash {steps}")
        shutil.copytree(data.path, there.path)
        with pytest.MonkeyPatch.context() as patched, suppress(PulledPlug):
            pull_plug(patched, steps)
            restore(made, there, NOW)
            break
        finish_restore(there)
        credentials = there.read_credentials()
        assert credentials
        settings = (there.path / "momoshtrem.toml").read_text()
        seen.append([read_titles(there.database), credentials.password, settings])
        assert not list(there.path.glob("restor*"))
    assert seen == [old] * seen.count(old) + [new] * seen.count(new)
    assert seen.count(old) > 3
    assert seen.count(new) > 5


def test_a_backup_is_for_its_owner_only(made: Path) -> None:
    assert made.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_overwritten_only_by_force(source: Source, made: Path) -> None:
    before = made.read_bytes()
    with pytest.raises(Conflict, match="--force"):
        make_backup(source, made, NOW, force=False, tell=silent)
    assert made.read_bytes() == before
    source.settings.unlink()
    make_backup(source, made, NOW, force=True, tell=silent)
    assert made.read_bytes() != before


def test_one_that_fails_leaves_nothing(source: Source, tmp_path: Path) -> None:
    target = tmp_path / "broken.zip"

    def fail(_done: int, _total: int) -> None:
        raise StorageFailed("The disk is full.")

    before = set(tmp_path.iterdir())
    with pytest.raises(StorageFailed):
        make_backup(source, target, NOW, force=False, tell=fail)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("url", "error", "sentence"),
    [
        ("postgresql://host/name", Conflict, "pg_dump"),
        ("sqlite:////nowhere/library.db", NotFound, "no database"),
    ],
)
def test_what_cannot_be_backed_up(
    source: Source, tmp_path: Path, url: str, error: type[MomoshtremError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        make_backup(replace(source, url=url), tmp_path / "x", NOW, force=False, tell=silent)


def test_where_it_cannot_be_written_is_said(source: Source, tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="cannot be used"):
        make_backup(source, tmp_path / "none" / "backup.zip", NOW, force=False, tell=silent)
