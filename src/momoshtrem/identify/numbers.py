"""Season and episode numbers in names.

`find_numbers` believes only what is marked as a number (`S01E02`, `1x02`, `Season 1`, `Episode 2`, a date),
so that titles such as *24*, *1923* or *The 100* stay titles. `find_bare_number` guesses from a number that
stands alone; it is for names of which the title is already taken off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_MAX_RANGE = 200

_SEASON = (
    r"(?:s(?=\d)|(?:seasons?|series|saisons?|staffeln?|temporadas?|stagion[ei]|seizoen|sezon"
    r"|сезоны?)[ .:]{0,2})(\d{1,4})(?!\d)"
)
_EPISODE = (
    r"(?:e(?=\d)|(?:ep|episodes?|[ée]pisode|epis[oó]dio|folge|cap[ií]tulo|aflevering|odcinek"
    r"|серия)[ .:]{0,2})(\d{1,4})(?!\d)"
)
_GAP = r"[ .,\-\[\]()]{0,4}"
_START = r"(?<![^\W_])"
_END = r"(?![^\W_])"

_SPANISH = re.compile(rf"{_START}cap[ .]?(\d{{1,2}})(\d\d)(?!\d)", re.IGNORECASE)
_SEASON_EPISODE = re.compile(rf"{_START}{_SEASON}{_GAP}{_EPISODE}", re.IGNORECASE)
_TEMPORADA_EPISODE = re.compile(rf"{_START}t(\d{{1,2}})[ .]?e(\d{{1,3}})(?!\d)", re.IGNORECASE)
_CROSS = re.compile(rf"{_START}(\d{{1,2}})x(?!26[456])(\d{{2,3}})(?!\d)", re.IGNORECASE)
_SEASON_DASH = re.compile(
    rf"{_START}{_SEASON}[ .]-[ .](?!(?:19|20)\d\d)(\d{{2,4}})(?:v\d)?{_END}", re.IGNORECASE
)
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)([ .-])(\d\d)\2(\d\d)(?!\d)")
_ONLY_EPISODE = re.compile(rf"{_START}{_EPISODE}(?=(?:v\d|[ab])?{_END}|e\d)", re.IGNORECASE)
_ONLY_SEASON = re.compile(rf"{_START}{_SEASON}(?={_END}|s\d)", re.IGNORECASE)
_ORDINAL = rf"{_START}(\d{{1,2}})(?:(?:st|nd|rd|th|ª|\.)[ .]?(?:season|temporada|staffel)|[ .]сезон){_END}"
_ORDINAL_SEASON = re.compile(_ORDINAL, re.IGNORECASE)
_ORDINAL_DASH = re.compile(rf"{_ORDINAL}[ .]-[ .](\d{{2,3}})(?:v\d)?{_END}", re.IGNORECASE)
_SEASON_AND_EPISODE = (
    _SPANISH,
    _SEASON_EPISODE,
    _TEMPORADA_EPISODE,
    _CROSS,
    _SEASON_DASH,
    _ORDINAL_DASH,
)

# What may follow a number to count further; its last group is the next number.
_MORE_EPISODES = re.compile(
    r"[ .]?-?[ .&+]{0,3}(?:s\d{1,4}[ .]?)?ep?(\d{1,4})(?!\d)"
    r"|[ ]?-?\d{1,2}x(\d{2,3})(?!\d)"
    r"|x(\d{2,3})(?!\d)"
    rf"|-(\d{{2,3}}){_END}",
    re.IGNORECASE,
)
_MORE_SEASONS = re.compile(
    r"[ .]?(?:[-&+,]|and|to|thru|bis)?[ .]?(?:s|seasons?[ .]?)(\d{1,2})(?!\d)"
    rf"|[ .]?(?:[-&+,]|and|to|thru|bis)[ .]?(\d{{1,2}}){_END}",
    re.IGNORECASE,
)
_RANGE = re.compile(r"-|to|thru|bis", re.IGNORECASE)

_TECHNICAL = re.compile(
    rf"{_START}(?:\d{{3,4}}[pi]|[48]k|\d{{3,4}}x\d{{3,4}}|web|web[ .-]?(?:rip|dl)|blu-?ray|b[dr]rip|bd"
    r"|uhd|hdtv|pdtv|dvd|dvdrip|hdrip|remux|[xh][ .]?26[45]|hevc|avc|av1|xvid|divx|10[ -]?bit|aac"
    rf"|ac3|dts|proper|repack|internal){_END}",
    re.IGNORECASE,
)
_PART = re.compile(r"(?:part|pt|vol|volume|dis[ck]|cd)[ .]?$", re.IGNORECASE)
_CHECKSUM = re.compile(r"[\[(][0-9A-F]{8}[\])]")
_BARE = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:^|[ .])-+[ .]?#?(?P<first>\d{1,4})(?:v\d)?(?:[ ]?[-~][ ]?(?P<last>\d{1,4}))?"
        r"(?=[ .\[(-]|$)(?!\.\d)",
        r"\[(?P<first>\d{1,4})(?:v\d)?(?:[-~](?P<last>\d{1,4}))?\]",
        rf"^\W*(?P<first>\d{{1,4}})(?:v\d)?{_END}(?!\.\d)",
        r"(?<![\w.])(?P<first>\d{1,4})(?:v\d)?\W*$",
        r"(?<=[a-z]\.)(?P<first>\d{1,4})(?:v\d)?\W*$",
    )
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a name counts. `before` is the text in front of it, usually the title; `after` what follows."""

    seasons: tuple[int, ...] = ()
    episodes: tuple[int, ...] = ()
    air_date: date | None = None
    before: str = ""
    after: str = ""

    def __bool__(self) -> bool:
        return bool(self.seasons or self.episodes or self.air_date)


def find_numbers(name: str) -> Numbers:
    """The marked numbers of a name without extension; empty if there are none."""
    text = name.replace("_", " ")
    for pattern in _SEASON_AND_EPISODE:
        if match := pattern.search(text):
            episodes, end = _continued(match, _MORE_EPISODES)
            return Numbers((int(match[1]),), episodes, None, name[: match.start()], name[end:])
    if (match := _DATE.search(text)) and (air_date := _date(match)):
        return Numbers((), (), air_date, name[: match.start()], name[match.end() :])
    return _find_halves(name, text)


def find_bare_number(name: str) -> Numbers:
    """Episode numbers (without a season) that stand alone in a name; years and parts do not count."""
    text = _CHECKSUM.sub("", name.replace("_", " "))
    if technical := _TECHNICAL.search(text):
        text = text[: technical.start()].rstrip(" .[(-")
    for pattern in _BARE:
        match = pattern.search(text)
        if match and not _is_year(match["first"]) and not _PART.search(text, 0, match.start()):
            first, last = match["first"], match.groupdict().get("last")
            episodes = _span(int(first), int(last or first))
            return Numbers((), episodes, None, text[: match.start()], text[match.end() :])
    return Numbers()


def technical_part(name: str) -> str:
    """The part of a name that tells quality and group: all from its first technical word."""
    text = _CHECKSUM.sub("", name)
    match = _TECHNICAL.search(text)
    return text[match.start() :] if match else ""


def _find_halves(name: str, text: str) -> Numbers:
    """A season and an episode that stand apart, or one of them alone."""
    season = _ORDINAL_SEASON.search(text) or _ONLY_SEASON.search(text)
    episode = _ONLY_EPISODE.search(text)
    seasons, season_end = _continued(season, _MORE_SEASONS)
    episodes, episode_end = _continued(episode, _MORE_EPISODES)
    start = min((match.start() for match in (season, episode) if match), default=len(text))
    end = max(season_end, episode_end)
    return Numbers(seasons, episodes, None, name[:start], name[end:])


def _continued(start: re.Match[str] | None, more: re.Pattern[str]) -> tuple[tuple[int, ...], int]:
    """The last number of `start`, those that follow it (a dash stands for all between), their end."""
    if start is None:
        return (), 0
    last, position = _last_group(start), start.end()
    numbers = {last}
    while match := more.match(start.string, position):
        number = _last_group(match)
        numbers.update(_span(last, number) if _RANGE.search(match[0]) else (number,))
        last, position = number, match.end()
    return tuple(sorted(numbers)), position


def _last_group(match: re.Match[str]) -> int:
    return int(match[match.lastindex or 0])


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and 1900 <= int(digits) <= 2099


def _span(first: int, last: int) -> tuple[int, ...]:
    """All from `first` to `last`; only the two where that cannot be meant."""
    if first <= last <= first + _MAX_RANGE:
        return tuple(range(first, last + 1))
    return (first, last)


def _date(match: re.Match[str]) -> date | None:
    try:
        return date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return None
