"""What a torrent holds for an item of the library: pure, from file lists to assignments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from momoshtrem.errors import InvalidInput, NoMatch
from momoshtrem.identify.doubles import Match
from momoshtrem.identify.files import Skipped, Unmatched, is_program
from momoshtrem.identify.movies import match_movie
from momoshtrem.identify.parse import parse_quality
from momoshtrem.identify.shows import match_show
from momoshtrem.library.ranking import version_key
from momoshtrem.model.media import Assignment, Correction, Episode, Movie, NewAssignment, Show
from momoshtrem.model.names import sanitise
from momoshtrem.model.torrent import Metainfo

Kind = Literal["movie", "show", "episode"]

LISTED_FROM = 0.7
"""The least confidence to be listed: a pack that counts through all seasons has it, another show has not."""


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
class Placement(Match):
    """A match that is listed, or only `proposed`; `notes` say what that does to other files."""

    proposed: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What a torrent holds for an item; a movie's match has no episodes."""

    info_hash: str
    name: str
    total_files: int
    matched: tuple[Placement, ...]
    unmatched: tuple[Unmatched, ...]
    skipped: tuple[Skipped, ...]
    dry_run: bool


def match_for_movie(metainfo: Metainfo, movie: Movie, options: Options) -> Report:
    """The movie's file, by hand or by name."""
    if options.file_index is not None:
        return match_by_hand(metainfo, options.file_index, options)
    found = match_movie(metainfo.name, metainfo.files, movie.title, movie.year)
    match = Match(found.file, (), found.quality, found.confidence, found.reason)
    return _report(metainfo, options, (match,), found.unmatched, found.skipped)


def match_for_show(
    metainfo: Metainfo, show: Show, options: Options, corrections: Sequence[Correction] = ()
) -> Report:
    """All episodes of the show that the torrent holds."""
    found = match_show(metainfo.name, metainfo.files, show.title, show.episodes, corrections)
    return _report(metainfo, options, found.matched, found.unmatched, found.skipped)


def match_for_episode(
    metainfo: Metainfo, show: Show, episode: Episode, options: Options, corrections: Sequence[Correction] = ()
) -> Report:
    """One episode's file, by hand or by name; other episodes in the torrent are left alone."""
    if options.file_index is not None:
        return match_by_hand(metainfo, options.file_index, options, (episode,))
    found = match_show(metainfo.name, metainfo.files, show.title, show.episodes, corrections)
    wanted = [match for match in found.matched if episode in match.episodes]
    if not wanted:
        raise NoMatch(
            f"No file of the torrent is episode S{episode.season_number:02d}E{episode.number:02d}; "
            "choose one by hand with file_index."
        )
    others = tuple(Unmatched(match.file, "another episode") for match in found.matched if match not in wanted)
    only = tuple(replace(match, episodes=(episode,)) for match in wanted)
    return _report(metainfo, options, only, found.unmatched + others, found.skipped)


def match_by_hand(
    metainfo: Metainfo, file_index: int, options: Options, episodes: tuple[Episode, ...] = ()
) -> Report:
    """The file that the user chose. Raises InvalidInput when it cannot be played."""
    if not 0 <= file_index < len(metainfo.files):
        raise InvalidInput(f"The torrent has no file {file_index}; it has {len(metainfo.files)} files.")
    file = metainfo.files[file_index]
    if file.hidden or not file.size or is_program(file):
        raise InvalidInput(f"The file {file_index} holds nothing that could be played.")
    match = Match(file, episodes, parse_quality(file.path), 1.0, "chosen by hand")
    return _report(metainfo, options, (match,))


def new_assignments(target: Target, report: Report, options: Options) -> list[NewAssignment]:
    """A row for each item of each match; a version is known by the label that its file name gets."""
    rows = []
    for match in report.matched:
        row = NewAssignment(
            info_hash=report.info_hash,
            file_index=match.file.index,
            path=match.file.path,
            size=match.file.size,
            quality=match.quality,
            confidence=match.confidence,
            version=sanitise(options.version),
            proposed=match.proposed,
            reason=match.reason,
        )
        if target.kind == "movie":
            rows.append(replace(row, movie_id=target.id))
        rows += [replace(row, episode_id=episode.id) for episode in match.episodes]
    return rows


def with_notes(report: Report, new: Iterable[NewAssignment], before: Iterable[Assignment]) -> Report:
    """The report, saying what its files do to those that were assigned before."""
    shown = {version_key(one): one for one in before if one.rank == 0}
    notes: dict[int, dict[str, None]] = defaultdict(dict)
    for one in new:
        if old := shown.get(version_key(one)):
            notes[one.file_index][_note(one, old)] = None
    matched = (replace(match, notes=tuple(notes[match.file.index])) for match in report.matched)
    return replace(report, matched=tuple(matched))


def _note(new: NewAssignment, old: Assignment) -> str:
    if (new.info_hash, new.file_index) == (old.info_hash, old.file_index):
        return "is listed already"
    made = ", ".join(filter(None, (old.quality.resolution, old.quality.source, old.quality.group)))
    name = f"{old.path} ({made})" if made else old.path
    return f"waits while {name} stays listed" if new.proposed else f"replaces {name}, which stands by now"


def _report(
    metainfo: Metainfo,
    options: Options,
    matched: tuple[Match, ...],
    unmatched: tuple[Unmatched, ...] = (),
    skipped: tuple[Skipped, ...] = (),
) -> Report:
    return Report(
        info_hash=metainfo.info_hash,
        name=metainfo.name,
        total_files=len(metainfo.files),
        matched=tuple(map(_place, matched)),
        unmatched=unmatched,
        skipped=skipped,
        dry_run=options.dry_run,
    )


def _place(match: Match) -> Placement:
    proposed = match.confidence < LISTED_FROM
    return Placement(match.file, match.episodes, match.quality, match.confidence, match.reason, proposed)
