from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from momoshtrem.errors import InvalidInput, NotFound, StorageFailed
from momoshtrem.library import schema, torrents
from momoshtrem.library.sqlite_file import copy, find_file, forget_pieces, read_revision
from tests.library.samples import HASH_A, metainfo, running


def silent(_done: int, _total: int) -> None:
    """Nobody looks."""


@pytest.fixture
def library(tmp_path: Path, template: Path) -> Path:
    path = tmp_path / "library.db"
    path.write_bytes(template.read_bytes())
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////srv/library.db", Path("/srv/library.db")),
        ("sqlite://", None),
        ("postgresql://user@host/name", None),
        ("nonsense", None),
    ],
)
def test_the_file_of_a_database(url: str, path: Path | None) -> None:
    assert find_file(url) == path


class Writer(threading.Thread):
    """Writes pairs of rows, each pair in a transaction, as fast as it can."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._enough = threading.Event()
        self.pairs = threading.Semaphore(0)

    def run(self) -> None:
        with closing(sqlite3.connect(self._path, timeout=30)) as database:
            while not self._enough.is_set():
                with database:
                    database.execute("INSERT INTO one VALUES (zeroblob(3000))")
                    database.execute("INSERT INTO other VALUES (zeroblob(3000))")
                self.pairs.release()

    def __enter__(self) -> Writer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self.join()


def test_a_copy_holds_one_moment_while_others_write(library: Path, target: Path) -> None:
    with closing(sqlite3.connect(library)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE one (x)")
        made.execute("CREATE TABLE other (x)")
    seen: list[tuple[int, int]] = []

    with Writer(library) as writer:
        for _ in range(300):
            writer.pairs.acquire()

        def write_on(done: int, total: int) -> None:
            seen.append((done, total))
            writer.pairs.acquire()

        copy(library, target, write_on)
    with closing(sqlite3.connect(target)) as copied:
        counts = [copied.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("one", "other")]
    assert counts[0] == counts[1] >= 300
    assert read_revision(target) == schema.REVISION
    assert seen[-1][0] == seen[-1][1]
    assert len(seen) > 1


def test_a_copy_is_one_file_and_leaves_no_trace(library: Path, target: Path) -> None:
    before = set(library.parent.iterdir())
    copy(library, target, silent)
    assert set(library.parent.iterdir()) == before | {target}


def test_a_name_is_not_taken_for_more_than_a_name(library: Path, target: Path) -> None:
    strange = library.rename(library.with_name("a library?mode=memory #1.db"))
    copy(strange, target, silent)
    assert read_revision(target) == read_revision(strange) == schema.REVISION


def test_what_is_not_there_is_not_copied(tmp_path: Path, target: Path) -> None:
    with pytest.raises(NotFound, match="There is no database"):
        copy(tmp_path / "none.db", target, silent)
    assert not target.exists()


def test_a_disk_that_fails_is_said(library: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="cannot be read or copied"):
        copy(library, tmp_path / "none" / "copy.db", silent)


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + b"x" * 5000])
def test_what_is_no_library_is_told_from_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "strange.db"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        read_revision(path)
    with pytest.raises(InvalidInput):
        forget_pieces(path)


def test_a_damaged_library_is_told_from_a_sound_one(library: Path) -> None:
    content = bytearray(library.read_bytes())
    content[4096:12288] = b"\xff" * 8192
    library.write_bytes(content)
    with pytest.raises(InvalidInput):
        read_revision(library)


def test_a_library_without_its_revision_is_none(library: Path) -> None:
    with closing(sqlite3.connect(library)) as database, database:
        database.execute("DELETE FROM alembic_version")
    with pytest.raises(InvalidInput, match="no database of momoshtrem"):
        read_revision(library)


def test_looking_at_a_still_database_changes_nothing(library: Path) -> None:
    before = {path: path.read_bytes() for path in library.parent.iterdir()}
    assert read_revision(library, still=True) == schema.REVISION
    assert {path: path.read_bytes() for path in library.parent.iterdir()} == before


async def test_pieces_are_forgotten(library: Path) -> None:
    async with running(f"sqlite:///{library}") as db:
        await db.run(torrents.insert, metainfo())
        await db.run(torrents.update_readable, HASH_A, b"\xff")
    forget_pieces(library)
    async with running(f"sqlite:///{library}") as db:
        assert (await db.run(torrents.get, HASH_A)).readable == b""
