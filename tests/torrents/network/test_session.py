from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import libtorrent as lt
import pytest

from momoshtrem.torrents.engine import SwarmTotals
from momoshtrem.torrents.metainfo import key_of
from momoshtrem.torrents.network import session as session_module
from momoshtrem.torrents.network.interfaces import Binding
from momoshtrem.torrents.network.pack import ALERTS
from momoshtrem.torrents.network.session import (
    REMOVAL_LIMIT,
    Session,
    SessionListener,
    _key,
)
from tests.torrents.contract import until
from tests.torrents.loopback import LOOPBACK
from tests.torrents.versions import make_version


class Recorder(SessionListener):
    def __init__(self) -> None:
        self.statuses: dict[str, lt.torrent_status] = {}
        self.failures: dict[str, str] = {}

    def status_updated(self, info_hash: str, status: lt.torrent_status) -> None:
        self.statuses[info_hash] = status

    def torrent_failed(self, info_hash: str, number: int, reason: str) -> None:
        self.failures[info_hash] = reason


@pytest.fixture
def listener() -> Recorder:
    return Recorder()


@pytest.fixture
async def session(listener: Recorder) -> AsyncIterator[Session]:
    session = Session(LOOPBACK, listener)
    session.start()
    yield session
    await session.close()


@pytest.fixture
def params(tmp_path: Path) -> lt.add_torrent_params:
    params = lt.load_torrent_buffer(make_version(tmp_path / "Film", "hybrid"))
    params.save_path = str(tmp_path / "cache")
    return params


async def test_it_measures_for_all_who_ask_at_once(session: Session) -> None:
    first, second = await asyncio.gather(session.measure(), session.measure())
    assert first == second == await session.measure() == SwarmTotals()


async def test_a_measure_that_is_lost_is_asked_for_anew(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "MEASURE_LIMIT", 0.01)
    receive = session._receivers.pop(lt.session_stats_alert)
    session._totals = SwarmTotals(received=1)
    assert await session.measure() == SwarmTotals(received=1)
    session._receivers[lt.session_stats_alert] = receive
    monkeypatch.setattr(session_module, "MEASURE_LIMIT", 5.0)
    assert await session.measure() == SwarmTotals()


async def test_no_torrent_runs_while_any_reason_holds_it(
    session: Session, params: lt.add_torrent_params
) -> None:
    session.hold("one")
    session.hold("other")
    session.release("one")
    await session.add(params)
    assert session._session.is_paused()
    session.release("other")
    assert not session._session.is_paused()


async def test_a_torrent_starts_at_once_and_is_removed(
    session: Session, listener: Recorder, params: lt.add_torrent_params
) -> None:
    handle = await session.add(params)
    info_hash = key_of(handle.info_hashes())
    assert not handle.flags() & (lt.torrent_flags.paused | lt.torrent_flags.auto_managed)
    session.tick()
    await until(lambda: info_hash in listener.statuses)
    async with asyncio.timeout(REMOVAL_LIMIT * 0.9):
        await session.remove(info_hash, handle)
    assert not handle.is_valid()
    assert _key(SimpleNamespace(handle=handle)) == ""
    await session.remove(info_hash, handle)


async def test_a_disk_that_fails_is_told(
    session: Session, listener: Recorder, params: lt.add_torrent_params, tmp_path: Path
) -> None:
    blocked = tmp_path / "cache"
    blocked.write_bytes(b"a file where the folder should be")
    handle = await session.add(params)
    await until(lambda: key_of(handle.info_hashes()) in listener.failures)
    await session.remove(key_of(handle.info_hashes()), handle)


async def test_closing_ends_who_waits_for_a_removal(
    listener: Recorder, params: lt.add_torrent_params
) -> None:
    session = Session(LOOPBACK, listener)
    handle = await session.add(params)
    async with asyncio.timeout(REMOVAL_LIMIT * 0.9), asyncio.TaskGroup() as tasks:
        tasks.create_task(session.remove(key_of(handle.info_hashes()), handle))
        await asyncio.sleep(0)
        tasks.create_task(session.close())


async def test_it_knows_its_port(session: Session) -> None:
    await until(lambda: session.listen_port is not None)
    assert session.listen_problem is None


async def test_it_knows_why_it_has_no_port(session: Session) -> None:
    session.bind(Binding(("192.0.2.1",), ()))
    await until(lambda: session.listen_problem is not None)


async def test_without_its_address_it_is_nowhere_until_it_is_bound(listener: Recorder) -> None:
    session = Session(LOOPBACK.model_copy(update={"interface": "192.0.2.1"}), listener)
    session.start()
    assert session.binding.problem
    assert session._session.is_paused()
    session.bind(Binding(("127.0.0.1",), ("127.0.0.1",)))
    await until(lambda: session.listen_port is not None)
    session.bind(Binding((), ("192.0.2.1",), "Gone."))
    assert session.listen_port is None
    await session.close()


async def test_blocks_are_told_only_while_somebody_wants_to_know(session: Session) -> None:
    def is_on() -> bool:
        settings: Mapping[str, object] = session._session.get_settings()
        return settings["alert_mask"] == ALERTS | lt.alert_category.block_progress

    assert not is_on()
    session.report_blocks(True)
    await until(is_on)
    session.report_blocks(False)
    await until(lambda: not is_on())
