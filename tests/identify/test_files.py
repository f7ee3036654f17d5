from __future__ import annotations

import pytest

from momoshtrem.errors import NoMatch
from momoshtrem.identify.files import ARCHIVE, PROGRAM, folders, is_program, sort_files, stem
from momoshtrem.model.torrent import TorrentFile
from tests.identify.torrents import GIB, files, sized


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a.rar", ARCHIVE),
        ("a.r00", ARCHIVE),
        ("a.part01.rar", ARCHIVE),
        ("a.001", ARCHIVE),
        ("a.ISO", "a disc image, which cannot be streamed; choose another release"),
        (
            "VIDEO_TS/VTS_01_1.VOB",
            "part of a DVD (VIDEO_TS), which cannot be streamed; choose another release",
        ),
        ("BDMV/index.bdmv", "a list of a Blu-ray disc (BDMV), not a video"),
        ("Film.mkv.exe", PROGRAM),
        ("Film.mkv.LNK", PROGRAM),
        ("Film.scr", PROGRAM),
        ("Film.en.srt", "a subtitle"),
        ("Film.nfo", "a text"),
        ("poster.jpg", "a picture"),
        ("theme.mp3", "a sound file"),
        ("Film.S01E01", "not a video"),
        ("noextension", "not a video"),
    ],
)
def test_what_is_no_video(path: str, reason: str) -> None:
    result = sort_files([*files("Film.mkv"), TorrentFile(1, path, GIB, 0)], ())
    assert [(each.reason, each.count) for each in result.skipped] == [(reason, 1)]


@pytest.mark.parametrize(
    "path",
    ["Extras/a.mkv", "x/Featurettes/a.mkv", "Sample/a.mkv", "Behind The Scenes/y/a.mkv"],
)
def test_an_extra_is_told_by_its_folder(path: str) -> None:
    result = sort_files(files("Film.mkv", path), ("Film",))
    assert [each.file.path for each in result.rest] == [path]


@pytest.mark.parametrize("path", ["sample.mkv", "Film-trailer.mkv", "film.sample.mkv", "RARBG.com.mp4"])
def test_a_small_file_is_an_extra_by_its_name(path: str) -> None:
    result = sort_files(sized(("Film.mkv", 8 * GIB), (path, GIB // 50)), ("Film",))
    assert [each.file.path for each in result.rest] == [path]
    assert len(sort_files(files("Film.mkv", path), ("Film",)).videos) == 2


def test_a_word_within_the_name_is_no_sign_of_an_extra() -> None:
    torrent = sized(("Film.mkv", 8 * GIB), ("Trailer Park Boys 01.mkv", 3 * GIB), ("Sampler.mkv", GIB))
    assert len(sort_files(torrent, ()).videos) == 3


def test_a_folder_of_the_items_own_name_holds_no_extras() -> None:
    assert len(sort_files(files("Extras/a.mkv"), ("extras",)).videos) == 1


def test_a_torrent_of_samples_only_says_what_it_holds() -> None:
    with pytest.raises(NoMatch, match=r"1 file \(videos that are empty, samples or extras"):
        sort_files(files("Sample/a.mkv"), ("Film",))


def test_the_parts_of_a_path() -> None:
    file = TorrentFile(0, "Show/Season 1/Show.S01E01.v2.mkv", 1, 0)
    assert stem(file) == "Show.S01E01.v2"
    assert folders(file) == ("Season 1", "Show")


def test_an_explicit_special_among_extras_is_no_extra() -> None:
    result = sort_files(files("Extras/Show.S00E03.mkv", "Extras/Making of.mkv"), ("Show",))
    assert [file.path for file in result.videos] == ["Extras/Show.S00E03.mkv"]


def test_a_small_file_may_be_named_like_an_extra_by_its_title() -> None:
    torrent = sized(("Proof.S01E01.mkv", GIB // 50), ("Proof.S01E02.mkv", 8 * GIB))
    assert len(sort_files(torrent, ("Proof",)).videos) == 2


def test_a_program_is_told_by_its_last_extension() -> None:
    assert [is_program(file) for file in files("a.mkv.exe", "a.exe.mkv", "exe")] == [True, False, False]
