"""Getting files for library items: a torrent is looked at, matched, and assigned."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from momoshtrem.errors import InvalidInput, NoMatch, NotFound, Unavailable
from momoshtrem.library import assignments, corrections, movies, shows, torrents
from momoshtrem.library.assignments import items_of
from momoshtrem.library.database import Database, Tx
from momoshtrem.library.jobs import find_unfinished
from momoshtrem.model.job import Job
from momoshtrem.model.media import Correction, NewAssignment, Show
from momoshtrem.model.torrent import Magnet, Metainfo
from momoshtrem.services.jobs import Jobs, Tell
from momoshtrem.services.matching import (
    Kind,
    Options,
    Report,
    Target,
    match_for_episode,
    match_for_movie,
    match_for_show,
    new_assignments,
    with_notes,
)
from momoshtrem.services.metadata import Metadata
from momoshtrem.services.warm import Warm
from momoshtrem.torrents.metainfo import parse_magnet, parse_metainfo

KINDS: tuple[Kind, ...] = ("movie", "show", "episode")
TORRENT = "torrent"
"""What the subject of a job has in the place of a kind when only the file list is wanted."""

JOB = "assign"
SEARCHING = "Waiting for a peer that has the file list."


@dataclass(frozen=True, slots=True)
class Source:
    """Where a torrent comes from: a magnet link or the bytes of a .torrent file, just one of them."""

    magnet_uri: str | None = None
    blob: bytes | None = None


class Acquire:
    """Assigns torrents to movies, shows and episodes."""

    def __init__(self, db: Database, metadata: Metadata, jobs: Jobs, warm: Warm) -> None:
        self._db = db
        self._metadata = metadata
        self._jobs = jobs
        self._warm = warm
        jobs.register(JOB, self._work, places=metadata.patience.places, on_failure=give_up)

    async def assign(
        self, target: Target, source: Source, options: Options, wait: float = 30.0
    ) -> Report | Job:
        """Match a torrent's files to the target and assign them, replacing what the tree shows.

        A match that is less than sure is only proposed, and replaces nothing until it is confirmed.
        A magnet's file list is waited for up to `wait` seconds; then a job goes on, and is the answer.
        Raises NotFound, InvalidTorrent, InvalidInput, or NoMatch with the reason; nothing is changed then.
        """
        await self._check(target, options)
        if source.blob is not None and source.magnet_uri is None:
            metainfo = await asyncio.to_thread(parse_metainfo, source.blob)
            return await self._finish(target, metainfo, (), options)
        if source.magnet_uri is None or source.blob is not None:
            raise InvalidInput("Give either a magnet link or a .torrent file.")
        magnet = parse_magnet(source.magnet_uri)
        try:
            metainfo = await self._metadata.fetch(magnet, wait)
        except Unavailable:
            if options.dry_run:
                raise
            return await self._go_on(target, magnet, options)
        return await self._finish(target, with_trackers(metainfo, magnet), magnet.peers, options)

    async def unassign_movie(self, movie_id: int) -> None:
        """Take all files off a movie. Raises NotFound."""
        await self._db.run(movies.get, movie_id)
        await self._db.run(assignments.delete_for_movie, movie_id)

    async def unassign_episode(self, episode_id: int) -> None:
        """Take all files off an episode. Raises NotFound."""
        await self._db.run(shows.get_episode, episode_id)
        await self._db.run(assignments.delete_for_episode, episode_id)

    async def _check(self, target: Target, options: Options) -> None:
        """Let a wrong target fail before its torrent is looked for."""
        if target.kind == "movie":
            await self._db.run(movies.get, target.id)
        elif target.kind == "episode":
            await self._db.run(shows.get_episode, target.id)
        elif options.file_index is not None:
            raise InvalidInput("A file is chosen by hand for one episode; assign it to the episode.")
        else:
            await self._db.run(shows.get, target.id)

    async def _match(self, target: Target, metainfo: Metainfo, options: Options) -> Report:
        """Read a torrent for the target as the library has it now."""
        if target.kind == "movie":
            movie = await self._db.run(movies.get, target.id)
            return await asyncio.to_thread(match_for_movie, metainfo, movie, options)
        if target.kind == "show":
            show, rules = await self._db.run(get_show, target.id)
            return await asyncio.to_thread(match_for_show, metainfo, show, options, rules)
        show_id, episode = await self._db.run(shows.get_episode, target.id)
        show, rules = await self._db.run(get_show, show_id)
        return await asyncio.to_thread(match_for_episode, metainfo, show, episode, options, rules)

    async def _finish(
        self, target: Target, metainfo: Metainfo, peers: tuple[str, ...], options: Options
    ) -> Report:
        report = await self._match(target, metainfo, options)
        new = new_assignments(target, report, options)
        before = await self._db.run(assignments.find_for_items, items_of(new))
        if new and not options.dry_run:
            await self._db.run(store, metainfo, peers, new)
            await self._metadata.tell_sources(metainfo, peers)
            await self._warm.torrent(metainfo.info_hash)
        return with_notes(report, new, before)

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
        return await self._jobs.add(JOB, subject, SEARCHING)

    async def _work(self, job: Job, tell: Tell) -> str:
        """Raises NotFound for a torrent that was removed while its file list was waited for."""
        magnet = parse_magnet(job.subject["magnet"])
        if job.subject["target"] == TORRENT:
            await self._db.run(torrents.insert, await self._search(job, magnet, tell), magnet.peers)
            return "The file list is here."
        index = job.subject["file_index"]
        target = Target(_kind(job.subject["target"]), int(job.subject["id"]))
        options = Options(int(index) if index else None, job.subject["version"])
        await self._check(target, options)
        metainfo = await self._search(job, magnet, tell)
        report = await self._finish(target, metainfo, magnet.peers, options)
        if not report.matched:
            raise NoMatch(f"None of the {report.total_files} files of the torrent is a wanted episode.")
        waiting = sum(match.proposed for match in report.matched)
        proposals = f" {waiting} of them wait to be confirmed." if waiting else ""
        return f"{len(report.matched)} of {report.total_files} files were assigned.{proposals}"

    async def _search(self, job: Job, magnet: Magnet, tell: Tell) -> Metainfo:
        metainfo = await self._metadata.search(magnet, job.created_at, tell)
        await self._db.run(torrents.get, magnet.info_hash)
        return with_trackers(metainfo, magnet)


def search_subject(magnet: Magnet) -> dict[str, str]:
    """Of a job that gets the file list of a torrent which is assigned already."""
    return {"target": TORRENT, "id": magnet.info_hash, "magnet": magnet.uri}


def _kind(text: str) -> Kind:
    for kind in KINDS:
        if kind == text:
            return kind
    raise NotFound(f"There is nothing of the kind {text!r}.")


def give_up(tx: Tx, job: Job) -> None:
    """A torrent that nobody waits for any more has failed, with the reason of the last who did."""
    info_hash = parse_magnet(job.subject["magnet"]).info_hash
    others = find_unfinished(tx, JOB)
    if all(parse_magnet(other.subject["magnet"]).info_hash != info_hash for other in others):
        torrents.set_failed(tx, info_hash, job.message)


def get_show(tx: Tx, show_id: int) -> tuple[Show, list[Correction]]:
    """A show and the rules that were made by hand for it."""
    rules = [stored.rule for stored in corrections.find_for_show(tx, show_id)]
    return shows.get(tx, show_id), rules


def with_trackers(metainfo: Metainfo, magnet: Magnet) -> Metainfo:
    """The torrent with the trackers of its magnet, unless it is private: then only its own count (BEP 27)."""
    if metainfo.private:
        return metainfo
    return replace(metainfo, trackers=tuple(dict.fromkeys([*metainfo.trackers, *magnet.trackers])))


def store(tx: Tx, metainfo: Metainfo, peers: tuple[str, ...], new: list[NewAssignment]) -> None:
    """The torrent and what it is assigned to, in one transaction."""
    torrents.insert(tx, metainfo, peers)
    assignments.insert_all(tx, new)
