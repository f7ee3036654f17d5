"""What peers get of us, as far as they can tell themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import libtorrent as lt
import pytest

from momoshtrem.model.stored import Traffic
from momoshtrem.settings import Transfer
from momoshtrem.torrents import housekeeping, uploads
from momoshtrem.torrents.engine import TorrentStatus
from momoshtrem.torrents.metainfo import split_peer
from momoshtrem.torrents.uploads import find_neediest, owes
from tests.fakes.downloader import SETTINGS
from tests.fakes.leecher import ALLOWED_FAST, HAVE_ALL, PIECE, UNCHOKE, open_leecher
from tests.torrents.contract import until
from tests.torrents.loopback import LOOPBACK, Loopback, open_loopback, write_folder

SIZE = 400_001
SOON_IDLE = LOOPBACK.model_copy(update={"idle_timeout": 0.3})
NONE, TARGETS = Transfer(upload="none"), Transfer(upload="targets")


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Loopback]:
    folder = write_folder(tmp_path / "Film", {"film.mkv": SIZE})
    async with open_loopback(folder, tmp_path / "cache") as rig:
        rig.learn(*rig.peers)
        yield rig


def status_of(rig: Loopback) -> TorrentStatus:
    status = rig.engine.find_status(rig.info_hash)
    assert status
    return status


def is_loaded(rig: Loopback) -> bool:
    return rig.engine.find_status(rig.info_hash) is not None


async def find_address(rig: Loopback) -> str:
    await until(lambda: rig.engine.health().listen_port is not None)
    return f"127.0.0.1:{rig.engine.health().listen_port}"


@contextmanager
def leech(rig: Loopback, folder: Path, address: str) -> Iterator[lt.torrent_handle]:
    """A whole client that takes all it is given, and hears of no other peer."""
    session = lt.session(SETTINGS)
    params = lt.load_torrent_buffer(rig.torrent.blob)
    params.save_path = str(folder)
    params.flags &= ~(lt.torrent_flags.paused | lt.torrent_flags.auto_managed)
    params.flags |= lt.torrent_flags.disable_pex
    params.peers = [split_peer(address)]
    handle = session.add_torrent(params)
    yield handle
    session.remove_torrent(handle)


def count_taken(handle: lt.torrent_handle) -> int:
    return handle.status(0).total_payload_download


def is_choked(handle: lt.torrent_handle) -> bool:
    peers = [peer for peer in handle.get_peer_info() if not peer.flags & lt.peer_info.handshake]
    return bool(peers) and all(peer.flags & lt.peer_info.remote_choked for peer in peers)


async def test_a_policy_of_none_gives_no_byte(rig: Loopback, tmp_path: Path) -> None:
    rig.engine.set_transfer(NONE)
    await rig.fetch()
    address = await find_address(rig)
    with leech(rig, tmp_path / "taken", address) as handle:
        async with open_leecher(address, rig.info_hash) as peer:
            await until(lambda: is_choked(handle) and peer.messages[HAVE_ALL] > 0)
            await asyncio.sleep(0.5)
            assert (is_choked(handle), count_taken(handle)) == (True, 0)
            peer.ask()
            await until(lambda: peer.ended)
            assert not {PIECE, UNCHOKE, ALLOWED_FAST} & peer.messages.keys()
    assert status_of(rig).total.uploaded == 0


async def test_otherwise_a_peer_gets_what_it_asks_for(rig: Loopback) -> None:
    await rig.fetch()
    async with open_leecher(await find_address(rig), rig.info_hash) as peer:
        await until(lambda: peer.messages[UNCHOKE] > 0)
        peer.ask()
        await until(lambda: peer.messages[PIECE] > 0)


async def test_the_policy_can_change_while_peers_are_connected(rig: Loopback, tmp_path: Path) -> None:
    rig.engine.set_transfer(NONE)
    await rig.fetch()
    with leech(rig, tmp_path / "taken", await find_address(rig)) as handle:
        await until(lambda: is_choked(handle))
        rig.engine.set_transfer(Transfer(max_upload=40_000))
        await until(lambda: count_taken(handle) > 0)
        rig.engine.set_transfer(Transfer(upload="none", max_upload=40_000))
        await until(lambda: is_choked(handle))
        await asyncio.sleep(0.3)
        taken = count_taken(handle)
        await asyncio.sleep(0.5)
        assert count_taken(handle) == taken < SIZE


async def test_an_upload_limit_holds_for_neighbours_too(rig: Loopback, tmp_path: Path) -> None:
    rig.engine.set_transfer(Transfer(max_upload=40_000))
    await rig.fetch()
    with leech(rig, tmp_path / "taken", await find_address(rig)) as handle:
        await until(lambda: count_taken(handle) > 0)
        await asyncio.sleep(0.5)
        assert count_taken(handle) < SIZE / 2
        rig.engine.set_transfer(Transfer())
        await until(lambda: count_taken(handle) >= SIZE, 4)


async def test_a_download_limit_holds_for_neighbours_too(rig: Loopback) -> None:
    rig.engine.set_transfer(Transfer(max_download=40_000))
    async with asyncio.TaskGroup() as tasks:
        fetching = tasks.create_task(rig.fetch())
        await until(lambda: is_loaded(rig) and status_of(rig).downloaded > 0)
        await asyncio.sleep(0.5)
        assert status_of(rig).downloaded < SIZE / 2
        rig.engine.set_transfer(Transfer())
        await until(fetching.done, 4)


async def test_a_limit_holds_from_the_start(rig: Loopback) -> None:
    await rig.engine.close()
    rig.engine.set_transfer(Transfer(max_download=7000, max_upload=8000, upload="none"))
    await rig.engine.start()
    session = rig.engine._session
    assert session
    found = session._session.get_settings()
    limits = found["download_rate_limit"], found["upload_rate_limit"], found["unchoke_slots_limit"]
    assert limits == (7000, 8000, 0)


@pytest.fixture
async def hasty(rig: Loopback, monkeypatch: pytest.MonkeyPatch) -> Loopback:
    """A torrent is idle soon, which is noticed soon."""
    monkeypatch.setattr(uploads, "TICK", 0.1)
    monkeypatch.setattr(housekeeping, "TICK", 0.1)
    rig.settings = SOON_IDLE
    await rig.restart()
    return rig


async def test_a_torrent_stays_until_its_ratio(hasty: Loopback, tmp_path: Path) -> None:
    hasty.engine.set_transfer(TARGETS.model_copy(update={"seed_ratio": 0.5}))
    await hasty.fetch()
    await asyncio.sleep(0.6)
    assert (status_of(hasty).state, status_of(hasty).leaves_in) == ("seeding", None)
    with leech(hasty, tmp_path / "taken", await find_address(hasty)) as handle:
        await until(lambda: handle.status(0).is_seeding)
        await until(lambda: not is_loaded(hasty))
    total = hasty.store.torrents[hasty.info_hash].traffic
    assert total.uploaded >= SIZE
    assert total.downloaded >= SIZE


async def test_a_torrent_stays_for_its_hours_at_most(hasty: Loopback) -> None:
    hasty.engine.set_transfer(TARGETS.model_copy(update={"seed_hours": 0.3 / 3600}))
    await hasty.fetch()
    await until(lambda: is_loaded(hasty) and status_of(hasty).state == "seeding")
    await until(lambda: not is_loaded(hasty))
    assert hasty.store.torrents[hasty.info_hash].traffic.seconds >= 0.3


async def test_only_so_many_stay(hasty: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_SEEDING", 0)
    hasty.engine.set_transfer(TARGETS)
    await hasty.fetch()
    await until(lambda: not is_loaded(hasty))


async def test_what_owes_comes_back_after_a_restart(hasty: Loopback, tmp_path: Path) -> None:
    hasty.engine.set_transfer(TARGETS)
    await hasty.fetch()
    await hasty.restart()
    await hasty.engine._uploads.bring_back()
    assert not is_loaded(hasty)
    hasty.engine.set_transfer(TARGETS)
    await hasty.engine._uploads.bring_back()
    await until(lambda: hasty.find_handle() is not None)
    assert status_of(hasty).state == "seeding"
    with leech(hasty, tmp_path / "taken", await find_address(hasty)) as handle:
        await until(lambda: handle.status(0).is_seeding)
    await until(lambda: not is_loaded(hasty))


async def test_the_keeper_may_let_it_go(hasty: Loopback) -> None:
    hasty.engine.set_transfer(TARGETS)
    await hasty.fetch()
    await until(lambda: is_loaded(hasty) and status_of(hasty).state == "seeding")
    assert await hasty.engine._keeper._evict_idle(SIZE // 2, ends=True) >= SIZE // 2
    await hasty.engine._uploads.bring_back()
    assert not is_loaded(hasty)


async def test_nothing_has_to_go_for_what_comes_back(rig: Loopback) -> None:
    await rig.fetch()
    await rig.restart()
    rig.settings = rig.settings.model_copy(update={"max_loaded": 1})
    await rig.restart()
    rig.engine.set_transfer(TARGETS)
    assert rig.engine._loaded.has_place
    reader = await rig.engine.open(rig.ref())
    assert not rig.engine._loaded.has_place
    await rig.engine._uploads.bring_back()
    assert [each.state for each in rig.engine.health().loaded] == ["streaming"]
    reader.close()


async def test_what_had_to_go_stays_away_for_a_while(rig: Loopback) -> None:
    await rig.fetch()
    rig.engine.set_transfer(TARGETS)
    await rig.engine._uploads.bring_back()
    await rig.engine._loaded.unload(rig.info_hash)
    await rig.engine._uploads.bring_back()
    assert not is_loaded(rig)


async def test_a_policy_of_none_lets_what_seeds_go(hasty: Loopback) -> None:
    hasty.engine.set_transfer(TARGETS)
    await hasty.fetch()
    await until(lambda: is_loaded(hasty) and status_of(hasty).state == "seeding")
    hasty.engine.set_transfer(NONE)
    await until(lambda: not is_loaded(hasty))


async def test_totals_are_saved_while_it_is_loaded(hasty: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SAVING", 1)
    reader = await hasty.engine.open(hasty.ref())
    await hasty.fetch()
    await until(lambda: hasty.store.torrents[hasty.info_hash].traffic.downloaded >= SIZE)
    assert is_loaded(hasty)
    reader.close()


async def test_a_swap_loses_no_byte_of_the_totals(rig: Loopback) -> None:
    await rig.fetch()
    runtime = rig.engine._loaded.find(rig.info_hash)
    assert runtime
    async with rig.engine._loaded.lock(rig.info_hash):
        await rig.engine._loaded.swap(runtime, lambda: range(5))
    await rig.fetch()
    await rig.engine.close()
    total = rig.store.torrents[rig.info_hash].traffic
    assert SIZE + 5 * rig.torrent.piece_length <= total.downloaded < 1.5 * SIZE


async def test_nobody_reads_so_it_will_leave(rig: Loopback) -> None:
    reader = await rig.engine.open(rig.ref())
    await reader.read(0, 10)
    assert status_of(rig).leaves_in is None
    reader.close()
    leaves_in = status_of(rig).leaves_in
    assert leaves_in is not None
    assert 0 < leaves_in <= rig.settings.idle_timeout
    assert rig.engine.health().states == {"idle": 1}


def test_who_owes() -> None:
    owing = [Traffic(0, 10, 0), Traffic(9, 10, 86_399)]
    assert [owes(total, TARGETS) for total in owing] == [True, True]
    done = [Traffic(10, 10, 0), Traffic(0, 10, 86_400), Traffic(0, 0, 0)]
    assert [owes(total, TARGETS) for total in done] == [False, False, False]
    assert not owes(owing[0], Transfer())


def test_the_least_ratio_comes_first() -> None:
    totals = {"most": Traffic(9, 10), "least": Traffic(1, 10), "done": Traffic(0, 10, 1e9)}
    assert find_neediest(totals, TARGETS) == "least"
    assert find_neediest({"done": totals["done"]}, TARGETS) is None
