from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import libtorrent as lt
import pytest

from momoshtrem.torrents.metainfo import key_of
from momoshtrem.torrents.session import (
    ALERTS,
    BLOCKED,
    POLICY,
    REMOVAL_LIMIT,
    Session,
    SessionListener,
    _key,
    make_filter,
    make_session,
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

    def torrent_failed(self, info_hash: str, reason: str) -> None:
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


def test_the_settings_of_a_session() -> None:
    settings: Mapping[str, object] = make_session(LOOPBACK).get_settings()
    assert {name: settings[name] for name in POLICY} == POLICY
    assert settings["listen_interfaces"] == "127.0.0.1:0"
    assert settings["outgoing_interfaces"] == "127.0.0.1"
    assert not any(settings[f"enable_{name}"] for name in ("dht", "lsd", "upnp", "natpmp"))


def test_a_filter_blocks_these_hosts_and_no_others() -> None:
    found = make_filter(["192.0.2.7", "2001:db8::7"])
    hosts = ["192.0.2.6", "192.0.2.7", "192.0.2.8", "2001:db8::6", "2001:db8::7"]
    assert [found.access(host) for host in hosts] == [0, BLOCKED, 0, 0, BLOCKED]


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


async def test_it_knows_why_it_has_no_port(listener: Recorder) -> None:
    session = Session(LOOPBACK.model_copy(update={"interface": "192.0.2.1"}), listener)
    session.start()
    await until(lambda: session.listen_problem is not None)
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
