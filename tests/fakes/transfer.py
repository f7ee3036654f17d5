"""Transfers that no engine hears of."""

from __future__ import annotations

from datetime import UTC, datetime

from momoshtrem.services.transfer import Transfers, TransferView
from momoshtrem.settings import Transfer

UNTIL = datetime(2026, 1, 2, 23, tzinfo=UTC)


class FakeTransfers(Transfers):
    """Its schedule is never looked at; `settings` is what holds after a reset."""

    def __init__(self) -> None:
        self.settings = Transfer(max_download=5_000_000)
        self.chosen = self.settings

    async def get(self) -> TransferView:
        return TransferView(
            self.chosen,
            self.chosen != self.settings,
            self.chosen.max_download,
            self.chosen.max_upload,
            rule=None,
            until=UNTIL,
            download_rate=1_000_000,
            upload_rate=2000,
            uploaded=3_000_000,
            downloaded=6_000_000,
        )

    async def replace(self, chosen: Transfer) -> TransferView:
        self.chosen = chosen
        return await self.get()

    async def reset(self) -> TransferView:
        return await self.replace(self.settings)
