from __future__ import annotations

import json

import pytest

from momoshtrem.errors import InvalidInput
from momoshtrem.library import torrents
from momoshtrem.services.exchange.export import Choice
from momoshtrem.services.exchange.service import Exchange
from momoshtrem.torrents.metainfo import parse_magnet
from tests.services.exchange.stock import HEAT_720, HEAT_1080, TRACKER, export, stock
from tests.services.rig import Rig, magnet_of, make_torrent


async def test_it_can_be_read(rig: Rig, exchange: Exchange) -> None:
    await rig.db.run(stock)
    document = json.loads(await export(exchange, Choice()))
    assert (document["format"], document["version"]) == ("momoshtrem library", 1)
    heat, never = document["movies"]
    assert (heat["title"], heat["year"], heat["tmdb_id"], heat["pinned"]) == ("Heat", 1995, 949, True)
    assert heat["path_name"] == "Heat (1995)"
    assert [file["info_hash"] for file in heat["files"]] == [HEAT_1080.info_hash, HEAT_720.info_hash]
    assert [file.get("rank", 0) for file in heat["files"]] == [0, 1]
    assert heat["files"][0]["resolution"] == "1080p"
    assert never.keys() == {"title", "added_at"}
    (fargo,) = document["shows"]
    assert (fargo["ended"], fargo["whole"]) == (True, True)
    assert fargo["seasons"][0]["episodes"][1]["pinned"] is True
    assert fargo["corrections"] == [{"release_group": "grp", "number": 3, "to_season": 1, "to_number": 2}]
    torrent = next(each for each in document["torrents"] if each["info_hash"] == HEAT_1080.info_hash)
    assert torrent["trackers"] == [TRACKER]
    assert torrent["files"] == [{"path": "Heat.1995.1080p.mkv", "size": 2**20}]
    assert "metainfo" not in torrent


async def test_an_empty_library_is_a_document_too(exchange: Exchange) -> None:
    assert json.loads(await export(exchange)) == {
        "format": "momoshtrem library",
        "version": 1,
        "torrents": [],
        "movies": [],
        "shows": [],
    }


async def test_trackers_can_be_left_out(rig: Rig, exchange: Exchange) -> None:
    await rig.db.run(stock)
    magnet = parse_magnet(magnet_of(make_torrent("Waiting")) + "&tr=http://tracker.test/passkey/announce")
    await rig.db.run(torrents.insert_magnet, magnet)
    assert b"passkey" in await export(exchange, Choice())
    bare = await export(exchange, Choice(trackers=False))
    assert b"passkey" not in bare
    assert magnet.info_hash.encode() in bare
    with pytest.raises(InvalidInput, match="holds its trackers"):
        exchange.export(Choice(metainfo=True, trackers=False))
