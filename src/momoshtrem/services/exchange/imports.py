"""A document becomes part of the library: what is here stays, what is missing is added."""

from __future__ import annotations

import base64
import binascii
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from momoshtrem.errors import InvalidInput, InvalidTorrent
from momoshtrem.events import LibraryChanged
from momoshtrem.library import assignments, corrections, imports, jobs, torrents
from momoshtrem.library.database import Tx
from momoshtrem.library.imports import EpisodePast, Past
from momoshtrem.model.job import Job
from momoshtrem.model.media import Correction, NewEpisode, NewMovie, NewSeason, NewShow
from momoshtrem.model.names import episode_title, sanitise
from momoshtrem.model.stored import TorrentState
from momoshtrem.model.torrent import Magnet, Metainfo
from momoshtrem.services.acquire import JOB, SEARCHING, search_subject
from momoshtrem.services.exchange.choice import FileKey, KnownTorrent, Ranked, choose
from momoshtrem.services.exchange.document import Episode, File, Movie, Rule, Show, Torrent
from momoshtrem.services.exchange.export import make_magnet
from momoshtrem.services.exchange.staging import Staged
from momoshtrem.services.jobs import add as find_or_insert
from momoshtrem.torrents.metainfo import hashes_of, parse_magnet, parse_metainfo

TOLD = 100
"""Reasons that are told."""
BATCH = 500
"""Files that are assigned at once."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was left out; `place` is where in the document it stands."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Item:
    """A movie or an episode."""

    movie_id: int | None = None
    episode_id: int | None = None


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

    def count(self, kind: str, *, created: bool, number: int = 1) -> None:
        (self.added if created else self.kept)[kind] += number

    def skip(self, kind: str, place: str, reason: str) -> None:
        self.skipped[kind] += 1
        if len(self.told) < TOLD:
            self.told.append(Skipped(place, reason))


def add(tx: Tx, staged: Staged) -> Imported:
    """Add what is missing. Raises InvalidInput, or InvalidTorrent for torrents that are none."""
    importing = Importing(tx)
    for place, torrent in staged.parts("torrents", Torrent):
        importing.add_torrent(place, torrent)
    for place, movie in staged.parts("movies", Movie):
        importing.add_movie(place, movie)
        importing.flush(BATCH)
    for place, show in staged.parts("shows", Show):
        importing.add_show(place, show)
        importing.flush(BATCH)
    importing.flush()
    tx.emit_only(LibraryChanged())
    return importing.result


class Importing:
    """One import, in one transaction."""

    def __init__(self, tx: Tx) -> None:
        self.result = Imported()
        self._tx = tx
        self._torrents: dict[str, KnownTorrent] = {}
        self._new: list[Ranked] = []

    def add_torrent(self, place: str, torrent: Torrent) -> None:
        new = read_torrent(place, torrent)
        record, created = imports.put_torrent(self._tx, new, torrent.added_at, torrent.magnet_uri)
        self.result.count("torrents", created=created)
        self._torrents[torrent.info_hash] = KnownTorrent(
            record.info_hash,
            tuple(file.size for file in torrents.find_files(self._tx, record.info_hash) or torrent.files),
        )
        if record.state is not TorrentState.READY and isinstance(new, Magnet):
            # One that is new has no job, and to look for one among thousands takes its time.
            put = jobs.insert if created else find_or_insert
            self.result.searches.append(put(self._tx, JOB, search_subject(new), SEARCHING))

    def add_movie(self, place: str, movie: Movie) -> None:
        past = Past(movie.added_at, folder_name(movie.path_name), movie.pinned)
        new = NewMovie(movie.title, movie.year, movie.tmdb_id)
        movie_id, created = imports.put_movie(self._tx, new, past)
        self.result.count("movies", created=created)
        here: set[FileKey] = set()
        if not created:
            self.flush()
            found = assignments.find_for_movie(self._tx, movie_id)
            here = {(one.info_hash, one.file_index) for one in found}
        self._add_files(place, movie.files, here, Item(movie_id=movie_id))

    def add_show(self, place: str, show: Show) -> None:
        past = Past(show.added_at, folder_name(show.path_name), show.pinned)
        put = imports.put_show(self._tx, new_show(show), past, episode_pasts(show))
        self.result.count("shows", created=put.created)
        here: defaultdict[int | None, set[FileKey]] = defaultdict(set)
        if not put.created:
            self.flush()
            for one in assignments.find_for_show(self._tx, put.id):
                here[one.episode_id].add((one.info_hash, one.file_index))
        for at, season in enumerate(show.seasons):
            for index, episode in enumerate(season.episodes):
                number = season.number, episode.number
                self.result.count("episodes", created=number in put.added)
                episode_id = put.episodes[number]
                where = f"{place}.seasons[{at}].episodes[{index}]"
                self._add_files(where, episode.files, here[episode_id], Item(episode_id=episode_id))
        self._add_rules(put.id, show.corrections)

    def flush(self, at_least: int = 1) -> None:
        """Assign what was chosen, once that is so much."""
        if len(self._new) >= at_least:
            assignments.insert_ranked(self._tx, self._new)
            self._new = []

    def _add_files(self, place: str, files: Sequence[File], here: set[FileKey], item: Item) -> None:
        found = choose(files, self._torrents, here)
        new = [
            (rank, moment, replace(one, movie_id=item.movie_id, episode_id=item.episode_id))
            for rank, moment, one in found.new
        ]
        self._new += new
        self.result.count("files", created=True, number=len(new))
        self.result.count("files", created=False, number=found.kept)
        for index, reason in found.skipped:
            self.result.skip("files", f"{place}.files[{index}]", reason)

    def _add_rules(self, show_id: int, rules: Sequence[Rule]) -> None:
        here = {numbered(stored.rule) for stored in corrections.find_for_show(self._tx, show_id)}
        for one in rules:
            rule = Correction(one.release_group, one.season, one.number, one.to_season, one.to_number)
            created = numbered(rule) not in here
            self.result.count("corrections", created=created)
            if created:
                corrections.put(self._tx, show_id, rule)


def read_torrent(place: str, torrent: Torrent) -> Metainfo | Magnet:
    """By its .torrent where the document has it, else by a magnet link."""
    try:
        new = parse_torrent(torrent)
    except (InvalidTorrent, binascii.Error) as error:
        raise InvalidInput(f"{place}: {error}") from error
    if torrent.info_hash not in hashes_of(new):
        raise InvalidInput(f"{place}.info_hash: it is not that of its metainfo or magnet_uri.")
    return replace(new, trackers=tuple(torrent.trackers))


def parse_torrent(torrent: Torrent) -> Metainfo | Magnet:
    if torrent.metainfo is not None:
        return parse_metainfo(base64.b64decode(torrent.metainfo, validate=True))
    return parse_magnet(torrent.magnet_uri or make_magnet(torrent))


def new_show(show: Show) -> NewShow:
    seasons = (
        NewSeason(
            season.number, tuple(NewEpisode(one.number, one.name, one.air_date) for one in season.episodes)
        )
        for season in show.seasons
    )
    return NewShow(show.title, show.year, show.tmdb_id, tuple(seasons), show.ended, show.whole)


def episode_pasts(show: Show) -> dict[tuple[int, int], EpisodePast]:
    """By the numbers of season and episode."""
    return {
        (season.number, one.number): EpisodePast(file_title(one), one.pinned)
        for season in show.seasons
        for one in season.episodes
    }


def folder_name(path_name: str | None) -> str | None:
    """A name that can be one of a folder; another one is made anew."""
    return path_name if path_name and sanitise(path_name) == path_name else None


def file_title(episode: Episode) -> str | None:
    path_name = episode.path_name
    return path_name if path_name is not None and episode_title(path_name) == path_name else None


def numbered(rule: Correction) -> tuple[str, int | None, int]:
    """What a show has one rule for."""
    return rule.release_group, rule.season, rule.number
