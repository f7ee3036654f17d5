"""Which file of a torrent is a movie: the main film, or the right one of a collection.

A collection is decided by title and year, never by size; size only tells the film from what comes with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from momoshtrem.errors import NoMatch
from momoshtrem.identify.doubles import revision
from momoshtrem.identify.files import (
    Skipped,
    SortedFiles,
    Unmatched,
    folders,
    is_in_blu_ray,
    sort_files,
    stem,
)
from momoshtrem.identify.parse import parse_release
from momoshtrem.identify.titles import similarity, words
from momoshtrem.model.release import Quality, Release
from momoshtrem.model.torrent import TorrentFile

_MAIN_SHARE = 0.4
_LEAST_SHARE = 0.05
_MOST_CANDIDATES = 100
_SAME_TITLE = 0.9
_SOME_TITLE = 0.5
_DISC_NUMBER = re.compile(r"[ ._-]*(?<![^\W_])(?:cd|dis[ck])[ ._-]?(\d)(?!\d)", re.IGNORECASE)
_BLU_RAY = "warning: this is only the largest stream of a Blu-ray disc, perhaps not the whole film"


@dataclass(frozen=True, slots=True)
class MovieMatch:
    """The chosen file; `unmatched` are the other videos. `confidence` is 0 to 1."""

    file: TorrentFile
    quality: Quality
    confidence: float
    reason: str
    unmatched: tuple[Unmatched, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file, what its best name tells, and how well that name fits: `title` is 0 to 1."""

    file: TorrentFile
    release: Release
    title: float
    year_gap: int | None

    @property
    def fits(self) -> bool:
        in_time = self.year_gap is None or self.year_gap <= 1
        return self.title >= _SAME_TITLE and in_time and not self.is_episode

    @property
    def is_episode(self) -> bool:
        return bool(self.release.seasons and self.release.episodes)

    @property
    def preference(self) -> tuple[bool, float, int, int, int]:
        return (
            self.year_gap == 0,
            self.title,
            self.release.quality.height,
            revision(stem(self.file)),
            self.file.size,
        )


def match_movie(metainfo_name: str, files: Sequence[TorrentFile], title: str, year: int | None) -> MovieMatch:
    """Find the movie in a torrent. Raises NoMatch when it holds no video, or none that is it."""
    ordered = sort_files(files, (title, metainfo_name))
    wanted = _Wanted(title, year, metainfo_name)
    chosen, confidence, reason = wanted.choose(ordered.videos)
    return MovieMatch(
        file=chosen.file,
        quality=chosen.release.quality.filled_from(wanted.torrent.quality),
        confidence=confidence,
        reason=reason,
        unmatched=_others(ordered, chosen.file),
        skipped=ordered.skipped,
    )


class _Wanted:
    """The movie that is looked for in one torrent."""

    def __init__(self, title: str, year: int | None, metainfo_name: str) -> None:
        self._title = title
        self._year = year
        self.torrent = parse_release(metainfo_name)

    def choose(self, videos: Sequence[TorrentFile]) -> tuple[_Candidate, float, str]:
        """The file, the confidence and the reason."""
        largest = max(file.size for file in videos)
        main = [file for file in videos if file.size >= largest * _MAIN_SHARE]
        if all(map(is_in_blu_ray, videos)):
            film = max(videos, key=lambda file: file.size)
            return self._best(film, [self.torrent]), 0.5, _BLU_RAY
        candidates = self._candidates(videos, largest)
        if fitting := [each for each in candidates if each.fits]:
            return self._choose_fitting(fitting)
        if len(main) == 1:
            return self._judge_only(main[0])
        return self._choose_likely(candidates)

    def _choose_fitting(self, fitting: list[_Candidate]) -> tuple[_Candidate, float, str]:
        best = max(fitting, key=lambda each: each.preference)
        parts = {number[1]: each for each in fitting if (number := _DISC_NUMBER.search(each.file.path))}
        if len(parts) > 1:
            return parts[min(parts)], 0.5, f"only the first of {len(parts)} parts of this film"
        confidence = {0: 0.98, None: 0.92}.get(best.year_gap, 0.85)
        rivals = [each for each in fitting if each.preference[:2] == best.preference[:2]]
        if len(rivals) > 1:
            return best, 0.85, f"the best of {len(rivals)} versions by resolution, then size"
        return best, confidence, "title and year" if best.year_gap == 0 else "title"

    def _judge_only(self, file: TorrentFile) -> tuple[_Candidate, float, str]:
        """The one film of the torrent, whose own name or the torrent's may tell that it is right."""
        best = self._best(file, [parse_release(stem(file)), self.torrent])
        if best.fits:
            confidence = {0: 0.97, None: 0.9}.get(best.year_gap, 0.85)
            return best, confidence, "the only film of a torrent of that title"
        found = best.release.title or stem(file)
        if best.title >= _SOME_TITLE and best.year_gap == 0:
            return best, 0.75, f"the only film here, of the right year, but named {found!r}"
        return best, 0.5, f"the only film here, but named {found!r}"

    def _choose_likely(self, candidates: list[_Candidate]) -> tuple[_Candidate, float, str]:
        """One of several films, none of which has the title as it is known here."""
        films = [each for each in candidates if not each.is_episode]
        likely = [each for each in films if each.year_gap == 0]
        if len(likely) == 1:
            found = likely[0].release.title
            return likely[0], 0.6, f"the only film here of {self._year}, but named {found!r}"
        name = self._title if self._year is None else f"{self._title} ({self._year})"
        raise NoMatch(
            f"The torrent holds {len(candidates)} videos and none is named like {name!r};"
            " choose the file by its index."
        )

    def _candidates(self, videos: Sequence[TorrentFile], largest: int) -> list[_Candidate]:
        """Those named so, then the larger videos; a folder tells for its file when it holds only that."""
        title = "".join(words(self._title))
        ordered = sorted(videos, key=lambda file: (title not in "".join(words(file.path)), -file.size))
        held = Counter(folders(file)[:1] for file in videos)
        return [
            self._best(file, map(parse_release, _own_names(file, held)))
            for file in ordered[:_MOST_CANDIDATES]
            if file.size >= largest * _LEAST_SHARE
        ]

    def _best(self, file: TorrentFile, releases: Iterable[Release]) -> _Candidate:
        candidates = [
            _Candidate(file, each, similarity(each.title, self._title), self._year_gap(each.year))
            for each in releases
        ]
        return max(candidates, key=lambda each: (each.fits, each.year_gap == 0, each.title))

    def _year_gap(self, year: int | None) -> int | None:
        return None if year is None or self._year is None else abs(year - self._year)


def _own_names(file: TorrentFile, held: Counter[tuple[str, ...]]) -> list[str]:
    names = [_DISC_NUMBER.sub("", stem(file))]
    nearest = folders(file)[:1]
    if held[nearest] == 1:
        names += nearest
    return names


def _others(ordered: SortedFiles, chosen: TorrentFile) -> tuple[Unmatched, ...]:
    others = (file for file in ordered.videos if file is not chosen)
    return (*(Unmatched(file, "not the chosen film") for file in others), *ordered.rest)
