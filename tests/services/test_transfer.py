from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from momoshtrem.library import preferences, torrents
from momoshtrem.library.database import Tx
from momoshtrem.model.stored import Traffic
from momoshtrem.services import transfer
from momoshtrem.services.transfer import Transfers
from momoshtrem.settings import Transfer
from tests.library.samples import HASH_A, HASH_B, fill
from tests.services.rig import Rig

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = {"from": "23:00", "until": "07:00", "max_download": 9}
SLOW_NIGHT = Transfer.model_validate({"max_download": 5000, "max_upload": 500, "schedule": [NIGHT]})


class Clock:
    """On a wall in Berlin, as the test sets it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 3, 28, 12, tzinfo=BERLIN))


@pytest.fixture
async def transfers(rig: Rig, clock: Clock) -> Transfers:
    transfers = Transfers(rig.db, rig.engine, SLOW_NIGHT, clock)
    await transfers.start()
    return transfers


async def test_the_engine_is_told_what_the_settings_say(rig: Rig, transfers: Transfers) -> None:
    assert rig.engine.transfer == transfers.chosen == SLOW_NIGHT
    view = await transfers.get()
    assert (view.changed, view.max_download, view.max_upload, view.rule) == (False, 5000, 500, None)


async def test_the_schedule_is_followed(
    rig: Rig, transfers: Transfers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "INTERVAL", 0.001)

    async def told(now: datetime) -> tuple[int, int]:
        clock.now = now
        await asyncio.sleep(0.02)
        return rig.engine.transfer.max_download, rig.engine.transfer.max_upload

    noon = clock.now
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(transfers.run())
        assert await told(noon + timedelta(hours=12)) == (9, 500)
        assert await told(noon + timedelta(hours=24)) == (5000, 500)
        assert await told(noon - timedelta(days=400, hours=12)) == (9, 500)
        following.cancel()


async def test_a_night_that_loses_an_hour(in_berlin: None, transfers: Transfers, clock: Clock) -> None:
    clock.now = datetime(2026, 3, 28, 23, 30, tzinfo=BERLIN)
    view = await transfers.get()
    assert (view.rule, view.max_download) == (0, 9)
    assert view.until == datetime(2026, 3, 29, 7, tzinfo=BERLIN)
    assert view.until.astimezone(BERLIN).utcoffset() == timedelta(hours=2)
    assert view.until.timestamp() - clock.now.timestamp() == 6.5 * 3600


async def test_a_change_holds_on_after_a_restart(rig: Rig, transfers: Transfers, clock: Clock) -> None:
    chosen = SLOW_NIGHT.model_copy(update={"upload": "none", "max_upload": 7})
    view = await transfers.replace(chosen)
    assert (view.changed, view.chosen, rig.engine.transfer) == (True, chosen, chosen)
    again = Transfers(rig.db, rig.engine, Transfer(), clock)
    await again.start()
    assert (again.chosen, (await again.get()).changed) == (chosen, True)


async def test_a_reset_takes_the_settings_again(rig: Rig, transfers: Transfers, clock: Clock) -> None:
    await transfers.replace(Transfer(max_download=1))
    view = await transfers.reset()
    assert (view.changed, view.chosen, rig.engine.transfer) == (False, SLOW_NIGHT, SLOW_NIGHT)
    again = Transfers(rig.db, rig.engine, Transfer(), clock)
    await again.start()
    assert again.chosen == Transfer()


async def test_what_is_stored_may_be_wrong_by_now(rig: Rig, clock: Clock) -> None:
    await rig.db.run(preferences.put, transfer.KEY, {"upload": "sometimes"})
    transfers = Transfers(rig.db, rig.engine, SLOW_NIGHT, clock)
    await transfers.start()
    assert (transfers.chosen, (await transfers.get()).changed) == (SLOW_NIGHT, False)


async def test_totals_are_of_all_torrents(rig: Rig, transfers: Transfers) -> None:
    def trade(tx: Tx) -> None:
        fill(tx)
        torrents.update_traffic(tx, HASH_A, Traffic(100, 1000, 5.0))
        torrents.update_traffic(tx, HASH_B, Traffic(20, 200, 5.0))

    await rig.db.run(trade)
    view = await transfers.get()
    assert (view.uploaded, view.downloaded) == (120, 1200)
    assert await rig.db.run(torrents.sum_traffic, [HASH_A]) == Traffic(20, 200, 5.0)
