"""Getting files for library items: a torrent is looked at, matched, and assigned."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from momoshtrem.errors import InvalidInput, NoMatch, NotFound, Unavailable
from momoshtrem.identify.files import Skipped, Unmatched
from momoshtrem.identify.movies import match_movie
from momoshtrem.identify.parse import parse_quality
from momoshtrem.identify.shows import Match, match_show
from momoshtrem.library import assignments, movies, shows, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.job import Job
from momoshtrem.model.media import Episode, Movie, NewAssignment, Show
from momoshtrem.model.torrent import Magnet, Metainfo
from momoshtrem.services.jobs import Jobs
from momoshtrem.torrents.engine import Engine
from momoshtrem.torrents.metainfo import parse_magnet, parse_metainfo

Kind = Literal["movie", "show", "episode"]
KINDS: tuple[Kind, ...] = ("movie", "show", "episode")

JOB = "assign"
JOB_WAIT = 600.0


@dataclass(frozen=True, slots=True)
class Source:
    """Where a torrent comes from: a magnet link or the bytes of a .torrent file, just one of them."""

    magnet_uri: str | None = None
    blob: bytes | None = None


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


Matcher = Callable[[Metainfo], Report]


class Acquire:
    """Assigns torrents to movies, shows and episodes."""

    def __init__(self, db: Database, engine: Engine, jobs: Jobs) -> None:
        self._db = db
        self._engine = engine
        self._jobs = jobs
        jobs.register(JOB, self._work)

    async def assign(
        self, target: Target, source: Source, options: Options, wait: float = 30.0
    ) -> Report | Job:
        """Match a torrent's files to the target and assign them, replacing what the tree shows.

        A magnet's file list is waited for up to `wait` seconds; then a job goes on, and is the answer.
        Raises NotFound, InvalidTorrent, InvalidInput, or NoMatch with the reason; nothing is changed then.
        """
        matcher = await self._matcher(target, options)
        if source.blob is not None and source.magnet_uri is None:
            metainfo = await asyncio.to_thread(parse_metainfo, source.blob)
            return await self._finish(target, metainfo, (), options, matcher)
        if source.magnet_uri is None or source.blob is not None:
            raise InvalidInput("Give either a magnet link or a .torrent file.")
        magnet = parse_magnet(source.magnet_uri)
        try:
            metainfo = await self._find_metainfo(magnet, wait)
        except Unavailable:
            if options.dry_run:
                raise
            return await self._go_on(target, magnet, options)
        return await self._finish(target, metainfo, magnet.peers, options, matcher)

    async def unassign_movie(self, movie_id: int) -> None:
        """Take all files off a movie. Raises NotFound."""
        await self._db.run(movies.get, movie_id)
        await self._db.run(assignments.delete_for_movie, movie_id)

    async def unassign_episode(self, episode_id: int) -> None:
        """Take all files off an episode. Raises NotFound."""
        await self._db.run(shows.get_episode, episode_id)
        await self._db.run(assignments.delete_for_episode, episode_id)

    async def _matcher(self, target: Target, options: Options) -> Matcher:
        """How to read a torrent for this target; asks the library first, so that a wrong id fails at once."""
        if target.kind == "movie":
            movie = await self._db.run(movies.get, target.id)
            return lambda metainfo: match_for_movie(metainfo, movie, options)
        if target.kind == "show":
            if options.file_index is not None:
                raise InvalidInput("A file is chosen by hand for one episode; assign it to the episode.")
            show = await self._db.run(shows.get, target.id)
            return lambda metainfo: match_for_show(metainfo, show, options)
        show_id, episode = await self._db.run(shows.get_episode, target.id)
        show = await self._db.run(shows.get, show_id)
        return lambda metainfo: match_for_episode(metainfo, show, episode, options)

    async def _find_metainfo(self, magnet: Magnet, wait: float) -> Metainfo:
        """What the library knows, else what the swarm tells. Raises Unavailable after `wait` seconds."""
        with contextlib.suppress(NotFound, Unavailable):
            return await self._db.run(torrents.get_metainfo, magnet.info_hash)
        try:
            async with asyncio.timeout(wait):
                return await self._engine.fetch_metadata(magnet)
        except TimeoutError:
            raise Unavailable(
                f"No peer sent the file list of this magnet link within {wait:g} s; it may have no seeder."
            ) from None

    async def _finish(
        self, target: Target, metainfo: Metainfo, peers: tuple[str, ...], options: Options, matcher: Matcher
    ) -> Report:
        report = await asyncio.to_thread(matcher, metainfo)
        if not options.dry_run and report.matched:
            await self._db.run(store, metainfo, peers, new_assignments(target, report, options))
        return report

    # a magnet whose file list is not here yet

    async def _go_on(self, target: Target, magnet: Magnet, options: Options) -> Job:
        """Leave the rest to a job."""
        await self._db.run(torrents.insert_magnet, magnet)
        subject = {
            "target": target.kind,
            "id": str(target.id),
            "magnet": magnet.uri,
            "file_index": "" if options.file_index is None else str(options.file_index),
            "version": options.version,
        }
        return await self._jobs.add(JOB, subject, "Waiting for a peer that has the file list.")

    async def _work(self, subject: Mapping[str, str]) -> str:
        index = subject["file_index"]
        target = Target(_kind(subject["target"]), int(subject["id"]))
        options = Options(int(index) if index else None, subject["version"])
        magnet = parse_magnet(subject["magnet"])
        matcher = await self._matcher(target, options)
        metainfo = await self._find_metainfo(magnet, JOB_WAIT)
        report = await self._finish(target, metainfo, magnet.peers, options, matcher)
        return f"{len(report.matched)} of {report.total_files} files were assigned."


def _kind(text: str) -> Kind:
    for kind in KINDS:
        if kind == text:
            return kind
    raise NotFound(f"There is nothing of the kind {text!r}.")


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


def store(tx: Tx, metainfo: Metainfo, peers: tuple[str, ...], new: list[NewAssignment]) -> None:
    """The torrent and what it is assigned to, in one transaction."""
    torrents.insert(tx, metainfo, peers, metainfo.trackers)
    assignments.insert_all(tx, new)


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
