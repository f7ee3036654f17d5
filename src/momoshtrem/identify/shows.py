"""Which files of a torrent are which episodes of a show.

A name is only evidence. The season is taken from the file's own name, else from the nearest folder that
names one, else from the torrent's name, else from the library where it has but one season; failing all that,
numbers count through all seasons, as is usual for anime. The less the names say, the lower the confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from momoshtrem.identify.files import Skipped, Unmatched, folders, sort_files, stem
from momoshtrem.identify.numbers import Numbers, find_bare_number, find_numbers, technical_part
from momoshtrem.identify.parse import parse_quality
from momoshtrem.identify.titles import names_show, title_pattern
from momoshtrem.model.media import Episode
from momoshtrem.model.release import Quality
from momoshtrem.model.torrent import TorrentFile

_OTHER_TITLE = 0.75
_BARE_NUMBER = 0.15
_SPECIAL = re.compile(
    r"(?<![a-z])(?:nc(?:op|ed)\d*[a-z]?|creditless|o[vn]as?|oads?|sp\d+|specials?|(?:op|ed)\d+|pv\d*)"
    r"(?![a-z])",
    re.IGNORECASE,
)
_GROUP = re.compile(r"^\[[^\]]+\]")
_SPECIALS_FOLDER = re.compile(r"(?:.*\W)?(?:specials?|especiales|sonderfolgen)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Match:
    """A file and what it holds; `confidence` is 0 to 1, `reason` tells where it comes from."""

    file: TorrentFile
    episodes: tuple[Episode, ...]
    quality: Quality
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class ShowMatch:
    """Every file of the torrent is in exactly one of the three."""

    matched: tuple[Match, ...]
    unmatched: tuple[Unmatched, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class _Claim:
    """The episodes a file says to be, not yet looked up."""

    season: int | None
    numbers: tuple[int, ...]
    confidence: float
    reason: str

    def doubted(self, before: str) -> _Claim:
        """The same of a file that is named for another show, or in another language."""
        reason = f"{self.reason}; but the file is named {before.strip(' .-_')!r}"
        return replace(self, confidence=min(self.confidence, _OTHER_TITLE), reason=reason)


def match_show(
    metainfo_name: str, files: Sequence[TorrentFile], title: str, episodes: Sequence[Episode]
) -> ShowMatch:
    """Find the episodes in a torrent. Raises NoMatch when it holds no video to play."""
    ordered = sort_files(files, (title, metainfo_name))
    matcher = _Matcher(_Names(title, metainfo_name), _Wanted(episodes))
    alone = len(ordered.videos) == 1
    results = [matcher.identify(file, alone=alone) for file in ordered.videos]
    kept, doubles = _without_doubles(each for each in results if isinstance(each, Match))
    misses = tuple(each for each in results if isinstance(each, Unmatched))
    return ShowMatch(kept, misses + doubles + ordered.rest, ordered.skipped)


class _Wanted:
    """The episodes of the library, by all that a name may tell of them."""

    def __init__(self, episodes: Sequence[Episode]) -> None:
        self._by_number = {(each.season_number, each.number): each for each in episodes}
        self._by_date: dict[date, list[Episode]] = {}
        for each in episodes:
            if each.air_date:
                self._by_date.setdefault(each.air_date, []).append(each)
        seasons = sorted({season for season, _ in self._by_number if season})
        self.only_season = seasons[0] if len(seasons) == 1 else None
        has_all_before = seasons == list(range(1, len(seasons) + 1))
        self._counted = self._count() if has_all_before else {}

    def aired_on(self, day: date) -> list[Episode]:
        return self._by_date.get(day, [])

    def in_season(self, season: int, numbers: Iterable[int]) -> tuple[Episode, ...]:
        """By number, or as in `105` for season 1 episode 5."""
        exact = [self._by_number.get((season, number)) for number in numbers]
        if not any(exact) and season:
            short = [number % 100 for number in numbers if number // 100 == season]
            exact = [self._by_number.get((season, number)) for number in short]
        return tuple(each for each in exact if each)

    def counted(self, numbers: Iterable[int]) -> tuple[Episode, ...]:
        """Counted from the first episode on; nothing where a season before may be missing."""
        return tuple(self._counted[number] for number in numbers if number in self._counted)

    def _count(self) -> dict[int, Episode]:
        """By the show's own numbers where they run on through the seasons."""
        regular = [self._by_number[key] for key in sorted(self._by_number) if key[0]]
        own = {each.number: each for each in regular}
        return own if len(own) == len(regular) else dict(enumerate(regular, start=1))


class _Names:
    """Reads the names of one torrent's files, for a show of that title."""

    def __init__(self, title: str, metainfo_name: str) -> None:
        self._title = title
        self._pattern = title_pattern(title)
        self._read_quality = cache(parse_quality)
        self._read_season = cache(self._season_of)
        self._torrent_quality = self._read_quality(_quality_words(metainfo_name))
        self.torrent = find_numbers(self.strip(metainfo_name))

    def strip(self, name: str) -> str:
        """The name without the show's title, whose numbers (*24*, *The 100*) count nothing."""
        match = self._pattern.match(name)
        return name[match.end() :] if match else name

    def is_of_show(self, numbers: Numbers) -> bool:
        return names_show(numbers.before, self._title)

    def folder_season(self, file: TorrentFile) -> int | None:
        """The season told by the nearest folder that tells one."""
        seasons = map(self._read_season, folders(file))
        return next((season for season in seasons if season is not None), None)

    def quality(self, file: TorrentFile) -> Quality:
        own = self._read_quality(_quality_words(stem(file)))
        return own.filled_from(self._torrent_quality)

    def _season_of(self, folder: str) -> int | None:
        rest = self.strip(folder).strip()
        seasons = find_numbers(rest).seasons
        if seasons:
            return seasons[0] if len(seasons) == 1 else None
        if _SPECIALS_FOLDER.fullmatch(rest):
            return 0
        return int(rest) if rest.isdecimal() and len(rest) <= 2 else None


class _Matcher:
    """Brings the names of a torrent and the episodes of the library together."""

    def __init__(self, names: _Names, wanted: _Wanted) -> None:
        self._names = names
        self._wanted = wanted

    def identify(self, file: TorrentFile, *, alone: bool) -> Match | Unmatched:
        rest = self._names.strip(stem(file))
        numbers, torrent = find_numbers(rest), self._names.torrent
        if alone and not numbers.episodes and (torrent.episodes or torrent.air_date):
            numbers = torrent
        if numbers.air_date:
            return self._by_air_date(file, numbers.air_date)
        is_marked = bool(numbers.episodes)
        numbers = numbers if is_marked else _with_bare_number(numbers, rest)
        claim = self._claim(file, rest, numbers)
        if isinstance(claim, str):
            return Unmatched(file, claim)
        if not is_marked:
            claim = replace(claim, confidence=claim.confidence - _BARE_NUMBER)
        if not self._names.is_of_show(numbers):
            claim = claim.doubted(numbers.before)
        return self._look_up(file, claim)

    def _claim(self, file: TorrentFile, rest: str, numbers: Numbers) -> _Claim | str:
        if not numbers.episodes:
            return "no episode number found"
        if not numbers.seasons and _SPECIAL.search(rest):
            return "an opening, ending or special without a season number"
        if len(numbers.seasons) > 1:
            return "its name tells more than one season"
        folder = self._names.folder_season(file)
        if numbers.seasons:
            return _by_name(numbers.seasons[0], numbers.episodes, folder)
        return self._without_season(folder, numbers.episodes)

    def _without_season(self, folder: int | None, found: tuple[int, ...]) -> _Claim:
        torrent = self._names.torrent.seasons
        if folder is not None:
            return _Claim(folder, found, 0.95, "season from the folder, episode from the name")
        if len(torrent) == 1:
            return _Claim(torrent[0], found, 0.93, "season from the torrent, episode from the name")
        if self._wanted.only_season is not None:
            return _Claim(self._wanted.only_season, found, 0.85, "the library has only this season")
        return _Claim(None, found, 0.8, "counted through all seasons")

    def _look_up(self, file: TorrentFile, claim: _Claim) -> Match | Unmatched:
        if claim.season is None:
            found = self._wanted.counted(claim.numbers)
        else:
            found = self._wanted.in_season(claim.season, claim.numbers)
        if found:
            return self._match(file, found, claim.confidence, claim.reason)
        place = "episode" if claim.season is None else f"season {claim.season} episode"
        return Unmatched(file, f"{place} {_listed(claim.numbers)} is not in the library")

    def _by_air_date(self, file: TorrentFile, aired: date) -> Match | Unmatched:
        found = self._wanted.aired_on(aired)
        if len(found) == 1:
            return self._match(file, tuple(found), 0.95, "by the date in its name")
        count = f"{len(found)} episodes" if found else "no episode"
        return Unmatched(file, f"{count} of the library aired on {aired}")

    def _match(
        self, file: TorrentFile, episodes: tuple[Episode, ...], confidence: float, reason: str
    ) -> Match:
        return Match(file, episodes, self._names.quality(file), round(confidence, 2), reason)


def _with_bare_number(numbers: Numbers, rest: str) -> Numbers:
    if numbers.seasons:
        return replace(numbers, episodes=find_bare_number(numbers.after).episodes)
    return find_bare_number(_GROUP.sub("", rest))


def _by_name(season: int, numbers: tuple[int, ...], folder: int | None) -> _Claim:
    reason = "season and episode from the name"
    if folder is None or folder == season:
        return _Claim(season, numbers, 0.98, reason)
    return _Claim(season, numbers, 0.83, f"{reason}, though the folder says season {folder}")


def _listed(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"


def _quality_words(name: str) -> str:
    """What of a name tells its quality: the group in front and the technical words at the end."""
    group = _GROUP.match(name)
    return (group[0] + " " if group else "") + technical_part(name)


def _without_doubles(matches: Iterable[Match]) -> tuple[tuple[Match, ...], tuple[Unmatched, ...]]:
    """One file for each episode: the surest, then by resolution, then by size."""
    holders: dict[int, Match] = {}
    kept, doubles = [], []
    for match in sorted(matches, key=_preference):
        free = tuple(each for each in match.episodes if each.id not in holders)
        if free:
            kept.append(replace(match, episodes=free))
            holders.update((each.id, match) for each in free)
        else:
            better = holders[match.episodes[0].id]
            doubles.append(Unmatched(match.file, _why_double(match, better)))
    kept.sort(key=lambda match: match.file.index)
    return tuple(kept), tuple(doubles)


def _preference(match: Match) -> tuple[float, int, int, int]:
    return (-match.confidence, -match.quality.height, -match.file.size, match.file.index)


def _why_double(match: Match, better: Match) -> str:
    if better.confidence > match.confidence:
        why = "which is the surer match"
    elif better.quality.height > match.quality.height:
        why = "which has the higher resolution"
    else:
        why = "which is not smaller"
    return f"duplicate of {better.file.path}, {why}"
