"""Torrents and files for the tests of the cache."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from momoshtrem.model.torrent import Metainfo, TorrentFile

BLOCK = 4096
HASH = "ab" * 20


def make_metainfo(
    sizes: list[int], piece_length: int, hidden: frozenset[int] = frozenset(), info_hash: str = HASH
) -> Metainfo:
    offsets = [sum(sizes[:index]) for index in range(len(sizes))]
    files = tuple(
        TorrentFile(index, f"f{index}", size, offsets[index], index in hidden)
        for index, size in enumerate(sizes)
    )
    return Metainfo(info_hash, "f", piece_length, sum(sizes), False, files, (), b"")


@st.composite
def layouts(draw: st.DrawFn, largest: int = 6 * BLOCK, info_hash: str = HASH) -> Metainfo:
    """A few files, some hidden or empty, with pieces that seldom begin where a block does."""
    sizes = draw(st.lists(st.integers(0, largest), min_size=1, max_size=5).filter(any))
    hidden = draw(st.frozensets(st.integers(0, len(sizes) - 1), max_size=1))
    length = draw(st.one_of(st.sampled_from([BLOCK, 2 * BLOCK, 3 * BLOCK]), st.integers(500, 3 * BLOCK)))
    return make_metainfo(sizes, length, hidden, info_hash)


def write_blocks(path: Path, blocks: set[int]) -> None:
    """A sparse file with bytes in these blocks only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        for block in blocks:
            file.seek(block * BLOCK)
            file.write(b"x" * BLOCK)


def write_file(path: Path, size: int) -> None:
    """A whole file; no byte of it is 0."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pattern(range(size)))


def pattern(span: range) -> bytes:
    """What `write_file` writes there."""
    whole = bytes(range(1, 256))
    return (whole * (len(span) // 255 + 2))[span.start % 255 :][: len(span)]


def spans_of(metainfo: Metainfo, piece: int) -> list[tuple[TorrentFile, range]]:
    """Which bytes of which files a piece has, found the slow way."""
    start, end = piece * metainfo.piece_length, (piece + 1) * metainfo.piece_length
    found = [
        (file, range(max(start, file.offset) - file.offset, min(end, file.offset + file.size) - file.offset))
        for file in metainfo.files
        if not file.hidden
    ]
    return [(file, span) for file, span in found if span]
