"""The library as a document, written while it is read."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from momoshtrem.errors import InvalidInput
from momoshtrem.library import assignments, corrections, exports, movies, shows, torrents
from momoshtrem.library.database import Tx
from momoshtrem.model import media
from momoshtrem.model.stored import TorrentRecord
from momoshtrem.services.exchange.document import (
    FORMAT,
    VERSION,
    Episode,
    File,
    Movie,
    Part,
    Rule,
    Season,
    Show,
    Torrent,
    TorrentFile,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is exported beside the library itself: .torrent files; trackers, whose addresses hold passkeys."""

    metainfo: bool = False
    trackers: bool = True

    def check(self) -> None:
        """Raises InvalidInput for .torrent files without trackers: they hold them."""
        if self.metainfo and not self.trackers:
            raise InvalidInput(
                "A .torrent file holds its trackers: export either without the one or with both."
            )


def write(tx: Tx, choice: Choice) -> Iterator[str]:
    """The text of the document, part by part."""
    yield f'{{\n"format": {json.dumps(FORMAT)},\n"version": {VERSION}'
    yield from _list("torrents", _torrents(tx, choice))
    yield from _list("movies", _movies(tx))
    yield from _list("shows", _shows(tx))
    yield "\n}\n"


def _list(name: str, parts: Iterable[Part]) -> Iterator[str]:
    start = f',\n"{name}": [\n'
    for part in parts:
        yield start + part.to_json()
        start = ",\n"
    yield "\n]" if start == ",\n" else start + "]"


def _torrents(tx: Tx, choice: Choice) -> Iterator[Torrent]:
    for info_hash in exports.list_torrents(tx):
        record = torrents.get(tx, info_hash)
        blob = exports.find_blob(tx, info_hash) if choice.metainfo else None
        yield Torrent(
            info_hash=record.info_hash,
            info_hash_v2=record.info_hash_v2,
            name=record.name,
            magnet_uri=record.magnet_uri if choice.trackers else record.magnet_uri and make_magnet(record),
            trackers=list(record.trackers) if choice.trackers else [],
            added_at=record.added_at,
            files=[
                TorrentFile(path=file.path, size=file.size) for file in torrents.find_files(tx, info_hash)
            ],
            metainfo=base64.b64encode(blob).decode() if blob else None,
        )


def _movies(tx: Tx) -> Iterator[Movie]:
    for movie_id in exports.list_movies(tx):
        movie = movies.get(tx, movie_id)
        yield Movie(
            title=movie.title,
            year=movie.year,
            tmdb_id=movie.tmdb_id,
            path_name=movie.path_name,
            pinned=movie.pinned,
            added_at=movie.added_at,
            files=[_file(one) for one in assignments.find_for_movie(tx, movie_id)],
        )


def _shows(tx: Tx) -> Iterator[Show]:
    ended = exports.find_ended(tx)
    for show_id in exports.list_shows(tx):
        show = shows.get(tx, show_id)
        files = defaultdict(list)
        for one in assignments.find_for_show(tx, show_id):
            files[one.episode_id].append(_file(one))
        rules = [stored.rule for stored in corrections.find_for_show(tx, show_id)]
        yield Show(
            title=show.title,
            year=show.year,
            tmdb_id=show.tmdb_id,
            path_name=show.path_name,
            pinned=show.pinned,
            ended=show_id in ended,
            whole=show.whole,
            added_at=show.added_at,
            seasons=[
                Season(
                    number=season.number,
                    episodes=[_episode(each, files[each.id]) for each in season.episodes],
                )
                for season in show.seasons
            ],
            corrections=[Rule.model_validate(rule) for rule in rules],
        )


def _episode(episode: media.Episode, files: list[File]) -> Episode:
    return Episode(
        number=episode.number,
        name=episode.name,
        air_date=episode.air_date,
        path_name=episode.path_name,
        pinned=episode.pinned,
        files=files,
    )


def _file(one: media.Assignment) -> File:
    quality = one.quality
    return File(
        info_hash=one.info_hash,
        file_index=one.file_index,
        path=one.path,
        size=one.size,
        version=one.version,
        rank=one.rank,
        resolution=quality.resolution,
        source=quality.source,
        codec=quality.codec,
        hdr=quality.hdr,
        group=quality.group,
        confidence=one.confidence,
        proposed=one.proposed,
        reason=one.reason,
        assigned_at=one.assigned_at,
    )


def make_magnet(torrent: TorrentRecord | Torrent) -> str:
    """A link that names the torrent and no tracker."""
    xt = (
        f"xt=urn:btih:{torrent.info_hash}"
        if len(torrent.info_hash) == 40
        else f"xt=urn:btmh:1220{torrent.info_hash}"
    )
    second = f"&xt=urn:btmh:1220{torrent.info_hash_v2}" if torrent.info_hash_v2 else ""
    return f"magnet:?{xt}{second}&dn={quote(torrent.name, safe='')}"
