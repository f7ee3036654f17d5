from __future__ import annotations

import base64
from typing import Any

import pytest

from momoshtrem.errors import InvalidInput
from momoshtrem.model.torrent import Magnet
from momoshtrem.services.exchange.document import Movie, Show, Torrent
from momoshtrem.services.exchange.incoming import past_movie, past_show, read_torrent
from tests.services.exchange.stock import HEAT_720, HEAT_1080, MOVIE, TORRENT, TRACKER


def torrent(**changes: Any) -> Torrent:
    return Torrent.model_validate(TORRENT | changes)


def test_a_torrent_file_goes_before_a_link() -> None:
    encoded = base64.b64encode(HEAT_1080.blob).decode()
    found = read_torrent("here", torrent(info_hash=HEAT_1080.info_hash, metainfo=encoded, trackers=[TRACKER]))
    assert found.new == HEAT_1080
    assert found.added_at.isoformat() == "2026-01-02T03:04:05+00:00"


def test_without_both_a_link_is_made_of_the_hash() -> None:
    found = read_torrent("here", torrent(name="a & b", trackers=[TRACKER]))
    assert isinstance(found.new, Magnet)
    assert (found.new.info_hash, found.new.name, found.new.trackers) == ("a" * 40, "a & b", (TRACKER,))
    assert found.magnet_uri is None


def test_a_torrent_of_another_hash_is_refused_with_its_place() -> None:
    encoded = base64.b64encode(HEAT_720.blob).decode()
    with pytest.raises(InvalidInput, match=r"^torrents\[3\]\.info_hash: it is not that of"):
        read_torrent("torrents[3]", torrent(info_hash=HEAT_1080.info_hash, metainfo=encoded))


@pytest.mark.parametrize(
    ("given", "taken"), [("Heat (1995)", "Heat (1995)"), ("../Heat", None), ("Heat.", None), ("", None)]
)
def test_only_a_name_that_a_folder_can_have_is_taken(given: str, taken: str | None) -> None:
    assert past_movie(Movie.model_validate(MOVIE | {"path_name": given})).past.path_name == taken


def test_episodes_stand_in_the_order_of_their_seasons() -> None:
    seasons = [
        {"number": 2, "episodes": [{"number": 7, "path_name": "a/b"}, {"number": 1, "path_name": ""}]},
        {"number": 1, "episodes": [{"number": 3, "path_name": "Name", "pinned": True}]},
    ]
    show = past_show(Show.model_validate(MOVIE | {"seasons": seasons}))
    numbers = [(season.number, one.number) for season in show.new.seasons for one in season.episodes]
    assert list(show.episodes) == numbers == [(2, 7), (2, 1), (1, 3)]
    assert [(one.path_name, one.pinned) for one in show.episodes.values()] == [
        (None, False),
        ("", False),
        ("Name", True),
    ]
