"""Holes in files: how bytes are given back to the disk out of the middle of a file (Linux, fallocate(2))."""

from __future__ import annotations

import ctypes
import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from momoshtrem.errors import StorageFailed
from momoshtrem.model.torrent import TorrentFile
from momoshtrem.torrents.cache.layout import BLOCK, Layout, round_down, round_up
from momoshtrem.torrents.cache.pieces import Pieces

KEEP_SIZE, PUNCH_HOLE = 1, 2
NOT_HERE = {errno.EOPNOTSUPP, errno.ENOSYS}

_libc = ctypes.CDLL(None, use_errno=True)
_fallocate = getattr(_libc, "fallocate64", _libc.fallocate)  # musl has only the second, with the same 64 bits
_fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]


def can_punch(folder: Path) -> bool:
    """Whether the file system of a folder has holes, tried on a file without a name. Raises StorageFailed."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            os.truncate(file.fileno(), BLOCK)
            return _punch(file.fileno(), range(BLOCK))
    except OSError as error:
        raise storage_failed(error) from error


def punch(path: Path, ranges: Iterable[range]) -> None:
    """Give these bytes of a file back; they read as zeros then, and its size stays. Raises StorageFailed."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    except OSError as error:
        raise storage_failed(error) from error
    try:
        for each in ranges:
            if not _punch(fd, each):
                raise StorageFailed("The file system of the cache cannot punch holes.")
    except OSError as error:
        raise storage_failed(error) from error
    finally:
        os.close(fd)


def _punch(fd: int, span: range) -> bool:
    """False where the file system cannot. Raises OSError."""
    while _fallocate(fd, KEEP_SIZE | PUNCH_HOLE, span.start, len(span)):
        number = ctypes.get_errno()
        if number in NOT_HERE:
            return False
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))
    return True


def find_ranges(layout: Layout, kept: Pieces) -> Iterator[tuple[TorrentFile, range]]:
    """The whole blocks of each file in which no kept piece has a byte.

    The last range of a file may end behind it, with its last block.
    """
    length = layout.piece_length
    for file in layout.files:
        if file.hidden or not file.size:
            continue
        last = (file.offset + file.size - 1) // length
        for gap in kept.find_gaps(file.offset // length, last):
            start = max(0, gap.start * length - file.offset)
            end = gap.stop * length - file.offset
            blocks = range(round_up(start), round_up(file.size) if end >= file.size else round_down(end))
            if blocks:
                yield file, blocks


def covers(span: range, file: TorrentFile) -> bool:
    return span.start == 0 and span.stop >= file.size


def storage_failed(error: OSError) -> StorageFailed:
    return StorageFailed(f"The cache cannot be written: {error.strerror}.")
