"""What only the engine on libtorrent does: the session, the cache on disk, hostile and strange swarms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import libtorrent as lt
import pytest

from momoshtrem.errors import NoData, NotFound, StorageFailed
from momoshtrem.torrents.metainfo import parse_magnet
from tests.fakes.swarm import KIB, Line
from tests.torrents.contract import PATIENCE, read_all, until
from tests.torrents.loopback import LOOPBACK, Loopback, open_loopback, open_seeded, write_folder
from tests.torrents.versions import VERSIONS, make_version

FILM = {"film.mkv": 400_001}
NOW_IDLE = LOOPBACK.model_copy(update={"idle_timeout": 0.01})


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Loopback]:
    folder = write_folder(tmp_path / "Film", FILM)
    async with open_loopback(folder, tmp_path / "cache") as rig:
        rig.learn(*rig.peers)
        yield rig


async def test_the_file_of_the_cache_has_no_name_of_the_torrent(rig: Loopback) -> None:
    await rig.fetch()
    files = [str(path.relative_to(rig.cache)) for path in rig.cache.rglob("*") if path.is_file()]
    assert files == [f"{rig.info_hash}/0"]


async def test_a_disk_that_takes_nothing_ends_the_read(rig: Loopback) -> None:
    rig.cache.write_bytes(b"a file where the folder should be")
    reader = await rig.engine.open(rig.ref())
    with pytest.raises(StorageFailed, match="cache"):
        await reader.read(0, 10)
    reader.close()
    await rig.engine.close()


async def test_a_torrent_that_is_removed_while_it_is_opened_gives_no_bytes(rig: Loopback) -> None:
    await rig.fetch()
    await rig.restart()
    opening = asyncio.gather(rig.engine.open(rig.ref()), rig.engine.remove(rig.info_hash, delete_files=True))
    reader, _ = await opening
    with pytest.raises(NotFound):
        await reader.read(0, 10)
    reader.close()


async def test_peers_that_send_false_bytes_are_never_believed(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "Film", FILM)
    lines = [Line(corrupt=True), Line(rate=1e6)]
    async with open_loopback(folder, tmp_path / "cache", lines=lines, piece_length=32 * KIB) as rig:
        rig.learn(*rig.peers)
        await rig.fetch()


async def test_false_bytes_alone_are_no_bytes(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "Film", FILM)
    async with open_loopback(folder, tmp_path / "cache", lines=[Line(corrupt=True)]) as rig:
        rig.learn(*rig.peers)
        await rig.restart(read_timeout=1.5)
        reader = await rig.engine.open(rig.ref())
        with pytest.raises(NoData):
            await reader.read(0, 10)
        reader.close()
        assert rig.list_stored() == set()


@pytest.mark.parametrize("verify_first", [False, True])
async def test_the_user_decides_whether_bytes_are_checked_first(tmp_path: Path, verify_first: bool) -> None:
    folder = write_folder(tmp_path / "Film", FILM)
    lines, length = [Line(rate=3e5)], 256 * KIB
    async with open_loopback(folder, tmp_path / "cache", lines=lines, piece_length=length) as rig:
        rig.verify_first = verify_first
        await rig.restart()
        rig.learn(*rig.peers)
        reader = await rig.engine.open(rig.ref())
        assert await reader.read(0, 10) == rig.contents[0][:10]
        status = rig.engine.find_status(rig.info_hash)
        assert status is not None
        assert (status.progress > 0) is verify_first
        reader.close()


async def test_a_liar_among_others_is_found_and_never_believed(tmp_path: Path) -> None:
    """Whoever is given a false block is cut off; libtorrent compares blocks until it knows who sent it."""
    folder = write_folder(tmp_path / "Film", {"film.mkv": 2_000_000})
    lines, length = [Line(rate=1e6), Line(rate=1e6, corrupt=True)], 256 * KIB
    async with open_loopback(folder, tmp_path / "cache", lines=lines, piece_length=length) as rig:
        rig.learn(*rig.peers)
        found = b""
        while not found:
            reader = await rig.engine.open(rig.ref())
            with suppress(NoData):
                given = await read_all(reader)
                await reader.check()
                found = given
            reader.close()
        assert found == rig.contents[0]
        handle = rig.find_handle()
        assert handle
        await until(lambda: [peer.ip[0] for peer in handle.get_peer_info()] == [rig.peer.split(":")[0]])


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_version_reads_right(version: str, tmp_path: Path) -> None:
    blob = make_version(tmp_path / "Film", version)
    async with open_seeded(blob, tmp_path / "Film", tmp_path / "cache") as rig:
        rig.learn(*rig.peers)
        for file in rig.torrent.files:
            if not file.hidden:
                await rig.fetch(file.index)
        await rig.restart()
        await rig.fetch()
        assert rig.find_handle() is None


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_version_is_found_by_every_hash(version: str, tmp_path: Path) -> None:
    blob = make_version(tmp_path / "Film", version)
    hashes = lt.load_torrent_buffer(blob).info_hashes
    names = [f"btih:{hashes.v1}"] * hashes.has_v1() + [f"btmh:1220{hashes.v2}"] * hashes.has_v2()
    async with open_seeded(blob, tmp_path / "Film", tmp_path / "cache") as rig:
        for name in names:
            async with asyncio.timeout(PATIENCE):
                found = await rig.engine.fetch_metadata(
                    parse_magnet(f"magnet:?xt=urn:{name}&x.pe={rig.peer}")
                )
            assert found.files == rig.torrent.files
            assert found.info_hash == rig.info_hash
            rig.store.add(found, peers=rig.peers)
            await rig.engine.remove(rig.info_hash, delete_files=True)
            await rig.fetch()
            await rig.engine.remove(rig.info_hash, delete_files=True)


async def test_metadata_of_a_loaded_torrent_is_here(tmp_path: Path) -> None:
    blob = make_version(tmp_path / "Film", "hybrid")
    v2 = lt.load_torrent_buffer(blob).info_hashes.v2
    async with open_seeded(blob, tmp_path / "Film", tmp_path / "cache") as rig:
        rig.learn(*rig.peers)
        reader = await rig.engine.open(rig.ref())
        await reader.read(0, 10)
        for magnet in (rig.magnet(), parse_magnet(f"magnet:?xt=urn:btmh:1220{v2}")):
            async with asyncio.timeout(PATIENCE):
                assert await rig.engine.fetch_metadata(magnet) == rig.torrent
        assert await read_all(reader) == rig.contents[0]
        reader.close()


async def test_a_private_torrent_stays_private(tmp_path: Path) -> None:
    blob = make_version(tmp_path / "Film", "v1", private=True)
    async with open_seeded(blob, tmp_path / "Film", tmp_path / "cache") as rig:
        assert rig.torrent.private
        rig.learn(*rig.peers)
        reader = await rig.engine.open(rig.ref())
        await reader.read(0, 10)
        handle = rig.find_handle()
        info = handle and handle.torrent_file()
        assert info
        assert info.priv()
        reader.close()
