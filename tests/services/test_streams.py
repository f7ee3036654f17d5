from __future__ import annotations

import pytest

from momoshtrem.errors import NotFound
from momoshtrem.library import movies
from momoshtrem.services.acquire import Source
from momoshtrem.services.matching import Options, Target
from momoshtrem.vfs.tree import File
from tests.library.samples import HEAT
from tests.services.rig import Rig, make_torrent

SIZE = 100_000
TORRENT = make_torrent("Heat.1995.1080p.mkv", size=SIZE)
CONTENT = bytes(range(250)) * (SIZE // 250)


@pytest.fixture
async def file(rig: Rig) -> File:
    await rig.db.run(movies.insert, HEAT)
    await rig.acquire.assign(Target("movie", 1), Source(blob=TORRENT.blob), Options())
    found = rig.streams.tree.find("/Movies/Heat (1995)/Heat (1995).mkv")
    assert isinstance(found, File)
    return found


async def test_a_file_of_the_tree_is_read_out_of_the_swarm(rig: Rig, file: File) -> None:
    rig.engine.share(TORRENT, CONTENT)
    reader = await rig.streams.open(file)
    assert reader.size == file.size == SIZE
    assert await reader.read(50_000, 10) == CONTENT[50_000:50_010]


async def test_opening_waits_for_nobody(rig: Rig, file: File) -> None:
    await rig.streams.open(file)
    assert len(rig.engine.list_readers()) == 1
    assert rig.engine.list_wishes(TORRENT.info_hash) == set()


async def test_a_file_whose_torrent_is_gone_by_now(rig: Rig, file: File) -> None:
    await rig.torrents.remove(TORRENT.info_hash, delete_files=True)
    with pytest.raises(NotFound):
        await rig.streams.open(file)
