from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from momoshtrem.errors import InvalidInput, StartFailed
from momoshtrem.torrents import seeding
from momoshtrem.torrents.metainfo import parse_metainfo
from momoshtrem.torrents.seeding import Seeder, make_torrent
from tests.fakes.downloader import download

KIB = 2**10


@pytest.fixture
def season(tmp_path: Path) -> Path:
    """A folder of two files."""
    folder = tmp_path / "shared" / "Show S01"
    folder.mkdir(parents=True)
    (folder / "E02.mkv").write_bytes(os.urandom(150 * KIB))
    (folder / "E01.mkv").write_bytes(os.urandom(70 * KIB))
    return folder


def write_torrent(root: Path) -> Path:
    path = root.parent / "made.torrent"
    path.write_bytes(make_torrent(root, 16 * KIB))
    return path


def test_a_torrent_of_a_folder_lists_its_files_by_name(season: Path) -> None:
    metainfo = parse_metainfo(make_torrent(season, 16 * KIB, ["http://127.0.0.1:1/announce"]))

    assert metainfo.name == "Show S01"
    assert [(file.path, file.size) for file in metainfo.files] == [
        ("Show S01/E01.mkv", 70 * KIB),
        ("Show S01/E02.mkv", 150 * KIB),
    ]
    assert metainfo.piece_length == 16 * KIB
    assert metainfo.trackers == ("http://127.0.0.1:1/announce",)


def test_the_same_bytes_give_the_same_torrent(season: Path) -> None:
    assert make_torrent(season, 16 * KIB) == make_torrent(season, 16 * KIB)


def test_nothing_to_share_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"film\.mkv"):
        make_torrent(tmp_path / "film.mkv", 16 * KIB)


def test_an_odd_piece_length_is_refused(season: Path) -> None:
    with pytest.raises(InvalidInput, match="piece size"):
        make_torrent(season, 1000)


async def test_a_seeder_delivers_every_file(season: Path, tmp_path: Path) -> None:
    torrent = write_torrent(season)
    async with Seeder(torrent, season.parent) as seeder:
        await download(torrent.read_bytes(), [seeder.address], tmp_path / "got")

    for file in season.iterdir():
        assert (tmp_path / "got" / season.name / file.name).read_bytes() == file.read_bytes()


async def test_a_seeder_listens_on_its_address_alone_and_only_while_entered(season: Path) -> None:
    async with Seeder(write_torrent(season), season.parent, host="127.0.0.2") as seeder:
        assert is_open("127.0.0.2", seeder.port)
        assert not is_open("127.0.0.1", seeder.port)
        assert seeder.address == f"127.0.0.2:{seeder.port}"

    assert not is_open("127.0.0.2", seeder.port)


async def test_a_seeder_without_the_files_does_not_start(season: Path, tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="not all in"):
        async with Seeder(write_torrent(season), tmp_path / "elsewhere"):
            pass


async def test_a_seeder_of_something_that_is_no_torrent_does_not_start(season: Path) -> None:
    with pytest.raises(StartFailed, match="is not a torrent"):
        async with Seeder(season / "E01.mkv", season):
            pass


PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-m", *sys.argv[1:]], stdout=subprocess.PIPE)
print(child.stdout.readline().decode(), flush=True)
child.wait()
"""


async def test_a_seeder_ends_with_its_parent(season: Path) -> None:
    command = [seeding.__name__, str(write_torrent(season)), str(season.parent)]
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, *command, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    port = json.loads(await parent.stdout.readline())["port"]

    parent.send_signal(signal.SIGKILL)
    await parent.communicate()

    while is_open("127.0.0.1", port):
        await asyncio.sleep(0.05)


def is_open(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
