"""The database: one thread, one transaction at a time, events after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import (
    Connection,
    CursorResult,
    Engine,
    Executable,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError

from momoshtrem.errors import Conflict, StartFailed, StorageFailed
from momoshtrem.events import Event, EventBus
from momoshtrem.library import schema

P = ParamSpec("P")
T = TypeVar("T")

SNAPSHOT: dict[str, dict[str, Any]] = {
    "sqlite": {"is_snapshot": True},
    "postgresql": {"isolation_level": "REPEATABLE READ"},
}
"""Options of a connection whose reads see one moment, by the kind of database."""
PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
)


class Tx:
    """A transaction under way. `now` is its one moment, in UTC."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        self.conn = conn
        self.now = now
        self._events: dict[Event, None] = {}

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(self._events)

    def execute(
        self,
        statement: Executable,
        params: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[*tuple[Any, ...]]:
        return self.conn.execute(statement, params)

    def emit(self, event: Event) -> None:
        """Publish `event` after the commit, once however often it is emitted."""
        self._events[event] = None

    def emit_nothing(self) -> None:
        """Publish nothing of what was emitted so far; who calls tells it otherwise."""
        self._events = {}


class Snapshot:
    """All tables as they were at one moment, on a thread of their own; nothing can be written."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="snapshot")
        self._tx: Tx | None = None

    async def run(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `fn` reads. Raises StorageFailed when the disk or the server fails, else what `fn` raises."""

        def work() -> T:
            with _translated():
                self._tx = self._tx or self._begin()
                return fn(self._tx, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> Future[None]:
        """Let go of it as soon as what runs is done."""
        ended = self._thread.submit(self._end)
        self._thread.shutdown(wait=False)
        return ended

    def _end(self) -> None:
        if self._tx:
            self._tx.conn.close()

    def _begin(self) -> Tx:
        options = SNAPSHOT[self._engine.dialect.name]
        conn = self._engine.connect().execution_options(**options)
        conn.begin()
        conn.execute(text("SELECT count(*) FROM alembic_version"))
        return Tx(conn, datetime.now(UTC))


class Database:
    """Runs transactions. `url` is a SQLAlchemy URL."""

    def __init__(self, url: str, bus: EventBus) -> None:
        self._engine = _make_engine(url)
        self._bus = bus
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._unfinished: set[Future[None]] = set()

    async def start(self) -> None:
        """Bring the tables up to date. Raises StartFailed when the database cannot be used."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._migrate)

    async def run(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` whole in one transaction, commit it, and wait until its events are published.

        A caller that is cancelled changes nothing about that: what has begun is committed and published.
        Raises StorageFailed when the disk or the server fails, else what `fn` raises.
        """
        loop = asyncio.get_running_loop()

        def work() -> tuple[T, Future[None] | None]:
            result, events = self._transact(lambda tx: fn(tx, *args, **kwargs))
            return result, self._publish_soon(events, loop) if events else None

        result, published = await loop.run_in_executor(self._thread, work)
        if published is not None:
            await asyncio.shield(asyncio.wrap_future(published))
        return result

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The library at one moment, for who reads for long; others read and write meanwhile."""
        snapshot = Snapshot(self._engine)
        try:
            yield snapshot
        finally:
            self._keep(snapshot.close())

    async def close(self) -> None:
        """Finish what has begun and publish it, then let go of the database."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, lambda: None)
        await asyncio.gather(*map(asyncio.wrap_future, tuple(self._unfinished)))
        await loop.run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()

    def _transact(self, call: Callable[[Tx], T]) -> tuple[T, tuple[Event, ...]]:
        with _translated(), self._engine.begin() as conn:
            tx = Tx(conn, datetime.now(UTC))
            result = call(tx)
        return result, tx.events

    def _publish_soon(self, events: Sequence[Event], loop: asyncio.AbstractEventLoop) -> Future[None]:
        published = asyncio.run_coroutine_threadsafe(self._publish(events), loop)
        self._keep(published)
        return published

    def _keep(self, ending: Future[None]) -> None:
        """Have `close` wait for it."""
        self._unfinished.add(ending)
        ending.add_done_callback(self._unfinished.discard)

    async def _publish(self, events: Sequence[Event]) -> None:
        for happened in events:
            await self._bus.publish(happened)

    def _migrate(self) -> None:
        try:
            with self._engine.begin() as conn:
                if _find_revision(conn) != schema.REVISION:
                    # Alembic takes 0.3 s to import, and most starts have nothing to migrate.
                    from momoshtrem.library.migrate import upgrade  # noqa: PLC0415

                    upgrade(conn)
        except DatabaseError as error:
            raise StartFailed(
                f"The database {self._engine.url} cannot be used ({error.orig}); check that it can be "
                "written, or put a backup in its place."
            ) from error


def look_at(url: str) -> str | None:
    """The revision of a database's schema, None before the first start. Raises StartFailed."""
    engine = _make_engine(url)
    try:
        with engine.connect() as conn:
            return _find_revision(conn)
    except DatabaseError as error:
        raise StartFailed(f"The database {engine.url} cannot be used ({error.orig}).") from error
    finally:
        engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Conflict("This contradicts what the library holds by now; try again.") from error
    except DatabaseError as error:
        raise StorageFailed(
            f"The database failed ({error.orig}); check the disk and its free space."
        ) from error


def _make_engine(url: str) -> Engine:
    try:
        engine = create_engine(url)
    except ArgumentError as error:
        raise StartFailed(
            'database.url is not a database URL like "postgresql://user:password@host/name".'
        ) from error
    except ModuleNotFoundError as error:
        raise StartFailed(
            f"database.url asks for the Python module {error.name}, which is not installed; "
            'for PostgreSQL: pip install "momoshtrem[postgres]".'
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Leave BEGIN to `_begin_sqlite`: the driver's own comes too late for DDL and reads."""
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(conn: Connection) -> None:
    is_snapshot = conn.get_execution_options().get("is_snapshot")
    conn.exec_driver_sql("BEGIN" if is_snapshot else "BEGIN IMMEDIATE")


def _find_revision(conn: Connection) -> str | None:
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
