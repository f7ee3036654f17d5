"""A document becomes part of the library: what is here stays, what is missing is added.

That is done in many short transactions, between which others have their turn; each adds whole items with
their files. Whatever ends an import in the midst of it: the same document completes it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple, TypeVar

from momoshtrem.library import assignments, corrections, imports
from momoshtrem.library.assignments import Items
from momoshtrem.library.database import Tx
from momoshtrem.library.imports import PutShow
from momoshtrem.library.torrents import FreshTorrent
from momoshtrem.model.job import Job
from momoshtrem.model.media import Assignment, Correction
from momoshtrem.model.torrent import Magnet
from momoshtrem.services.acquire import JOB, SEARCHING, search_subject
from momoshtrem.services.exchange.choice import FileKey, KnownTorrent, Ranked, choose
from momoshtrem.services.exchange.document import File, Movie, Rule, Show, Torrent
from momoshtrem.services.exchange.incoming import past_movie, past_show, read_torrent
from momoshtrem.services.exchange.staging import Staged
from momoshtrem.services.jobs import add_all as add_jobs

TOLD = 100
"""Reasons that are told."""
BATCH = 500
"""Rows that a transaction adds, more or less: of items and of files."""
MANY = 10_000
"""Files that are assigned at once; a statement cannot name the episodes of any show."""

T = TypeVar("T")

Step = Callable[[Tx], Sequence[Job]]
"""Does a part of the work, and gives the searches that it adds."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was left out; `place` is where in the document it stands."""

    place: str
    reason: str


@dataclass(slots=True)
class Imported:
    """How many of each kind were `added`, were here and `kept`, or were skipped; of these the first are told.

    `searches` look for the file lists of torrents that came without.
    """

    added: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    told: list[Skipped] = field(default_factory=list)
    searches: list[Job] = field(default_factory=list)

    def __str__(self) -> str:
        done = self.added + self.kept
        return ", ".join(f"{number} {kind}" for kind, number in done.items())

    def count(self, kind: str, *, created: bool, number: int = 1) -> None:
        (self.added if created else self.kept)[kind] += number

    def skip(self, kind: str, place: str, reason: str) -> None:
        self.skipped[kind] += 1
        if len(self.told) < TOLD:
            self.told.append(Skipped(place, reason))


class Item(NamedTuple):
    """A movie or an episode."""

    movie_id: int | None = None
    episode_id: int | None = None


Here = defaultdict[Item, set[FileKey]]
"""The files that items have."""


class Importing:
    """One import, whose `result` grows with each step."""

    def __init__(self, staged: Staged) -> None:
        self.result = Imported()
        self._staged = staged
        self._torrents: dict[str, KnownTorrent] = {}

    def steps(self) -> Iterator[Step]:
        """All the work, a transaction each; the document is read as they are taken."""
        for torrents in in_batches(self._staged.parts("torrents", Torrent), lambda one: 1 + len(one.files)):
            yield partial(
                self._add_torrents, batch=torrents, new=[read_torrent(*placed) for placed in torrents]
            )
        for movies in in_batches(self._staged.parts("movies", Movie), lambda one: 1 + len(one.files)):
            yield partial(self._add_movies, batch=movies)
        for shows in in_batches(self._staged.parts("shows", Show), weigh_show):
            yield partial(self._add_shows, batch=shows)

    def _add_torrents(
        self, tx: Tx, batch: Sequence[tuple[str, Torrent]], new: Sequence[FreshTorrent]
    ) -> Sequence[Job]:
        searched = []
        for (_, torrent), one, put in zip(batch, new, imports.put_torrents(tx, new), strict=True):
            self.result.count("torrents", created=put.created)
            sizes = put.sizes or tuple(file.size for file in torrent.files)
            self._torrents[torrent.info_hash] = KnownTorrent(put.info_hash, sizes)
            if isinstance(one.new, Magnet) and not put.is_ready:
                searched.append(search_subject(one.new))
        searches = add_jobs(tx, JOB, searched, SEARCHING)
        self.result.searches += searches
        return searches

    def _add_movies(self, tx: Tx, batch: Sequence[tuple[str, Movie]]) -> Sequence[Job]:
        put = imports.put_movies(tx, [past_movie(movie) for _, movie in batch])
        kept = Items(frozenset(one.id for one in put if not one.created), frozenset())
        here = grouped(assignments.find_for_items(tx, kept))
        new: list[Ranked] = []
        for (place, movie), one in zip(batch, put, strict=True):
            self.result.count("movies", created=one.created)
            new += self._choose(place, movie.files, here, Item(movie_id=one.id))
        assign(tx, new)
        return ()

    def _add_shows(self, tx: Tx, batch: Sequence[tuple[str, Show]]) -> Sequence[Job]:
        put = imports.put_shows(tx, [past_show(show) for _, show in batch])
        here = grouped(
            found for one in put if not one.created for found in assignments.find_for_show(tx, one.id)
        )
        new: list[Ranked] = []
        for (place, show), one in zip(batch, put, strict=True):
            self.result.count("shows", created=one.created)
            new += self._choose_for_show(place, show, one, here)
            self._add_rules(tx, one, show.corrections)
        assign(tx, new)
        return ()

    def _choose_for_show(self, place: str, show: Show, put: PutShow, here: Here) -> Iterator[Ranked]:
        for at, season in enumerate(show.seasons):
            for index, episode in enumerate(season.episodes):
                number = season.number, episode.number
                self.result.count("episodes", created=number in put.added)
                where = f"{place}.seasons[{at}].episodes[{index}]"
                item = Item(episode_id=put.episodes[number])
                yield from self._choose(where, episode.files, here, item)

    def _choose(self, place: str, files: Sequence[File], here: Here, item: Item) -> Sequence[Ranked]:
        """The files that an item gets; they are `here` from now on."""
        found = choose(files, self._torrents, here[item])
        here[item] |= {(one.info_hash, one.file_index) for _, _, one in found.new}
        self.result.count("files", created=True, number=len(found.new))
        self.result.count("files", created=False, number=found.kept)
        for index, reason in found.skipped:
            self.result.skip("files", f"{place}.files[{index}]", reason)
        return [
            (rank, moment, replace(one, movie_id=item.movie_id, episode_id=item.episode_id))
            for rank, moment, one in found.new
        ]

    def _add_rules(self, tx: Tx, put: PutShow, rules: Sequence[Rule]) -> None:
        if not rules:
            return
        here = {numbered(stored.rule) for stored in corrections.find_for_show(tx, put.id)}
        for one in rules:
            rule = Correction(one.release_group, one.season, one.number, one.to_season, one.to_number)
            created = numbered(rule) not in here
            self.result.count("corrections", created=created)
            if created:
                corrections.put(tx, put.id, rule)


def in_batches(parts: Iterable[tuple[str, T]], weigh: Callable[[T], int]) -> Iterator[list[tuple[str, T]]]:
    """Parts of a document together, as long as they weigh no more than a batch."""
    batch: list[tuple[str, T]] = []
    weight = 0
    for place, part in parts:
        if batch and weight + weigh(part) > BATCH:
            yield batch
            batch, weight = [], 0
        batch.append((place, part))
        weight += weigh(part)
    if batch:
        yield batch


def weigh_show(show: Show) -> int:
    episodes = [episode for season in show.seasons for episode in season.episodes]
    return 1 + len(episodes) + sum(len(episode.files) for episode in episodes)


def assign(tx: Tx, new: Sequence[Ranked]) -> None:
    for start in range(0, len(new), MANY):
        assignments.insert_ranked(tx, new[start : start + MANY])


def grouped(found: Iterable[Assignment]) -> Here:
    here: Here = defaultdict(set)
    for one in found:
        here[Item(one.movie_id, one.episode_id)].add((one.info_hash, one.file_index))
    return here


def numbered(rule: Correction) -> tuple[str, int | None, int]:
    """What a show has one rule for."""
    return rule.release_group, rule.season, rule.number
