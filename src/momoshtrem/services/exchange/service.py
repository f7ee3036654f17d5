"""Exports and imports the library."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from pathlib import Path

from momoshtrem.errors import StorageFailed
from momoshtrem.library.database import Database, Tx
from momoshtrem.services.exchange.export import Choice, write
from momoshtrem.services.exchange.imports import Imported, add
from momoshtrem.services.exchange.staging import Staged, staging
from momoshtrem.services.jobs import Jobs

CHUNK = 2**18
"""Characters that are written at a time."""


class Rehearsed(Exception):
    """Undoes an import that was only to be tried."""

    def __init__(self, result: Imported) -> None:
        super().__init__()
        self.result = result


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
        """Add what the library lacks, all or nothing; `dry_run` only tells what would be.

        Raises InvalidInput with the place of the first mistake.
        """
        try:
            with staging(self._folder) as staged:
                with tempfile.TemporaryFile(dir=self._folder) as file:
                    async for chunk in document:
                        await asyncio.to_thread(file.write, chunk)
                    await asyncio.to_thread(staged.check, file)
                return await self._add(staged, dry_run=dry_run)
        except OSError as error:
            raise StorageFailed(
                f"The document cannot be kept in the data folder: {error.strerror}."
            ) from error

    async def _add(self, staged: Staged, *, dry_run: bool) -> Imported:
        try:
            result = await self._db.run(rehearse if dry_run else add, staged)
        except Rehearsed as rehearsed:
            return rehearsed.result
        self._jobs.take_on(result.searches)
        return result


def gather(_: Tx, texts: Iterator[str]) -> bytes:
    """The next texts together, b"" at the end."""
    size, gathered = 0, []
    while size < CHUNK and (text := next(texts, "")):
        gathered.append(text)
        size += len(text)
    return "".join(gathered).encode()


def rehearse(tx: Tx, staged: Staged) -> Imported:
    raise Rehearsed(add(tx, staged))
