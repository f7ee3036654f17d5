"""Why an item plays or does not: what the library and the engine's memory know of it. Starts no swarm."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace
from urllib.parse import unquote

from momoshtrem.errors import InvalidInput, NotFound
from momoshtrem.library import assignments, jobs, movies, shows, torrents
from momoshtrem.library import explain as lookup
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.job import Job
from momoshtrem.model.media import Assignment
from momoshtrem.model.torrent import FileRef
from momoshtrem.services.acquire import JOB
from momoshtrem.services.chain import Download, Explanation, Facts, Item, Kind, explain
from momoshtrem.services.projection import MOVIES, SHOWS
from momoshtrem.services.streams import Streams
from momoshtrem.torrents.engine import Engine
from momoshtrem.vfs.tree import File

TAG = re.compile(r" [\[{]tmdb(?:id)?-(\d{1,9})[\]}]$", re.ASCII)
NUMBERS = re.compile(r"S(\d{1,9})E(\d{1,9})", re.ASCII | re.IGNORECASE)


class Explain:
    """Follows the chain from an item to its reader."""

    def __init__(self, db: Database, engine: Engine, streams: Streams) -> None:
        self._db = db
        self._engine = engine
        self._streams = streams

    async def path(self, path: str) -> Explanation:
        """Of a path as players see it, also of one that is not listed now or is still percent-encoded.

        Raises NotFound, or InvalidInput for a path that names neither a movie nor an episode.
        """
        found = self._streams.tree.find(path)
        if found is None:
            path = unquote(path)
            found = self._streams.tree.find(path)
        ref = found.ref if isinstance(found, File) else None
        kind, item_id = await self._db.run(find_item, path, ref)
        return await self._explain(kind, item_id, ref)

    async def movie(self, movie_id: int) -> Explanation:
        return await self._explain("movie", movie_id, None)

    async def episode(self, episode_id: int) -> Explanation:
        return await self._explain("episode", episode_id, None)

    async def _explain(self, kind: Kind, item_id: int, ref: FileRef | None) -> Explanation:
        facts = await self._db.run(gather, kind, item_id, ref)
        if download := facts.download:
            status = self._engine.find_status(download.record.info_hash)
            outage = self._engine.health().network.problem
            facts = replace(facts, download=replace(download, status=status, outage=outage))
        return explain(facts)


def find_item(tx: Tx, path: str, ref: FileRef | None) -> tuple[Kind, int]:
    """The item that a decoded path is about; `ref` is the file that is listed there."""
    root, folder, *rest = [*filter(None, path.split("/")), "", ""]
    tag = TAG.search(folder)
    wanted = (folder, int(tag[1]) if tag else None)
    if root.casefold() == MOVIES.casefold() and folder:
        if movie_id := lookup.find_movie_by_folder(tx, *wanted):
            return "movie", movie_id
    elif root.casefold() == SHOWS.casefold() and folder:
        if show_id := lookup.find_show_by_folder(tx, *wanted):
            return "episode", _find_episode(tx, show_id, "/".join(rest), ref)
    else:
        raise InvalidInput(f"Name a movie or an episode, as in /{MOVIES}/The Matrix (1999).")
    raise NotFound(f"Nothing in the library belongs at {path}.")


def gather(tx: Tx, kind: Kind, item_id: int, ref: FileRef | None) -> Facts:
    """What the library knows of an item and its file: the one named by `ref`, else the one that is shown."""
    item, assigned, targets = _find_assigned(tx, kind, item_id)
    chosen = min(assigned, key=lambda one: (not _is(one, ref), one.proposed, one.rank), default=None)
    if chosen is None:
        return Facts(item, awaited=_find_job(tx, targets))
    return Facts(item, tuple(assigned), chosen, download=_find_download(tx, chosen))


def _find_episode(tx: Tx, show_id: int, rest: str, ref: FileRef | None) -> int:
    """The episode of a show by the file that is listed, else by the numbers in the rest of the path."""
    for one in assignments.find_for_show(tx, show_id) if ref else ():
        if _is(one, ref) and one.episode_id:
            return one.episode_id
    numbers = NUMBERS.search(rest)
    if numbers is None:
        raise InvalidInput("Name an episode of the show, as in Season 01/S01E01.")
    found = lookup.find_episode(tx, show_id, int(numbers[1]), int(numbers[2]))
    if found is None:
        raise NotFound(f"The show has no episode {numbers[0]}.")
    return found


def _is(one: Assignment, ref: FileRef | None) -> bool:
    return ref is not None and (one.info_hash, one.file_index) == (ref.info_hash, ref.file_index)


def _find_assigned(tx: Tx, kind: Kind, item_id: int) -> tuple[Item, list[Assignment], set[tuple[str, str]]]:
    """The item, its files, and the targets of the jobs that may bring it one."""
    if kind == "movie":
        movie = movies.get(tx, item_id)
        year = f" ({movie.year})" if movie.year else ""
        item = Item(kind, item_id, movie.title + year)
        return item, assignments.find_for_movie(tx, item_id), {("movie", str(item_id))}
    show_id, episode = shows.get_episode(tx, item_id)
    show = shows.get(tx, show_id)
    item = Item(kind, item_id, f"{show.title} S{episode.season_number:02d}E{episode.number:02d}")
    targets = {("episode", str(item_id)), ("show", str(show_id))}
    return item, assignments.find_for_episode(tx, item_id), targets


def _find_job(tx: Tx, targets: Container[tuple[str, str]]) -> Job | None:
    for job in jobs.find_unfinished(tx, JOB):
        if (job.subject.get("target"), job.subject.get("id")) in targets:
            return job
    return None


def _find_download(tx: Tx, chosen: Assignment) -> Download:
    record = torrents.get(tx, chosen.info_hash)
    files = torrents.find_files(tx, chosen.info_hash)
    file = next((file for file in files if file.index == chosen.file_index), None)
    if file is None or not record.piece_length:
        return Download(record)
    last = max(file.offset, file.offset + file.size - 1)
    return Download(record, file.offset // record.piece_length, last // record.piece_length)
