from __future__ import annotations

import pytest

from momoshtrem.errors import NoMatch
from momoshtrem.identify.movies import match_movie
from tests.identify.torrents import GIB, files, sized


def test_the_film_is_told_from_what_comes_with_it() -> None:
    torrent = sized(
        ("Dune.2021/Featurettes/Making.of.Dune.mkv", 3 * GIB),
        ("Dune.2021/dune-sample.mkv", GIB // 20),
        ("Dune.2021/Dune.2021.1080p.BluRay.x264-GRP.mkv", 8 * GIB),
        ("Dune.2021/Dune.2021.srt", 1000),
    )
    match = match_movie("Dune.2021.1080p", torrent, "Dune", 2021)
    assert match.file.index == 2
    assert match.confidence >= 0.95
    assert match.quality.resolution == "1080p"
    assert len(match.unmatched) == 2
    assert [each.count for each in match.skipped] == [1]


@pytest.mark.parametrize(
    ("title", "year", "index"),
    [("The Matrix", 1999, 2), ("The Matrix Reloaded", 2003, 0), ("The Matrix", None, 2)],
)
def test_a_collection_is_decided_by_title_not_by_size(title: str, year: int | None, index: int) -> None:
    torrent = sized(
        ("The.Matrix.Reloaded.2003.1080p.mkv", 9 * GIB),
        ("The.Matrix.Revolutions.2003.1080p.mkv", 8 * GIB),
        ("The.Matrix.1999.720p.mkv", 3 * GIB),
    )
    match = match_movie("The Matrix Trilogy (1999-2003)", torrent, title, year)
    assert match.file.index == index
    assert match.confidence >= 0.9


def test_a_films_folder_tells_when_it_holds_only_that_film() -> None:
    torrent = files("Set/Alien (1979)/film.mkv", "Set/Aliens (1986)/film.mkv")
    assert match_movie("Set", torrent, "Aliens", 1986).file.index == 1


def test_an_obscure_name_is_told_by_the_torrent() -> None:
    match = match_movie("Dune.2021.2160p.WEB-DL", files("a8f3.mkv"), "Dune", 2021)
    assert match.confidence >= 0.9
    assert match.quality.resolution == "2160p"


def test_another_title_lowers_the_confidence() -> None:
    match = match_movie("Heat.1995", files("Heat.1995.mkv"), "Dune", 2021)
    assert match.confidence <= 0.5
    assert "'Heat'" in match.reason


def test_another_year_lowers_the_confidence() -> None:
    assert match_movie("Dune.1984", files("Dune.1984.mkv"), "Dune", 2021).confidence <= 0.5


def test_of_versions_the_higher_resolution_is_chosen() -> None:
    torrent = sized(("Dune.2021.720p.mkv", 9 * GIB), ("Dune.2021.1080p.mkv", 8 * GIB))
    match = match_movie("Dune", torrent, "Dune", 2021)
    assert match.file.index == 1
    assert "2 versions" in match.reason


def test_of_a_film_in_parts_the_first_is_chosen_and_told() -> None:
    torrent = sized(("Dune.1984.CD2.avi", 2 * GIB), ("Dune.1984.CD1.avi", GIB))
    match = match_movie("Dune.1984", torrent, "Dune", 1984)
    assert match.file.index == 1
    assert match.confidence <= 0.5
    assert "2 parts" in match.reason


def test_a_foreign_title_is_told_by_its_year() -> None:
    torrent = files("Le.Voyage.de.Chihiro.2001.mkv", "Porco.Rosso.1992.mkv")
    match = match_movie("Ghibli", torrent, "Spirited Away", 2001)
    assert match.file.index == 0
    assert match.confidence < 0.9


def test_episodes_are_no_films() -> None:
    torrent = files("Fargo.S01E01.mkv", "Fargo.S01E02.mkv")
    with pytest.raises(NoMatch, match="2 videos"):
        match_movie("Fargo.S01", torrent, "Fargo", 1996)


def test_a_blu_ray_folder_gives_its_longest_stream() -> None:
    torrent = sized(
        ("Dune/BDMV/STREAM/00001.m2ts", GIB),
        ("Dune/BDMV/STREAM/00002.m2ts", 30 * GIB),
        ("Dune/BDMV/index.bdmv", 100),
    )
    match = match_movie("Dune.2021.COMPLETE.BLURAY", torrent, "Dune", 2021)
    assert match.file.index == 1
    assert match.confidence <= 0.5
    assert match.reason.startswith("warning")


def test_of_equal_files_the_corrected_one_is_chosen() -> None:
    torrent = sized(("Dune.2021.1080p.mkv", 9 * GIB), ("Dune.2021.PROPER.1080p.mkv", 8 * GIB))
    assert match_movie("Dune", torrent, "Dune", 2021).file.index == 1


@pytest.mark.parametrize("title", ["Sample", "The Trailer", "Extras"])
def test_a_film_may_be_named_like_an_extra(title: str) -> None:
    torrent = files(f"{title}/{title}.mkv")
    assert match_movie(title, torrent, title, 2001).file.index == 0


def test_a_disc_image_says_so() -> None:
    with pytest.raises(NoMatch, match=r"1 file \(a disc image"):
        match_movie("Dune", files("Dune.iso"), "Dune", 2021)


def test_an_empty_torrent_says_so() -> None:
    with pytest.raises(NoMatch, match="It holds no files"):
        match_movie("Dune", [], "Dune", 2021)
