from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from momoshtrem.errors import Conflict, NotFound, StartFailed, StorageFailed
from momoshtrem.events import Event, EventBus, MovieChanged
from momoshtrem.library import movies, schema
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import NewMovie
from tests.library.samples import HEAT, Recorder, running


class Gate:
    """A transaction that stops half way until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.left = threading.Event()

    def insert(self, tx: Tx) -> None:
        movies.insert(tx, HEAT)
        self.entered.set()
        assert self.left.wait(10)


async def count_movies(db: Database) -> int:
    return (await db.run(movies.list_page, 1, 0)).total


async def test_run_gives_the_result_and_publishes_after_the_commit(url: str, recorder: Recorder) -> None:
    seen: list[int] = []

    async def look(event: Event) -> None:
        seen.append(await count_movies(db))

    recorder.bus.subscribe(look)
    async with running(url, recorder.bus) as db:
        movie, created = await db.run(movies.insert, HEAT)
    assert created
    assert seen == [1]
    assert recorder.events == [MovieChanged(movie.id)]


async def test_an_event_is_published_once(db: Database, recorder: Recorder) -> None:
    def emit_twice(tx: Tx) -> None:
        tx.emit(MovieChanged(1))
        tx.emit(MovieChanged(2))
        tx.emit(MovieChanged(1))

    await db.run(emit_twice)
    assert recorder.events == [MovieChanged(1), MovieChanged(2)]


async def test_a_failure_rolls_all_back_and_publishes_nothing(db: Database, recorder: Recorder) -> None:
    def insert_and_fail(tx: Tx) -> None:
        movies.insert(tx, HEAT)
        raise NotFound("no")

    with pytest.raises(NotFound):
        await db.run(insert_and_fail)
    assert await count_movies(db) == 0
    assert recorder.events == []


async def test_a_transaction_outlives_its_cancelled_caller(url: str, recorder: Recorder) -> None:
    gate = Gate()
    async with running(url, recorder.bus) as db, asyncio.TaskGroup() as group:
        caller = group.create_task(db.run(gate.insert))
        await asyncio.to_thread(gate.entered.wait, 10)
        caller.cancel()
        await asyncio.wait([caller])
        assert recorder.events == []
        gate.left.set()
    assert caller.cancelled()
    assert len(recorder.events) == 1
    async with running(url) as db:
        assert await count_movies(db) == 1


async def test_a_caller_cancelled_while_publishing_loses_no_event(url: str, recorder: Recorder) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()
    bus = EventBus()

    async def wait(event: Event) -> None:
        reached.set()
        await go_on.wait()
        await recorder.bus.publish(event)

    bus.subscribe(wait)
    async with running(url, bus) as db, asyncio.TaskGroup() as group:
        caller = group.create_task(db.run(movies.insert, HEAT))
        await reached.wait()
        caller.cancel()
        await asyncio.wait([caller])
        go_on.set()
    assert len(recorder.events) == 1


async def test_a_caller_cancelled_in_the_queue_changes_nothing(db: Database, recorder: Recorder) -> None:
    gate = Gate()
    async with asyncio.TaskGroup() as group:
        group.create_task(db.run(gate.insert))
        await asyncio.to_thread(gate.entered.wait, 10)
        queued = group.create_task(db.run(movies.insert, NewMovie("Ronin", 1998)))
        await asyncio.sleep(0)
        queued.cancel()
        await asyncio.wait([queued])
        gate.left.set()
    assert await count_movies(db) == 1
    assert len(recorder.events) == 1


async def test_transactions_do_not_interleave(db: Database) -> None:
    def insert_next(tx: Tx) -> None:
        total = movies.list_page(tx, 1, 0).total
        movies.insert(tx, NewMovie(f"Movie {total}"))

    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(db.run(insert_next))
    page = await db.run(movies.list_page, 100, 0)
    assert {movie.title for movie in page.items} == {f"Movie {index}" for index in range(20)}


def test_killed_in_a_transaction_keeps_what_was_committed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/library.db"
    script = f"""
import asyncio, os, signal
from momoshtrem.events import EventBus
from momoshtrem.library import movies
from momoshtrem.library.database import Database
from momoshtrem.model.media import NewMovie

def insert_and_die(tx):
    movies.insert(tx, NewMovie("Lost"))
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    db = Database({url!r}, EventBus())
    await db.start()
    await db.run(movies.insert, NewMovie("Kept"))
    await db.run(insert_and_die)

asyncio.run(main())
"""
    died = subprocess.run([sys.executable, "-c", script], check=False, timeout=50)
    assert died.returncode == -9

    async def titles() -> list[str]:
        async with running(url) as db:
            return [movie.title for movie in (await db.run(movies.list_page, 9, 0)).items]

    assert asyncio.run(titles()) == ["Kept"]


async def test_now_is_one_moment_in_utc_and_comes_back_so(db: Database) -> None:
    def insert(tx: Tx) -> tuple[datetime, datetime]:
        return tx.now, movies.insert(tx, HEAT)[0].added_at

    now, added_at = await db.run(insert)
    assert added_at == now
    assert added_at.tzinfo is UTC


async def test_sqlite_is_set_up_for_one_writer(tmp_path: Path) -> None:
    def pragmas(tx: Tx) -> list[object]:
        names = ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        return [tx.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    async with running(f"sqlite:///{tmp_path}/library.db") as db:
        assert await db.run(pragmas) == ["wal", 1, 1, 5000]


async def test_even_a_read_begins_a_writing_transaction(tmp_path: Path) -> None:
    def write_beside(tx: Tx) -> None:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")

    async with running(f"sqlite:///{tmp_path}/library.db") as db:
        other = sqlite3.connect(tmp_path / "library.db", timeout=0, check_same_thread=False)
        await db.run(write_beside)
        other.close()


async def test_a_broken_rule_of_the_tables_is_a_conflict(db: Database) -> None:
    def insert_twice(tx: Tx) -> None:
        movies.insert(tx, HEAT)
        tx.execute(text("INSERT INTO movies SELECT * FROM movies"))

    with pytest.raises(Conflict):
        await db.run(insert_twice)
    assert await count_movies(db) == 0


async def test_a_failing_database_is_storage_that_failed(db: Database) -> None:
    def drop_and_ask(tx: Tx) -> None:
        tx.execute(text("DROP TABLE jobs"))
        tx.execute(text("SELECT * FROM jobs"))

    with pytest.raises(StorageFailed, match="jobs"):
        await db.run(drop_and_ask)


async def test_start_makes_the_tables_and_keeps_what_is_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/library.db"
    async with running(url) as db:
        await db.run(movies.insert, HEAT)
    async with running(url) as db:
        assert await count_movies(db) == 1


async def test_start_refuses_a_corrupt_file(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(b"no database at all, but long enough to be read as one" * 100)
    with pytest.raises(StartFailed, match="not a database"):
        async with running(f"sqlite:///{path}"):
            pass


async def test_start_refuses_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="cannot be used"):
        async with running(f"sqlite:///{tmp_path}/missing/library.db"):
            pass


async def test_start_refuses_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "library.db").close()
    with pytest.raises(StartFailed, match="cannot be used"):
        async with running(f"sqlite:///file:{tmp_path}/library.db?mode=ro&uri=true"):
            pass


async def test_start_refuses_the_database_of_a_newer_version(url: str) -> None:
    def outdate(tx: Tx) -> None:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    async with running(url) as db:
        await db.run(outdate)
    with pytest.raises(StartFailed, match="made by a newer momoshtrem"):
        async with running(url):
            pass


@pytest.mark.parametrize("url", ["", "library.db", "nosuch://host/name", "sqlite://host/library.db"])
def test_a_wrong_url_is_named(url: str) -> None:
    with pytest.raises(StartFailed, match=r"database\.url"):
        Database(url, EventBus())


def test_a_missing_driver_is_named() -> None:
    with pytest.raises(StartFailed, match="asks for the Python module"):
        Database("postgresql+pg8000://user:secret@host/name", EventBus())


async def test_an_error_does_not_tell_the_password() -> None:
    with pytest.raises(StartFailed) as caught:
        async with running("postgresql+psycopg://user:secret@127.0.0.1:1/name"):
            pass
    assert "secret" not in str(caught.value)


def test_the_revision_is_that_of_the_newest_migration() -> None:
    versions = Path(schema.__file__).parent / "migrations" / "versions"
    assert max(path.name for path in versions.glob("*.py")).startswith(schema.REVISION)
