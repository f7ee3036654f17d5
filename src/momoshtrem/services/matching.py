"""What a torrent holds for an item of the library: pure, from file lists to assignments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from momoshtrem.errors import InvalidInput, NoMatch
from momoshtrem.identify.files import Skipped, Unmatched
from momoshtrem.identify.movies import match_movie
from momoshtrem.identify.parse import parse_quality
from momoshtrem.identify.shows import Match, match_show
from momoshtrem.model.media import Episode, Movie, NewAssignment, Show
from momoshtrem.model.torrent import Metainfo

Kind = Literal["movie", "show", "episode"]


@dataclass(frozen=True, slots=True)
class Options:
    """How to assign: a file chosen by hand, the label of a second version, or only a proposal."""

    file_index: int | None = None
    version: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """What to assign to."""

    kind: Kind
    id: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a torrent holds for an item; a movie's match has no episodes."""

    info_hash: str
    name: str
    total_files: int
    matched: tuple[Match, ...]
    unmatched: tuple[Unmatched, ...]
    skipped: tuple[Skipped, ...]
    dry_run: bool


def match_for_movie(metainfo: Metainfo, movie: Movie, options: Options) -> Report:
    """The movie's file, by hand or by name."""
    if options.file_index is not None:
        return _report(metainfo, options, (_by_hand(metainfo, options.file_index),))
    found = match_movie(metainfo.name, metainfo.files, movie.title, movie.year)
    match = Match(found.file, (), found.quality, found.confidence, found.reason)
    return _report(metainfo, options, (match,), found.unmatched, found.skipped)


def match_for_show(metainfo: Metainfo, show: Show, options: Options) -> Report:
    """All episodes of the show that the torrent holds."""
    found = match_show(metainfo.name, metainfo.files, show.title, show.episodes)
    return _report(metainfo, options, found.matched, found.unmatched, found.skipped)


def match_for_episode(metainfo: Metainfo, show: Show, episode: Episode, options: Options) -> Report:
    """One episode's file, by hand or by name; other episodes in the torrent are left alone."""
    if options.file_index is not None:
        by_hand = replace(_by_hand(metainfo, options.file_index), episodes=(episode,))
        return _report(metainfo, options, (by_hand,))
    found = match_show(metainfo.name, metainfo.files, show.title, show.episodes)
    wanted = [match for match in found.matched if episode in match.episodes]
    if not wanted:
        raise NoMatch(
            f"No file of the torrent is episode S{episode.season_number:02d}E{episode.number:02d}; "
            "choose one by hand with file_index."
        )
    others = tuple(Unmatched(match.file, "another episode") for match in found.matched if match not in wanted)
    only = tuple(replace(match, episodes=(episode,)) for match in wanted)
    return _report(metainfo, options, only, found.unmatched + others, found.skipped)


def new_assignments(target: Target, report: Report, options: Options) -> list[NewAssignment]:
    """A row for each item of each match."""
    rows = []
    for match in report.matched:
        row = NewAssignment(
            info_hash=report.info_hash,
            file_index=match.file.index,
            path=match.file.path,
            size=match.file.size,
            quality=match.quality,
            confidence=match.confidence,
            version=options.version,
        )
        if target.kind == "movie":
            rows.append(replace(row, movie_id=target.id))
        rows += [replace(row, episode_id=episode.id) for episode in match.episodes]
    return rows


def _by_hand(metainfo: Metainfo, file_index: int) -> Match:
    if not 0 <= file_index < len(metainfo.files):
        raise InvalidInput(f"The torrent has no file {file_index}; it has {len(metainfo.files)} files.")
    file = metainfo.files[file_index]
    if file.hidden or not file.size:
        raise InvalidInput(f"The file {file_index} holds nothing that could be played.")
    return Match(file, (), parse_quality(file.path), 1.0, "chosen by hand")


def _report(
    metainfo: Metainfo,
    options: Options,
    matched: tuple[Match, ...],
    unmatched: tuple[Unmatched, ...] = (),
    skipped: tuple[Skipped, ...] = (),
) -> Report:
    files = len(metainfo.files)
    return Report(metainfo.info_hash, metainfo.name, files, matched, unmatched, skipped, options.dry_run)
