"""Exports and imports in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator

from momoshtrem.errors import MomoshtremError
from momoshtrem.services.exchange.export import Choice
from momoshtrem.services.exchange.imports import Imported, Skipped
from momoshtrem.services.exchange.service import Exchange

DOCUMENT = b'{"format": "momoshtrem library", "version": 1}\n'


class FakeExchange(Exchange):
    """Gives `DOCUMENT`, remembers what was asked for and added, and raises `error` instead."""

    def __init__(self) -> None:
        self.asked: list[Choice] = []
        self.added: list[tuple[bytes, bool]] = []
        self.error: MomoshtremError | None = None

    def export(self, choice: Choice) -> AsyncIterator[bytes]:
        choice.check()
        self.asked.append(choice)
        return self._give()

    async def add(self, document: AsyncIterable[bytes], *, dry_run: bool) -> Imported:
        self.added.append((b"".join([chunk async for chunk in document]), dry_run))
        if self.error:
            raise self.error
        return Imported(
            Counter(movies=2, files=1),
            Counter(torrents=1),
            Counter(files=1),
            [Skipped("movies[0].files[0]", "its torrent has no such file")],
        )

    async def _give(self) -> AsyncIterator[bytes]:
        yield DOCUMENT[:10]
        yield DOCUMENT[10:]
