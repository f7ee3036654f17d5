"""One file for each episode, where a torrent holds several: versions, languages, and halves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from momoshtrem.identify import words
from momoshtrem.identify.files import Unmatched, stem
from momoshtrem.identify.numbers import END, START
from momoshtrem.model.media import Episode
from momoshtrem.model.release import Quality
from momoshtrem.model.torrent import TorrentFile

_HALF = 0.5
_LETTER = re.compile(rf"(?:e|x|-[ ._]?)\d{{1,4}}([a-d]){END}", re.IGNORECASE)
_PART = re.compile(
    rf"{START}(?:part|pt|cd|dis[ck]|teil|partie|parte)[ ._-]?(\d|one|two|i{{1,3}}){END}", re.IGNORECASE
)
_PART_NUMBERS = {"a": 1, "b": 2, "c": 3, "d": 4, "one": 1, "two": 2, "i": 1, "ii": 2, "iii": 3}
_REVISION = re.compile(rf"{START}(?:{words.REVISION})\d?{END}|\dv[2-9]{END}", re.IGNORECASE)
_LANGUAGES = {
    language: re.compile(rf"{START}(?:{names}){END}", re.IGNORECASE)
    for language, names in words.LANGUAGES.items()
}


@dataclass(frozen=True, slots=True)
class Match:
    """A file and what it holds; `confidence` is 0 to 1, `reason` tells where it comes from."""

    file: TorrentFile
    episodes: tuple[Episode, ...]
    quality: Quality
    confidence: float
    reason: str


def without_doubles(matches: Iterable[Match]) -> tuple[tuple[Match, ...], tuple[Unmatched, ...]]:
    """The surest file of each episode, then by resolution, revision (PROPER) and size, and all others."""
    holders: dict[int, Match] = {}
    kept, doubles = [], []
    for match in sorted(_with_halves(list(matches)), key=_preference):
        free = tuple(each for each in match.episodes if each.id not in holders)
        if free:
            kept.append(replace(match, episodes=free))
            holders.update((each.id, match) for each in free)
        else:
            better = holders[match.episodes[0].id]
            doubles.append(Unmatched(match.file, _why_double(match, better)))
    kept.sort(key=lambda match: match.file.index)
    return tuple(kept), tuple(doubles)


def revision(name: str) -> int:
    """How often a release says to be better than one before: PROPER, REPACK, v2."""
    return len(_REVISION.findall(name))


def languages(name: str) -> frozenset[str]:
    """The languages that a name tells, in English."""
    return frozenset(language for language, pattern in _LANGUAGES.items() if pattern.search(name))


def _with_halves(matches: Sequence[Match]) -> list[Match]:
    """Files that are a part of one episode, as their letter or their fellow tells, with less confidence."""
    parts: dict[tuple[int, ...], set[int]] = {}
    for match in matches:
        parts.setdefault(_ids(match), set()).add(_part(match.file))
    return [
        _as_half(match) if _LETTER.search(stem(match.file)) or _is_part(match, parts) else match
        for match in matches
    ]


def _is_part(match: Match, parts: dict[tuple[int, ...], set[int]]) -> bool:
    return _part(match.file) > 0 and len(parts[_ids(match)] - {0}) > 1


def _as_half(match: Match) -> Match:
    reason = f"{match.reason}; but the file is only part {_part(match.file)} of the episode"
    return replace(match, confidence=min(match.confidence, _HALF), reason=reason)


def _part(file: TorrentFile) -> int:
    """The number of the part that the name tells, 0 for none."""
    name = stem(file)
    match = _LETTER.search(name) or _PART.search(name)
    if match is None:
        return 0
    digit = match[1].lower()
    return _PART_NUMBERS.get(digit) or int(digit)


def _ids(match: Match) -> tuple[int, ...]:
    return tuple(each.id for each in match.episodes)


def _preference(match: Match) -> tuple[float, int, int, int, int, int]:
    part = _part(match.file) if match.confidence <= _HALF else 0
    return (
        -match.confidence,
        part,
        -match.quality.height,
        -revision(stem(match.file)),
        -match.file.size,
        match.file.index,
    )


def _why_double(match: Match, better: Match) -> str:
    path = better.file.path
    if 0 < _part(better.file) < _part(match.file):
        return f"part {_part(match.file)} of the episode of which {path} is the first part"
    if better.confidence > match.confidence:
        return f"duplicate of {path}, which is the surer match"
    if better.quality.height > match.quality.height:
        return f"duplicate of {path}, which has the higher resolution"
    if revision(stem(better.file)) > revision(stem(match.file)):
        return f"duplicate of {path}, which corrects it"
    own = languages(stem(match.file))
    if own != languages(stem(better.file)):
        return f"the same episode as {path} in another language ({', '.join(sorted(own)) or 'not named'})"
    return f"duplicate of {path}, which is not smaller"
