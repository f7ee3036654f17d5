"""Reads the names of one torrent's files, for a show of a given title."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from momoshtrem.identify import words
from momoshtrem.identify.files import folders, stem
from momoshtrem.identify.numbers import Numbers, find_numbers
from momoshtrem.identify.parse import parse_quality, quality_words
from momoshtrem.identify.titles import names_show, title_pattern
from momoshtrem.identify.titles import words as title_words
from momoshtrem.model.release import Quality
from momoshtrem.model.torrent import TorrentFile

_SEQUEL = re.compile(r"^[ ._]+(ii|iii|iv|v|[2-9])(?=[ ._]+-[ ._]+\d)", re.IGNORECASE)
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "v": "5"}
_SPECIALS_FOLDER = re.compile(rf"(?:.*\W)?(?:{words.SPECIALS_FOLDER})", re.IGNORECASE)
_OVA_FOLDER = re.compile(rf"(?:.*\W)?(?:{words.OVA})", re.IGNORECASE)
_PART_OF_SEASON = re.compile(r"(?<![a-z])(?:part|cour)[ ._]?\d|cour(?![a-z])", re.IGNORECASE)
_VOLUME_FOLDER = re.compile(rf"(?:{words.VOLUME})[ ._]?(\d{{1,2}})(?!\d)", re.IGNORECASE)

# A season and how sure it is that a folder means it.
FolderSeason = tuple[int, float]


class ShowNames:
    """What the names of one torrent tell when its show is known."""

    def __init__(self, title: str, metainfo_name: str, videos: Sequence[TorrentFile]) -> None:
        self._title = title
        self._pattern = title_pattern(title)
        self._held = Counter(_folder(file) for file in videos)
        self._is_single = len(videos) == 1
        self._read_quality = cache(parse_quality)
        self._read_season = cache(self._season_of)
        self._torrent_quality = self._read_quality(quality_words(metainfo_name))
        self.torrent = find_numbers(self.without_title(metainfo_name))

    def without_title(self, name: str) -> str:
        """The name without the show's title, whose numbers (*24*, *The 100*) count nothing."""
        match = self._pattern.match(name)
        return _SEQUEL.sub(_as_season, name[match.end() :]) if match else name

    def marked(self, file: TorrentFile) -> Numbers:
        """The numbers of its own name, else of the folder or the torrent that holds only this file."""
        own = find_numbers(self.without_title(stem(file)))
        if own.episodes or own.air_date:
            return own
        others = [self.torrent] if self._is_single else []
        if self._held[_folder(file)] == 1:
            others = [*(find_numbers(self.without_title(folder)) for folder in folders(file)[:1]), *others]
        return next((each for each in others if each.episodes or each.air_date), own)

    def folder_season(self, file: TorrentFile) -> FolderSeason | None:
        """The season told by the nearest folder that tells one."""
        seasons = map(self._read_season, folders(file))
        return next((season for season in seasons if season is not None), None)

    def is_of_show(self, text: str) -> bool:
        """Whether `text`, what stands before a number, fits the show's title."""
        return names_show(text, self._title)

    def is_of_other_show(self, text: str) -> bool:
        """Whether `text` shares words with the title, as a spin-off does, or the torrent is not of it."""
        found, own = set(title_words(text)), set(title_words(self._title))
        return bool(found & own) or not self.is_of_show(self.torrent.before)

    def quality(self, file: TorrentFile) -> Quality:
        return self._read_quality(quality_words(stem(file))).filled_from(self._torrent_quality)

    def _season_of(self, folder: str) -> FolderSeason | None:
        rest = self.without_title(folder).strip()
        numbers = find_numbers(rest)
        if numbers.seasons:
            confidence = 0.5 if _PART_OF_SEASON.search(numbers.after) else 0.95
            return (numbers.seasons[0], confidence) if len(numbers.seasons) == 1 else None
        if _SPECIALS_FOLDER.fullmatch(rest):
            return 0, 0.8
        if _OVA_FOLDER.fullmatch(rest):
            return 0, 0.5
        if volume := _VOLUME_FOLDER.match(rest):
            return int(volume[1]), 0.8
        return (int(rest), 0.95) if rest.isdecimal() and len(rest) <= 2 else None


def _folder(file: TorrentFile) -> str:
    return file.path.rpartition("/")[0]


def _as_season(match: re.Match[str]) -> str:
    number = match[1].lower()
    return f" Season {_ROMAN.get(number, number)}"
