from __future__ import annotations

import pytest

from momoshtrem.torrents.containers.outline import MAX_TAIL, MIB
from momoshtrem.torrents.containers.probe import Probe
from tests.torrents.containers.clips import CHAPTERS, make_clip, probe, run_probe

FTYP = b"\0\0\0\x10ftypisom\0\0\0\0"
FILM = 3 * MIB


def box(kind: bytes, content: bytes, *, wide: bool = False) -> bytes:
    if wide:
        return b"\0\0\0\1" + kind + (len(content) + 16).to_bytes(8, "big") + content
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def mvhd(seconds: int, *, version: int = 0, timescale: int = 600) -> bytes:
    width = 8 if version else 4
    times = bytes(2 * width) + timescale.to_bytes(4, "big") + (seconds * timescale).to_bytes(width, "big")
    return box(b"mvhd", bytes([version, 0, 0, 0]) + times + bytes(80))


def sidx(seconds: int, length: int, *, version: int = 0, of_lists: bool = False) -> bytes:
    """Two parts of the same length, in milliseconds; they may be lists themselves."""
    width = 8 if version else 4
    part = (length // 2 | of_lists << 31).to_bytes(4, "big") + (seconds * 500).to_bytes(4, "big") + bytes(4)
    fixed = bytes([version, 0, 0, 0]) + b"\0\0\0\1" + (1000).to_bytes(4, "big") + bytes(2 * width + 2)
    return box(b"sidx", fixed + b"\0\2" + part * 2)


def mfra(length: int) -> bytes:
    return box(b"mfra", bytes(length - 24) + box(b"mfro", bytes(4) + length.to_bytes(4, "big")))


@pytest.mark.parametrize("kind", ["mp4", "mov"])
def test_moov_at_the_end_is_found_behind_the_film(kind: str) -> None:
    content = make_clip(kind)
    outline, wanted = run_probe(f"film.{kind}", content)
    moov = content.rindex(b"moov") - 4
    assert wanted[1].start == moov
    (index,) = outline.index
    assert moov in index
    assert index.stop == len(content)


def test_moov_in_front() -> None:
    content = make_clip("mp4 with moov in front")
    outline, _ = run_probe("film.mp4", content)
    assert content.index(b"moov") in outline.head
    assert outline.index == ()


@pytest.mark.parametrize("kind", ["mp4", "mov", "mp4 with moov in front", "mp4 in listed fragments"])
def test_chapters(kind: str) -> None:
    found = probe("film.mp4", make_clip(kind)).chapters
    assert [chapter.title for chapter in found] == [title for _, title in CHAPTERS]
    assert [chapter.start for chapter in found] == pytest.approx([start for start, _ in CHAPTERS], abs=0.05)


@pytest.mark.parametrize("kind", ["mp4 in fragments", "mp4 in listed fragments"])
def test_the_list_of_fragments_at_the_end(kind: str) -> None:
    content = make_clip(kind)
    (index,) = probe("film.mp4", content).index
    assert content.rindex(b"mfra") - 4 in index
    assert index.stop == len(content)


def test_a_moov_in_front_that_is_longer_than_the_head_is_wanted_whole() -> None:
    content = FTYP + box(b"moov", mvhd(60) + box(b"trak", bytes(MIB))) + box(b"mdat", bytes(FILM))
    outline = probe("film.mp4", content)
    assert outline.index == (range(len(FTYP), len(content) - FILM - 8),)
    assert outline.duration == 60


def test_once_the_length_of_the_film_is_known_what_follows_is_wanted() -> None:
    content = FTYP + box(b"wide", b"") + box(b"mdat", bytes(FILM)) + box(b"moov", mvhd(60) + bytes(MIB))
    first = Probe("film.xyz", len(content))
    first.feed(content[: 16 * 1024])
    moov = content.index(b"moov") - 4
    assert first.wants is not None
    assert first.wants.start == moov
    assert first.outline.index == (range(moov, len(content)),)


def test_a_film_of_more_than_four_gigabytes() -> None:
    size = 6 * 2**30
    film = Probe("film.mp4", size)
    mdat = b"\0\0\0\1mdat" + (5 * 2**30).to_bytes(8, "big")
    film.feed((FTYP + mdat).ljust(16 * 1024, b"\0"))
    moov = len(FTYP) + 5 * 2**30
    assert film.wants is not None
    assert film.wants.start == moov
    assert film.outline.index == (range(moov, moov + MAX_TAIL),)
    film.feed(box(b"moov", mvhd(7200) + box(b"trak", bytes(5 * MIB)))[: len(film.wants)])
    assert film.outline.index == (range(moov, moov + 5 * MIB + 124),)
    assert film.outline.duration == 7200


@pytest.mark.parametrize("version", [0, 1])
def test_a_wide_header_and_both_forms_of_the_duration(version: int) -> None:
    moov = box(b"moov", box(b"free", b"x") + mvhd(60, version=version), wide=True)
    assert probe("film.mp4", FTYP + moov).duration == 60


@pytest.mark.parametrize("version", [0, 1])
def test_an_unknown_duration_has_all_bits_set(version: int) -> None:
    header = mvhd(60, version=version, timescale=90_000)
    width = 8 if version else 4
    at = len(header) - 80 - width
    unknown = header[:at] + b"\xff" * width + header[at + width :]
    assert probe("film.mp4", FTYP + box(b"moov", unknown)).duration is None


def test_a_last_box_without_a_size_reaches_to_the_end() -> None:
    content = FTYP + box(b"mdat", bytes(FILM)) + b"\0\0\0\0moov" + mvhd(60) + bytes(MIB)
    outline = probe("film.mp4", content)
    assert outline.index == (range(content.index(b"moov") - 4, len(content)),)
    assert outline.duration == 60


@pytest.mark.parametrize("wide", [b"\0", b"\1"])
def test_the_duration_of_fragments_by_mehd(wide: bytes) -> None:
    ticks = (90 * 600).to_bytes(8 if wide == b"\1" else 4, "big")
    mvex = box(b"mvex", box(b"mehd", wide + bytes(3) + ticks))
    assert probe("film.mp4", FTYP + box(b"moov", mvhd(0) + mvex)).duration == 90


@pytest.mark.parametrize("version", [0, 1])
def test_the_duration_of_fragments_by_their_list(version: int) -> None:
    start = FTYP + box(b"moov", mvhd(0) + box(b"mvex", b""))
    film = box(b"moof", bytes(100)) + box(b"mdat", bytes(FILM))
    content = start + sidx(90, len(film), version=version) + film + mfra(300_000)
    outline = probe("film.mp4", content)
    assert outline.duration == 90
    assert outline.index == (range(len(content) - 300_000, len(content)),)


@pytest.mark.parametrize("of_lists", [False, True])
def test_a_list_of_one_fragment_of_many_is_not_the_duration(of_lists: bool) -> None:
    start = FTYP + box(b"moov", mvhd(0) + box(b"mvex", b""))
    fragment = box(b"moof", bytes(100)) + box(b"mdat", bytes(MIB))
    listed = sidx(2, len(fragment), of_lists=of_lists) + fragment
    assert probe("film.mp4", start + listed * 3).duration is None


@pytest.mark.parametrize("size", [b"\0\0\0\7", b"\0\0\0\2", b"\0\0\0\1"])
def test_a_box_that_cannot_be_ends_the_walk(size: bytes) -> None:
    content = FTYP + size + b"free" + bytes(8) + box(b"moov", mvhd(60))
    assert probe("film.mp4", content).duration is None


def test_chapters_that_are_cut_off_are_left_out() -> None:
    entry = bytes(8) + b"\3One"
    chapters = box(b"chpl", b"\1\0\0\0" + bytes(4) + b"\5" + entry + entry[:7])
    found = probe("film.mp4", FTYP + box(b"moov", mvhd(60) + box(b"udta", chapters))).chapters
    assert [chapter.title for chapter in found] == ["One"]
