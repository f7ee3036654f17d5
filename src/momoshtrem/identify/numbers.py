"""Season and episode numbers that a name marks as such.

`find_numbers` believes only what is marked (`S01E02`, `1x02`, `Season 1`, `Episode 2`, a date), so that
titles such as *24*, *1923* or *The 100* stay titles. All languages are first brought into one form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from momoshtrem.identify import words
from momoshtrem.identify.dates import find_date

START = r"(?<![^\W_])"
END = r"(?![^\W_])"
MAX_NAME = 255
_MAX_RANGE = 200

_NUMBER_WORD = "|".join(words.NUMBER_WORDS)
_ANY_FORM = re.compile(
    rf"{START}(?:{words.SEASON})[ .:]{{0,2}}(?P<season>\d{{1,4}})(?!\d)"
    rf"|{START}(?:{words.EPISODE})[ .:]{{0,2}}(?P<episode>\d{{1,4}})(?!\d)"
    rf"|{START}(?P<season_first>\d{{1,2}})(?:{words.NUMBERED_SEASON}){END}"
    rf"|{START}(?P<episode_first>\d{{1,4}})(?:{words.NUMBERED_EPISODE}){END}"
    rf"|{START}(?P<episode_of>\d{{1,3}})[ .]?(?:{words.OF_ALL})[ .]?\d{{1,3}}{END}"
    r"|第(?P<season_cjk>\d{1,2})(?:期|季|シーズン)|第(?P<episode_cjk>\d{1,4})[話话集回]"
    rf"|{START}(?P<season_named>{_NUMBER_WORD})[ .](?:{words.SEASON}){END}"
    rf"|{START}(?:seasons?|series)[ .](?P<season_word>{_NUMBER_WORD}){END}"
    rf"|第(?P<season_kanji>{_NUMBER_WORD})[期季]",
    re.IGNORECASE,
)

_SEASON = r"s(?:e(?=\d)|easons? ?)?(?=\d)(\d{1,4})(?!\d)"
_EPISODE = r"e(?:p(?=\d)|pisode )?(?=\d)(\d{1,4})(?!\d)"
_SEASON_AND_EPISODE = tuple(
    re.compile(START + pattern, re.IGNORECASE)
    for pattern in (
        r"cap[ .]?(\d{1,2})(\d\d)(?!\d)",
        rf"{_SEASON}[ .,\-\[\]()]{{0,4}}{_EPISODE}",
        r"t(\d{1,2})[ .]?e(\d{1,3})(?!\d)",
        r"(\d{1,2})x(?!26[456])(\d{2,3})(?!\d)",
        rf"{_SEASON}[)\]]?[ .]-[ .](?!(?:19|20)\d\d)(\d{{2,4}})(?:v\d)?{END}",
    )
)
_ONLY_SEASON = re.compile(rf"{START}{_SEASON}(?={END}|s\d)", re.IGNORECASE)
_ONLY_EPISODE = re.compile(rf"{START}{_EPISODE}(?=(?:v\d|[a-d])?{END}|e\d)", re.IGNORECASE)

# What may follow a number to count further; its last group is the next number.
_MORE_EPISODES = re.compile(
    r"[ .]?-?[ .&+]{0,3}(?:s\d{1,4}[ .]?)?ep?(\d{1,4})(?!\d)"
    r"|[ ]?-?\d{1,2}x(\d{2,3})(?!\d)"
    r"|x(\d{2,3})(?!\d)"
    r"|[ ]?~[ ]?(\d{2,4})(?!\d)"
    rf"|-(\d{{2,3}}){END}",
    re.IGNORECASE,
)
_SEASON_AGAIN = re.compile(r"s(\d{1,4})[ .]?e|(\d{1,2})x", re.IGNORECASE)
_TO = r"-|&|\+|,|and|to|thru|bis|[aà]|до"
_MORE_SEASONS = re.compile(
    rf"[ .]?(?:{_TO})?[ .]?(?:s|seasons?[ .]?)(\d{{1,2}})(?!\d)|[ .]?(?:{_TO})[ .]?(\d{{1,2}}){END}",
    re.IGNORECASE,
)
_RANGE = re.compile(r"[-~]|(?<![^\W\d])(?:to|thru|bis|[aà]|до)(?![^\W\d])", re.IGNORECASE)


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
    text = plain_form(name)
    for pattern in _SEASON_AND_EPISODE:
        if match := pattern.search(text):
            return _season_and_episode(match)
    if found := find_date(text):
        day, start, end = found
        return Numbers((), (), day, text[:start], text[end:])
    return _find_halves(text)


def plain_form(name: str) -> str:
    """`name` with its underscores as spaces and every form of season and episode as `Season 2 Episode 5`."""
    return _ANY_FORM.sub(_in_english, name[:MAX_NAME].replace("_", " "))


def span(first: int, last: int) -> tuple[int, ...]:
    """All from `first` to `last`; only the two where that cannot be meant."""
    if first <= last <= first + _MAX_RANGE:
        return tuple(range(first, last + 1))
    return (first, last)


def _in_english(match: re.Match[str]) -> str:
    kind = str(match.lastgroup).partition("_")[0].title()
    digits = match[match.lastgroup or 0]
    return f"{kind} {words.NUMBER_WORDS.get(digits.casefold(), digits)}"


def _season_and_episode(match: re.Match[str]) -> Numbers:
    episodes, end = _continued(match, _MORE_EPISODES)
    seasons = {int(match[1])}
    for again in _SEASON_AGAIN.finditer(match.string, match.end(), end):
        seasons.add(_last_group(again))
    return Numbers(tuple(sorted(seasons)), episodes, None, match.string[: match.start()], match.string[end:])


def _find_halves(text: str) -> Numbers:
    """A season and an episode that stand apart, or one of them alone."""
    season, episode = _ONLY_SEASON.search(text), _ONLY_EPISODE.search(text)
    seasons, season_end = _continued(season, _MORE_SEASONS)
    episodes, episode_end = _continued(episode, _MORE_EPISODES)
    start = min((match.start() for match in (season, episode) if match), default=len(text))
    return Numbers(seasons, episodes, None, text[:start], text[max(season_end, episode_end) :])


def _continued(start: re.Match[str] | None, more: re.Pattern[str]) -> tuple[tuple[int, ...], int]:
    """The last number of `start`, those that follow it (a dash stands for all between), their end."""
    if start is None:
        return (), 0
    last, position = _last_group(start), start.end()
    numbers = {last}
    while match := more.match(start.string, position):
        number = _last_group(match)
        numbers.update(span(last, number) if _RANGE.search(match[0]) else (number,))
        last, position = number, match.end()
    return tuple(sorted(numbers)), position


def _last_group(match: re.Match[str]) -> int:
    return int(match[match.lastindex or 0])
