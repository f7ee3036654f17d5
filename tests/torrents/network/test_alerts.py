from __future__ import annotations

import logging
from collections.abc import Callable

import libtorrent as lt
import pytest

from momoshtrem.torrents.network.alerts import AlertPump
from momoshtrem.torrents.network.interfaces import find_binding, list_addresses
from momoshtrem.torrents.network.pack import make_session
from tests.torrents.contract import until
from tests.torrents.loopback import LOOPBACK


def start(dispatch: Callable[[lt.alert], None]) -> tuple[lt.session, AlertPump]:
    """A session that has something to tell: where it listens, and that no torrent has news."""
    session = make_session(LOOPBACK, find_binding(LOOPBACK.interfaces, list_addresses()))
    pump = AlertPump(session, dispatch)
    pump.start()
    session.post_torrent_updates()
    session.post_session_stats()
    return session, pump


async def test_alerts_come_on_the_loop_by_themselves() -> None:
    seen: set[type] = set()
    _session, pump = start(lambda alert: seen.add(type(alert)))
    await until(lambda: {lt.listen_succeeded_alert, lt.session_stats_alert} <= seen)
    pump.stop()
    pump.close()


async def test_one_bad_alert_does_not_hide_the_others(caplog: pytest.LogCaptureFixture) -> None:
    seen: set[type] = set()

    def dispatch(alert: lt.alert) -> None:
        seen.add(type(alert))
        raise ValueError(alert)

    with caplog.at_level(logging.ERROR):
        _session, pump = start(dispatch)
        await until(lambda: {lt.listen_succeeded_alert, lt.session_stats_alert} <= seen)
    assert "listen_succeeded_alert" in caplog.text
    pump.stop()
    pump.close()


async def test_a_stopped_pump_is_quiet() -> None:
    seen: list[str] = []
    session, pump = start(lambda alert: seen.append(alert.what()))
    pump.stop()
    seen.clear()
    session.post_session_stats()
    pump.pump()
    assert seen == []
    pump.close()
