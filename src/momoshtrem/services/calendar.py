"""What the library waits for, and when its episodes air."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from momoshtrem.library import calendar
from momoshtrem.library.database import Database
from momoshtrem.model.calendar import Airing, Wanted, WantedKind
from momoshtrem.model.media import Page


class Calendar:
    """Looks ahead and back. Days are those of UTC."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_wanted(self, kind: WantedKind | None, limit: int, offset: int) -> Page[Wanted]:
        """Movies and aired episodes without a file, the newest first; of one kind or of both."""
        return await self._db.run(calendar.list_wanted, kind, limit, offset)

    async def list_airings(self, days_back: int, days_ahead: int, limit: int, offset: int) -> Page[Airing]:
        """Episodes that aired lately and that will soon, in order of days; today counts to both."""
        today = datetime.now(UTC).date()
        first, last = today - timedelta(days_back), today + timedelta(days_ahead)
        return await self._db.run(calendar.list_airings, first, last, limit, offset)
