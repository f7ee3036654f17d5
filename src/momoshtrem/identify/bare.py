"""Numbers that stand alone in a name, and the technical words at its end."""

from __future__ import annotations

import re

from momoshtrem.identify import words
from momoshtrem.identify.numbers import END, MAX_NAME, START, Numbers, plain_form, span

_TECHNICAL = re.compile(rf"{START}(?:{words.TECHNICAL}){END}", re.IGNORECASE)
_PART = re.compile(r"(?:part|pt|vol|volume|dis[ck]|cd)[ .]?$", re.IGNORECASE)
_CHECKSUM = re.compile(r"[\[(][0-9A-F]{8}[\])]")
_BARE = tuple(
    re.compile(pattern)
    for pattern in (
        r"^\W*(?P<first>\d{1,4})(?:v\d)?[ .]-[ .]",
        r"(?:^|[ .])-+[ .]?#?(?P<first>\d{1,4})(?:v\d)?(?:[ ]?[-~][ ]?(?P<last>\d{1,4}))?"
        r"(?=[ .\[(-]|[a-d]?$)(?!\.\d)",
        r"\[(?P<first>\d{1,4})(?:v\d)?(?:[-~](?P<last>\d{1,4}))?\]",
        r"\[(?P<season>\d{1,2})\.(?P<first>\d\d)\]",
        rf"^\W*(?P<first>\d{{1,4}})(?:v\d)?{END}(?!\.\d)",
        r"(?:^|[ ])#(?P<first>\d{1,4})(?=[ ]|$)",
        r"(?<![\w.])(?P<first>\d{1,4})(?:v\d)?\W*$",
        rf"(?i:(?:^|[ .\[(-])(?:sp|{words.OVA})[ .]?)(?P<first>\d{{1,2}}){END}",
        r"(?<=[a-z]\.)(?P<first>\d{1,4})(?:v\d)?\W*$",
    )
)


def find_bare_number(name: str) -> Numbers:
    """Episode numbers that stand alone in a name without its title; years and parts do not count."""
    text = _CHECKSUM.sub("", plain_form(name))
    if technical := _TECHNICAL.search(text):
        text = text[: technical.start()].rstrip(" .[(-")
    for pattern in _BARE:
        match = pattern.search(text)
        if match and not _is_year(match["first"]) and not _PART.search(text, 0, match.start()):
            return _numbers(match)
    return Numbers()


def technical_part(name: str) -> str:
    """The part of a name that tells quality and group: all from its first technical word."""
    text = _CHECKSUM.sub("", name[:MAX_NAME])
    match = _TECHNICAL.search(text)
    return text[match.start() :] if match else ""


def _numbers(match: re.Match[str]) -> Numbers:
    groups = match.groupdict()
    first, season = match["first"], groups.get("season")
    return Numbers(
        seasons=(int(season),) if season else (),
        episodes=span(int(first), int(groups.get("last") or first)),
        before=match.string[: match.start("first")],
        after=match.string[match.end() :],
    )


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and 1900 <= int(digits) <= 2099
