from __future__ import annotations

import sys
from pathlib import Path

import av
import pytest

from momoshtrem.errors import InvalidInput, NotConfigured
from momoshtrem.films import FRAME_RATE, make_film

CUES = bytes.fromhex("1c53bb6b")


@pytest.mark.parametrize("name", ["film.mkv", "film.mp4"])
def test_a_film_has_a_picture_and_a_tone_that_decode(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    make_film(path, seconds=2)

    with av.open(path) as film:
        assert [stream.codec_context.name for stream in film.streams] == ["h264", "aac"]
        frames = list(film.decode(video=0))
    assert len(frames) == 2 * FRAME_RATE
    assert sum(frame.key_frame for frame in frames) == 1


def test_the_index_of_an_mp4_comes_last(tmp_path: Path) -> None:
    make_film(tmp_path / "film.mp4", seconds=1)
    content = (tmp_path / "film.mp4").read_bytes()
    assert content.index(b"mdat") < content.index(b"moov")


def test_a_faststart_mp4_begins_with_its_index(tmp_path: Path) -> None:
    make_film(tmp_path / "film.mp4", seconds=1, faststart=True)
    content = (tmp_path / "film.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_a_matroska_film_ends_with_its_cues(tmp_path: Path) -> None:
    make_film(tmp_path / "film.mkv", seconds=2)
    content = (tmp_path / "film.mkv").read_bytes()
    assert content.rindex(CUES) > len(content) * 0.99


def test_the_same_film_has_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.mkv", "two.mkv"):
        make_film(tmp_path / name, seconds=1)
    assert (tmp_path / "one.mkv").read_bytes() == (tmp_path / "two.mkv").read_bytes()


def test_the_bitrate_decides_the_size(tmp_path: Path) -> None:
    make_film(tmp_path / "small.mkv", seconds=2, bitrate=1_000_000)
    make_film(tmp_path / "large.mkv", seconds=2, bitrate=4_000_000)
    assert (tmp_path / "large.mkv").stat().st_size > 2 * (tmp_path / "small.mkv").stat().st_size


def test_another_suffix_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"film\.avi"):
        make_film(tmp_path / "film.avi")
    assert not list(tmp_path.iterdir())


def test_without_pyav_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.delitem(sys.modules, "av.filter", raising=False)
    with pytest.raises(NotConfigured, match=r"momoshtrem\[media\]"):
        make_film(tmp_path / "film.mkv")
