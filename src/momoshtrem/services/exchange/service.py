"""Exports and imports the library."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

from momoshtrem.errors import StorageFailed
from momoshtrem.events import LibraryChanged
from momoshtrem.library.copies import copied
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.job import Job
from momoshtrem.services.exchange.export import Choice, write
from momoshtrem.services.exchange.imports import Imported, Importing, Step
from momoshtrem.services.exchange.staging import Staged, staging
from momoshtrem.services.jobs import Jobs

log = logging.getLogger(__name__)

QUIET = 5.0
"""Seconds between two lines of the log that tell how far an import is."""
CHUNK = 2**18
"""Characters that are written at a time."""


class Exchange:
    """`folder` is where a document lies while it is imported."""

    def __init__(self, db: Database, jobs: Jobs, folder: Path) -> None:
        self._db = db
        self._jobs = jobs
        self._folder = folder

    def export(self, choice: Choice) -> AsyncIterator[bytes]:
        """The document, as the library is at this moment. Raises InvalidInput for a choice that cannot be."""
        choice.check()
        return self._export(choice)

    async def _export(self, choice: Choice) -> AsyncIterator[bytes]:
        with self._db.snapshot() as snapshot:
            texts = await snapshot.run(write, choice)
            while chunk := await snapshot.run(gather, texts):
                yield chunk

    async def add(self, document: AsyncIterable[bytes], *, dry_run: bool) -> Imported:
        """Add what the library lacks; `dry_run` only tells what would be.

        Raises InvalidInput with the place of the first mistake, before anything is added.
        """
        try:
            with staging(self._folder) as staged:
                with tempfile.TemporaryFile(dir=self._folder) as file:
                    async for chunk in document:
                        await asyncio.to_thread(file.write, chunk)
                    await asyncio.to_thread(staged.check, file)
                return await (self._rehearse(staged) if dry_run else self._add(staged))
        except OSError as error:
            raise StorageFailed(
                f"The document cannot be kept in the data folder: {error.strerror}."
            ) from error

    async def _add(self, staged: Staged) -> Imported:
        try:
            return await take_steps(self._db, staged, self._jobs.take_on)
        finally:
            await self._db.run(tell_all)

    async def _rehearse(self, staged: Staged) -> Imported:
        async with copied(self._db) as copy:
            return await take_steps(copy, staged, lambda _: None)


async def take_steps(db: Database, staged: Staged, take_on: Callable[[Sequence[Job]], None]) -> Imported:
    importing = Importing(staged)
    steps = importing.steps()
    quiet_until = time.monotonic() + QUIET
    while step := await asyncio.to_thread(next, steps, None):
        take_on(await db.run(silently, step))
        if time.monotonic() >= quiet_until:
            log.info("an import goes on: %s", importing.result)
            quiet_until = time.monotonic() + QUIET
    return importing.result


def silently(tx: Tx, step: Step) -> Sequence[Job]:
    """One event for each item would have the tree swapped so often; `tell_all` tells of all at the end."""
    searches = step(tx)
    tx.emit_nothing()
    return searches


def tell_all(tx: Tx) -> None:
    tx.emit(LibraryChanged())


def gather(_: Tx, texts: Iterator[str]) -> bytes:
    """The next texts together, b"" at the end."""
    size, gathered = 0, []
    while size < CHUNK and (text := next(texts, "")):
        gathered.append(text)
        size += len(text)
    return "".join(gathered).encode()
