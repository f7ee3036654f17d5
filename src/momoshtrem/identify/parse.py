"""From a release name to what it means.

parsett tells title, year and quality; numbers are read by `numbers`, since a loose reading of them takes
*The 100* for an episode. parsett is untyped and made of hundreds of patterns: it is called only here, on
names of limited length, and whatever it raises on a hostile name counts as "tells nothing".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Protocol

from momoshtrem.identify.bare import find_bare_number, technical_part
from momoshtrem.identify.numbers import Numbers, find_numbers
from momoshtrem.model.release import Quality, Release

MAX_NAME = 240
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_FANSUB_GROUP = re.compile(r"^\[[^\]]+\]")
_YEARS = range(1888, 2041)
_NUMBER_FIELDS = frozenset({"seasons", "episodes"})
_QUALITY_FIELDS = frozenset({"resolution", "quality", "codec", "hdr", "group"})


class _Parser(Protocol):
    def parse(self, title: str) -> Mapping[str, object]: ...


def _new_parser(is_read: Callable[[str], bool]) -> _Parser:
    """A parser for some fields only: parsett's time grows with the patterns it tries."""
    import PTT  # type: ignore[import-untyped]  # noqa: PLC0415 - 0.2 s, which no start should wait for

    parser = PTT.Parser()
    PTT.add_defaults(parser)
    parser.handlers = [each for each in parser.handlers if is_read(each.handler_name)]
    typed: _Parser = parser
    return typed


@cache
def _full_parser() -> _Parser:
    return _new_parser(lambda field: field not in _NUMBER_FIELDS)


@cache
def _quality_parser() -> _Parser:
    return _new_parser(lambda field: field in _QUALITY_FIELDS)


def parse_release(name: str) -> Release:
    """What `name` (a release or a file, without folders) tells; never raises."""
    name = unicodedata.normalize("NFC", name[:MAX_NAME])
    numbers = _numbers(name)
    technical = technical_part(name)
    fields = _parse(_full_parser(), f"{numbers.before} {technical}" if numbers else name)
    title, year = _title_and_year(fields, numbers)
    quality = _quality(fields)
    has_group = technical or _is_fansub(name)
    return Release(
        title=title,
        year=year,
        seasons=numbers.seasons,
        episodes=numbers.episodes,
        air_date=numbers.air_date,
        quality=quality if has_group else replace(quality, group=None),
    )


def parse_quality(name: str) -> Quality:
    """Only the quality of `name`; never raises."""
    return _quality(_parse(_quality_parser(), name[:MAX_NAME]))


def quality_words(name: str) -> str:
    """What of a name tells its quality: the group in front and all from the first technical word."""
    group = _FANSUB_GROUP.match(name)
    return (group[0] + " " if group else "") + technical_part(name)


def _parse(parser: _Parser, name: str) -> Mapping[str, object]:
    try:
        return parser.parse(name)
    except Exception:
        return {}


def _numbers(name: str) -> Numbers:
    """Those of an episode: one without season but with a year is a film (*Star Wars: Episode I*)."""
    numbers = find_numbers(name)
    if numbers.episodes and not numbers.seasons and _YEAR.search(numbers.after):
        return Numbers()
    return find_bare_number(name) if _is_fansub(name) and not numbers else numbers


def _is_fansub(name: str) -> bool:
    """Anime groups put their name in brackets in front and count without season."""
    return name.startswith("[")


def _title_and_year(fields: Mapping[str, object], numbers: Numbers) -> tuple[str, int | None]:
    title, year = _text(fields, "title") or "", fields.get("year")
    if numbers and not any(char.isalnum() for char in numbers.before):
        return "", None
    if not isinstance(year, int):
        return title or " ".join(re.split(r"[ ._]+", numbers.before)).strip(" -"), None
    if not title:
        return str(year), None
    if year not in _YEARS:
        return f"{title} {year}", None
    return title, year


def _quality(fields: Mapping[str, object]) -> Quality:
    hdr = fields.get("hdr")
    return Quality(
        resolution=_text(fields, "resolution"),
        source=_text(fields, "quality"),
        codec=_text(fields, "codec"),
        hdr=" ".join(hdr) if isinstance(hdr, list) else None,
        group=_text(fields, "group"),
    )


def _text(fields: Mapping[str, object], key: str) -> str | None:
    value = fields.get(key)
    return value if isinstance(value, str) and value else None
