from __future__ import annotations

from typing import Any

import pytest

from momoshtrem.errors import InvalidInput
from momoshtrem.services.exchange.service import Exchange
from tests.services.exchange.stock import HEAD, MOVIE, TORRENT, add, export


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (b"", r"Line 1 .*'{' is missing"),
        (b"{}", "format: the document is no export"),
        (HEAD | {"version": 2}, "version: only documents of version 1"),
        (HEAD | {"surprise": []}, "surprise: an export has no such key"),
        (HEAD | {"movies": 7}, "movies: an export has no such key"),
        (HEAD | {"movies": [MOVIE, {}]}, r"movies\[1\]\.title: Field required"),
        (HEAD | {"movies": [MOVIE | {"year": "1999"}]}, r"movies\[0\]\.year: Input should be"),
        (HEAD | {"movies": [MOVIE | {"title": "a\0b"}]}, r"movies\[0\]\.title: "),
        (HEAD | {"movies": [MOVIE | {"title": "\ud800"}]}, r"movies\[0\]\.title: "),
        (HEAD | {"movies": [MOVIE | {"added_at": 7}]}, r"movies\[0\]\.added_at: a date or a moment"),
        (HEAD | {"movies": [MOVIE, "Heat"]}, r"movies\[1\]: Input should be"),
        (HEAD | {"torrents": [TORRENT | {"info_hash": "../../etc"}]}, r"torrents\[0\]\.info_hash: "),
        (HEAD | {"torrents": [TORRENT | {"metainfo": "?"}]}, r"torrents\[0\]: "),
        (HEAD | {"torrents": [TORRENT | {"metainfo": "ZGU="}]}, r"torrents\[0\]: .*not a usable .torrent"),
        (HEAD | {"torrents": [TORRENT | {"magnet_uri": "magnet:?"}]}, r"torrents\[0\]: "),
        (
            HEAD | {"torrents": [TORRENT | {"magnet_uri": f"magnet:?xt=urn:btih:{'b' * 40}"}]},
            r"torrents\[0\]\.info_hash: it is not that of",
        ),
        (
            HEAD
            | {"shows": [MOVIE | {"seasons": [{"number": 1, "episodes": [{"number": 1}, {"number": 1}]}]}]},
            r"shows\[0\]: an episode is there twice",
        ),
    ],
)
async def test_a_mistake_is_named_with_its_place_and_changes_nothing(
    exchange: Exchange, document: Any, sentence: str
) -> None:
    before = await export(exchange)
    with pytest.raises(InvalidInput, match=sentence):
        await add(exchange, document)
    assert await export(exchange) == before
