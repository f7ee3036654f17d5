"""The parts of a document as the library takes them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace

from momoshtrem.errors import InvalidInput, InvalidTorrent
from momoshtrem.library.imports import EpisodePast, Past, PastMovie, PastShow
from momoshtrem.library.torrents import FreshTorrent
from momoshtrem.model.media import NewEpisode, NewMovie, NewSeason, NewShow
from momoshtrem.model.names import episode_title, sanitise
from momoshtrem.model.torrent import Magnet, Metainfo
from momoshtrem.services.exchange.document import Episode, Movie, Show, Torrent
from momoshtrem.services.exchange.export import make_magnet
from momoshtrem.torrents.metainfo import hashes_of, parse_magnet, parse_metainfo


def read_torrent(place: str, torrent: Torrent) -> FreshTorrent:
    """By its .torrent where the document has it, else by a magnet link. Raises InvalidInput."""
    try:
        new = parse_torrent(torrent)
    except (InvalidTorrent, binascii.Error) as error:
        raise InvalidInput(f"{place}: {error}") from error
    if torrent.info_hash not in hashes_of(new):
        raise InvalidInput(f"{place}.info_hash: it is not that of its metainfo or magnet_uri.")
    return FreshTorrent(replace(new, trackers=tuple(torrent.trackers)), torrent.added_at, torrent.magnet_uri)


def parse_torrent(torrent: Torrent) -> Metainfo | Magnet:
    if torrent.metainfo is not None:
        return parse_metainfo(base64.b64decode(torrent.metainfo, validate=True))
    return parse_magnet(torrent.magnet_uri or make_magnet(torrent))


def past_movie(movie: Movie) -> PastMovie:
    return PastMovie(NewMovie(movie.title, movie.year, movie.tmdb_id), past_of(movie))


def past_show(show: Show) -> PastShow:
    seasons = tuple(
        NewSeason(
            season.number, tuple(NewEpisode(one.number, one.name, one.air_date) for one in season.episodes)
        )
        for season in show.seasons
    )
    episodes = {
        (season.number, one.number): EpisodePast(file_title(one), one.pinned)
        for season in show.seasons
        for one in season.episodes
    }
    new = NewShow(show.title, show.year, show.tmdb_id, seasons, show.ended, show.whole)
    return PastShow(new, past_of(show), episodes)


def past_of(item: Movie | Show) -> Past:
    return Past(item.added_at, folder_name(item.path_name), item.pinned)


def folder_name(path_name: str | None) -> str | None:
    """A name that can be one of a folder; another one is made anew."""
    return path_name if path_name and sanitise(path_name) == path_name else None


def file_title(episode: Episode) -> str | None:
    path_name = episode.path_name
    return path_name if path_name is not None and episode_title(path_name) == path_name else None
