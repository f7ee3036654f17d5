from __future__ import annotations

from datetime import UTC, datetime

import pytest

from momoshtrem.errors import InvalidInput, NoMatch
from momoshtrem.model.media import Episode, Movie, Season, Show
from momoshtrem.model.torrent import Metainfo, TorrentFile
from momoshtrem.services.matching import (
    Options,
    Target,
    match_for_episode,
    match_for_movie,
    match_for_show,
    new_assignments,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HEAT = Movie(7, "Heat", 1995, 949, None, NOW)
EPISODES = tuple(Episode(10 + number, 1, number, None, None, None) for number in (1, 2, 3))
FARGO = Show(3, "Fargo", 2014, None, None, NOW, (Season(1, EPISODES),))
GIB = 2**30


def make_metainfo(name: str, *files: TorrentFile) -> Metainfo:
    return Metainfo("ab" * 20, name, 2**20, sum(file.size for file in files), False, files, (), b"")


FILM = make_metainfo(
    "Heat.1995.1080p.BluRay.x264-GRP",
    TorrentFile(0, "Heat.1995.1080p.BluRay.x264-GRP/heat.mkv", 8 * GIB, 0),
    TorrentFile(1, "Heat.1995.1080p.BluRay.x264-GRP/.pad/1", 99, 0, hidden=True),
    TorrentFile(2, "Heat.1995.1080p.BluRay.x264-GRP/Extras/Making of.mkv", GIB, 0),
    TorrentFile(3, "Heat.1995.1080p.BluRay.x264-GRP/empty.mkv", 0, 0),
    TorrentFile(4, "Heat.1995.1080p.BluRay.x264-GRP/heat.mkv.scr", GIB, 0),
)
PACK = make_metainfo(
    "Fargo.S01.1080p.WEB.x264-GRP",
    TorrentFile(0, "Fargo.S01/Fargo.S01E01E02.1080p.mkv", 2 * GIB, 0),
    TorrentFile(1, "Fargo.S01/Fargo.S01E03.1080p.mkv", GIB, 0),
    TorrentFile(2, "Fargo.S01/info.nfo", 99, 0),
)


def test_a_movie_gets_its_file_with_the_quality_of_the_name() -> None:
    report = match_for_movie(FILM, HEAT, Options())
    (match,) = report.matched
    assert (match.file.index, match.episodes, match.quality.resolution) == (0, (), "1080p")
    (row,) = new_assignments(Target("movie", HEAT.id), report, Options())
    assert (row.movie_id, row.episode_id, row.file_index, row.size) == (7, None, 0, 8 * GIB)


def test_a_show_gets_a_row_for_each_episode_of_a_file() -> None:
    report = match_for_show(PACK, FARGO, Options())
    rows = new_assignments(Target("show", FARGO.id), report, Options())
    assert [(row.file_index, row.episode_id) for row in rows] == [(0, 11), (0, 12), (1, 13)]
    assert report.total_files == 3
    assert [(each.reason, each.count) for each in report.skipped] == [("a text", 1)]


def test_an_episode_leaves_the_others_of_the_torrent_alone() -> None:
    report = match_for_episode(PACK, FARGO, EPISODES[1], Options())
    rows = new_assignments(Target("episode", 12), report, Options())
    assert [(row.file_index, row.episode_id) for row in rows] == [(0, 12)]
    assert [(each.file.index, each.reason) for each in report.unmatched] == [(1, "another episode")]


def test_an_episode_that_the_torrent_does_not_have_is_named() -> None:
    missing = Episode(99, 2, 4, None, None, None)
    with pytest.raises(NoMatch, match=r"S02E04.*file_index"):
        match_for_episode(PACK, FARGO, missing, Options())


def test_a_file_chosen_by_hand_needs_no_name() -> None:
    movie = match_for_movie(FILM, HEAT, Options(file_index=2))
    assert [(each.file.index, each.confidence, each.reason) for each in movie.matched] == [
        (2, 1.0, "chosen by hand")
    ]
    episode = match_for_episode(FILM, FARGO, EPISODES[2], Options(file_index=0))
    assert [(each.file.index, each.episodes) for each in episode.matched] == [(0, (EPISODES[2],))]


@pytest.mark.parametrize(
    ("file_index", "said"),
    [
        (5, "no file 5; it has 5"),
        (-1, "no file -1"),
        (1, "could be played"),
        (3, "could be played"),
        (4, "could be played"),
    ],
)
def test_a_file_that_cannot_be_chosen_is_said(file_index: int, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        match_for_movie(FILM, HEAT, Options(file_index=file_index))
    with pytest.raises(InvalidInput, match=said):
        match_for_episode(FILM, FARGO, EPISODES[0], Options(file_index=file_index))


@pytest.mark.parametrize(("label", "version"), [("2160p", "2160p"), ("4K/HDR", "4K-HDR"), ("...", "")])
def test_versions_with_one_file_name_are_one_version(label: str, version: str) -> None:
    report = match_for_movie(FILM, HEAT, Options(version=label))
    (row,) = new_assignments(Target("movie", 7), report, Options(version=label))
    assert row.version == version


def test_a_report_tells_whether_it_was_only_a_proposal() -> None:
    assert match_for_movie(FILM, HEAT, Options(dry_run=True)).dry_run
    assert not match_for_movie(FILM, HEAT, Options()).dry_run
