"""Which files of a torrent are which episodes of a show.

A name is only evidence. The season is taken from the file's own name, else from the nearest folder that
names one, else from the torrent's name, else from the library where it has but one season; failing all that,
numbers count through all seasons, as is usual for anime. The less the names say, the lower the confidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from momoshtrem.identify import words
from momoshtrem.identify.bare import find_bare_number
from momoshtrem.identify.corrections import Corrections
from momoshtrem.identify.doubles import Match, without_doubles
from momoshtrem.identify.files import Skipped, Unmatched, is_in_blu_ray, sort_files, stem
from momoshtrem.identify.numbers import Numbers
from momoshtrem.identify.showname import FolderSeason, ShowNames
from momoshtrem.identify.wanted import Wanted
from momoshtrem.model.media import Correction, Episode
from momoshtrem.model.torrent import TorrentFile

_CORRECTED = 0.99
_FOREIGN_TITLE = 0.75
_GUESS = 0.6
_HARDLY = 0.5
_BARE_NUMBER = 0.15
_FANSUB_NUMBER = 0.05
_SHORT = "season and episode from one number"
_SPECIAL_NUMBER = "a special by its number, which others count otherwise"
_CONFIRMED = "counted through all seasons, which fits the season of the folder or torrent"
_GROUP = re.compile(r"^\[[^\]]+\]")
_CREDITLESS = re.compile(rf"(?<![a-z])(?:{words.CREDITLESS})(?![a-z])", re.IGNORECASE)
_OPENING = re.compile(rf"(?<![a-z])(?:{words.OPENING})(?![a-z])", re.IGNORECASE)
_SPECIAL = re.compile(rf"(?<![a-z])(?:{words.OVA}|sp[ .]?\d*|specials?)(?![a-z])", re.IGNORECASE)
_OVA = re.compile(rf"(?<![a-z])(?:{words.OVA})(?![a-z])", re.IGNORECASE)
_PART_OF_SEASON = re.compile(r"final[ .]season|cour(?![a-z])|part[ .]?\d+[ .]+-", re.IGNORECASE)
_PART_BEFORE_NUMBER = re.compile(r"(?:cour|part)[ .]?\d*[ .]+-[ .]+\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ShowMatch:
    """Every file of the torrent is in exactly one of the three."""

    matched: tuple[Match, ...]
    unmatched: tuple[Unmatched, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class _Claim:
    """The episodes a file says to be, not yet looked up; `loose` where the season is not of its own name."""

    season: int | None
    numbers: tuple[int, ...]
    confidence: float
    reason: str
    loose: bool = True

    def doubted(self, most: float, why: str) -> _Claim:
        return replace(self, confidence=min(self.confidence, most), reason=f"{self.reason}; but {why}")


def match_show(
    metainfo_name: str,
    files: Sequence[TorrentFile],
    title: str,
    episodes: Sequence[Episode],
    corrections: Sequence[Correction] = (),
) -> ShowMatch:
    """Find the episodes in a torrent. Raises NoMatch when it holds no video to play."""
    ordered = sort_files(files, (title, metainfo_name))
    wanted = Wanted(episodes)
    rules = Corrections(corrections, metainfo_name, wanted)
    matcher = _Matcher(ShowNames(title, metainfo_name, ordered.videos), wanted, rules)
    results = [matcher.identify(file) for file in ordered.videos]
    kept, doubles = without_doubles(each for each in results if isinstance(each, Match))
    misses = tuple(each for each in results if isinstance(each, Unmatched))
    return ShowMatch(kept, misses + doubles + ordered.rest, ordered.skipped)


class _Matcher:
    """Brings the names of a torrent and the episodes of the library together."""

    def __init__(self, names: ShowNames, wanted: Wanted, rules: Corrections) -> None:
        self._names = names
        self._wanted = wanted
        self._rules = rules

    def identify(self, file: TorrentFile) -> Match | Unmatched:
        if corrected := self._rules.find_episodes(file, self._names.quality(file).group):
            return self._match(file, corrected, _CORRECTED, "as corrected by hand before")
        if is_in_blu_ray(file):
            return Unmatched(file, "a stream of a Blu-ray disc, which does not tell its episode")
        rest = self._names.without_title(stem(file))
        marked = self._names.marked(file)
        if marked.air_date:
            return self._by_air_date(file, marked.air_date, marked.before)
        numbers = marked if marked.episodes else _with_bare_number(marked, rest)
        if special := self._by_special_name(file, rest, numbers):
            return special
        claim = self._claim(file, rest, numbers, is_marked=bool(marked.episodes))
        return Unmatched(file, claim) if isinstance(claim, str) else self._look_up(file, claim)

    def _by_special_name(self, file: TorrentFile, rest: str, numbers: Numbers) -> Match | None:
        """Specials are counted differently everywhere, but their names are the same."""
        folder = self._names.folder_season(file)
        in_specials = folder is not None and folder[0] == 0
        if numbers.seasons or (numbers.episodes and not in_specials and not _SPECIAL.search(rest)):
            return None
        if _is_opening(rest, numbers) or not (found := self._wanted.special_named(rest)):
            return None
        has_title = in_specials or rest != stem(file)
        return self._match(file, (found,), 0.85 if has_title else _GUESS, "by the name of the special")

    def _claim(self, file: TorrentFile, rest: str, numbers: Numbers, *, is_marked: bool) -> _Claim | str:
        if why_not := _why_no_claim(rest, numbers, is_marked=is_marked):
            return why_not
        claim = self._with_season(file, rest, numbers)
        if not is_marked:
            less = _FANSUB_NUMBER if _GROUP.match(stem(file)) else _BARE_NUMBER
            claim = replace(claim, confidence=claim.confidence - less)
        return self._judged(claim, _SPECIAL.sub("", numbers.before))

    def _judged(self, claim: _Claim, before: str) -> _Claim:
        """With doubt, where what stands before the number is no title of this show."""
        if self._names.is_of_show(before):
            return claim
        most = _GUESS if self._names.is_of_other_show(before) else _FOREIGN_TITLE
        return claim.doubted(most, f"the file is named {before.strip(' .-_')!r}")

    def _with_season(self, file: TorrentFile, rest: str, numbers: Numbers) -> _Claim:
        folder = self._names.folder_season(file)
        if numbers.seasons:
            return _by_name(numbers.seasons[0], numbers.episodes, folder)
        is_special = _SPECIAL.search(numbers.before) or _OVA.search(rest)
        if is_special and (folder is None or folder[0]):
            return _Claim(0, numbers.episodes, _HARDLY, _SPECIAL_NUMBER)
        return self._by_other_names(folder, numbers.episodes)

    def _by_other_names(self, folder: FolderSeason | None, found: tuple[int, ...]) -> _Claim:
        torrent, only = self._names.torrent.seasons, self._wanted.only_season
        if folder is not None:
            return _Claim(folder[0], found, folder[1], "season from the folder, episode from the name")
        if len(torrent) == 1:
            return _Claim(torrent[0], found, 0.93, "season from the torrent, episode from the name")
        if only is not None:
            confidence = 0.85 if only == 1 else _GUESS
            return _Claim(only, found, confidence, "the library has only this season")
        return _Claim(None, found, 0.8, "counted through all seasons")

    def _look_up(self, file: TorrentFile, claim: _Claim) -> Match | Unmatched:
        if claim.season is None:
            found, claim = self._in_all_seasons(claim, has_group=bool(_GROUP.match(stem(file))))
        else:
            found = self._wanted.in_season(claim.season, claim.numbers)
            if not found and claim.loose:
                found, claim = self._in_season_otherwise(claim, claim.season)
        if found:
            return self._match(file, found, claim.confidence, claim.reason)
        place = "episode" if claim.season is None else f"season {claim.season} episode"
        return Unmatched(file, f"{place} {_listed(claim.numbers)} is not in the library")

    def _in_all_seasons(self, claim: _Claim, *, has_group: bool) -> tuple[tuple[Episode, ...], _Claim]:
        counted, short = self._wanted.counted(claim.numbers), self._wanted.in_short(claim.numbers)
        if not counted:
            return short, replace(claim, confidence=claim.confidence - 0.2, reason=_SHORT)
        if short and short != counted and not has_group:
            return counted, claim.doubted(_HARDLY, "it may be season and episode in one number")
        return counted, claim

    def _in_season_otherwise(self, claim: _Claim, season: int) -> tuple[tuple[Episode, ...], _Claim]:
        """By a number that holds the season too, or that counts through all seasons."""
        short, counted = self._wanted.in_short(claim.numbers), self._wanted.counted(claim.numbers)
        for found, reason in ((short, _SHORT), (counted, _CONFIRMED)):
            if found and all(each.season_number == season for each in found):
                return found, replace(claim, reason=reason)
        return (), claim

    def _by_air_date(self, file: TorrentFile, aired: date, before: str) -> Match | Unmatched:
        found = self._wanted.aired_on(aired)
        claim = _Claim(None, (), 0.95, "by the date in its name")
        if not found:
            found = self._wanted.aired_around(aired)
            claim = claim.doubted(_GUESS, "the episode aired a day before or after")
        if len(found) == 1:
            claim = self._judged(claim, before)
            return self._match(file, tuple(found), claim.confidence, claim.reason)
        count = f"{len(found)} episodes" if found else "no episode"
        return Unmatched(file, f"{count} of the library aired on {aired} or a day from it")

    def _match(
        self, file: TorrentFile, episodes: tuple[Episode, ...], confidence: float, reason: str
    ) -> Match:
        return Match(file, episodes, self._names.quality(file), round(confidence, 2), reason)


def _with_bare_number(numbers: Numbers, rest: str) -> Numbers:
    if numbers.seasons:
        return replace(numbers, episodes=find_bare_number(numbers.after).episodes)
    return find_bare_number(_GROUP.sub("", rest))


def _why_no_claim(rest: str, numbers: Numbers, *, is_marked: bool) -> str:
    if not numbers.seasons and _is_opening(rest, numbers):
        return "an opening, an ending or a menu"
    if not numbers.episodes:
        return "no episode number found"
    if len(numbers.seasons) > 1:
        return "its name tells more than one season"
    part = _PART_BEFORE_NUMBER if numbers.seasons else _PART_OF_SEASON
    if not is_marked and part.search(rest):
        return "it counts within a part of a season; choose the episode by hand"
    return ""


def _is_opening(rest: str, numbers: Numbers) -> bool:
    """By the words before the number; those after it (*The Menu*) are the episode's name."""
    return bool(_CREDITLESS.search(rest) or _OPENING.search(numbers.before if numbers.episodes else rest))


def _by_name(season: int, numbers: tuple[int, ...], folder: FolderSeason | None) -> _Claim:
    claim = _Claim(season, numbers, 0.98, "season and episode from the name", loose=False)
    if folder is None or folder[0] == season:
        return claim
    reason = f"{claim.reason}, though the folder says season {folder[0]}"
    return replace(claim, confidence=0.83, reason=reason)


def _listed(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
