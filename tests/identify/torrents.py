"""Torrents' file lists and library episodes for the tests of matching."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from momoshtrem.model.media import Episode
from momoshtrem.model.torrent import TorrentFile

GIB = 1 << 30


def files(*paths: str, size: int = GIB) -> list[TorrentFile]:
    return [TorrentFile(index, path, size, index * size) for index, path in enumerate(paths)]


def sized(*entries: tuple[str, int]) -> list[TorrentFile]:
    return [TorrentFile(index, path, size, 0) for index, (path, size) in enumerate(entries)]


def episodes(seasons: Iterable[int], count: int, first_aired: date | None = None) -> list[Episode]:
    """`count` episodes in each season, aired day by day from `first_aired`."""
    numbered = [(season, number) for season in seasons for number in range(1, count + 1)]
    return [
        Episode(
            id=place + 1,
            season_number=season,
            number=number,
            name=None,
            air_date=first_aired + timedelta(days=place) if first_aired else None,
            path_name=None,
        )
        for place, (season, number) in enumerate(numbered)
    ]
