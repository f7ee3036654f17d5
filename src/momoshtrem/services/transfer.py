"""How much goes over the wire: as the settings say, or as it was changed while the server runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from momoshtrem.library import preferences, torrents
from momoshtrem.library.database import Database
from momoshtrem.services.timetable import find_change, find_rule
from momoshtrem.settings import Transfer
from momoshtrem.ticks import tick
from momoshtrem.torrents.engine import Engine

log = logging.getLogger(__name__)

KEY = "transfer"
"""Under which the preferences hold what was changed."""
INTERVAL = 1.0
"""Seconds between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class TransferView:
    """`chosen` is what holds, from the settings unless it was `changed`.

    Now these limits are in force, by the rule at this place of the schedule or by none, `until` that changes.
    Rates are bytes per second; `uploaded` and `downloaded` are of all torrents of the library since ever.
    """

    chosen: Transfer
    changed: bool
    max_download: int
    max_upload: int
    rule: int | None
    until: datetime | None
    download_rate: int
    upload_rate: int
    uploaded: int
    downloaded: int


class Transfers:
    """Tells the engine what holds, which it does within a second of any change."""

    def __init__(
        self,
        db: Database,
        engine: Engine,
        settings: Transfer,
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self.chosen = settings
        self._db = db
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._changed = False
        self._told: Transfer | None = None

    async def start(self) -> None:
        """What was changed before holds on."""
        stored = await self._db.run(preferences.find, KEY)
        if stored is not None:
            try:
                self.chosen, self._changed = Transfer.model_validate(stored), True
            except ValidationError as error:
                log.warning("what was chosen for transfers is not valid any more: %s", error)
        self._tell()

    async def run(self) -> None:
        """Follow the schedule until cancelled."""
        while True:
            await tick(INTERVAL)
            self._tell()

    async def get(self) -> TransferView:
        limited, rule = self._find_limits()
        loaded = self._engine.health().loaded
        others = await self._db.run(torrents.sum_traffic, [each.info_hash for each in loaded])
        change = find_change(self.chosen.schedule, self._find_local_time())
        return TransferView(
            self.chosen,
            self._changed,
            limited.max_download,
            limited.max_upload,
            rule,
            change and change.astimezone(),
            download_rate=sum(each.download_rate for each in loaded),
            upload_rate=sum(each.upload_rate for each in loaded),
            uploaded=others.uploaded + sum(each.total.uploaded for each in loaded),
            downloaded=others.downloaded + sum(each.total.downloaded for each in loaded),
        )

    async def replace(self, chosen: Transfer) -> TransferView:
        """From now on this holds, whatever the settings say."""
        await self._db.run(preferences.put, KEY, chosen.model_dump(mode="json"))
        return await self._choose(chosen, changed=True)

    async def reset(self) -> TransferView:
        """From now on the settings hold again."""
        await self._db.run(preferences.delete, KEY)
        return await self._choose(self._settings, changed=False)

    async def _choose(self, chosen: Transfer, *, changed: bool) -> TransferView:
        self.chosen, self._changed = chosen, changed
        self._tell()
        return await self.get()

    def _tell(self) -> None:
        limited, _ = self._find_limits()
        if limited != self._told:
            self._engine.set_transfer(limited)
            self._told = limited

    def _find_limits(self) -> tuple[Transfer, int | None]:
        """What was chosen with the limits of the rule that holds, and that rule."""
        nth = find_rule(self.chosen.schedule, self._find_local_time())
        if nth is None:
            return self.chosen, None
        limits = self.chosen.schedule[nth].model_dump(
            include={"max_download", "max_upload"}, exclude_none=True
        )
        return self.chosen.model_copy(update=limits), nth

    def _find_local_time(self) -> datetime:
        return self._clock().replace(tzinfo=None)
