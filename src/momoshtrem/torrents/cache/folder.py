"""The cache on disk: `<root>/<info_hash>/<file_index>`, sparse files that only libtorrent writes."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import shutil
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path

from momoshtrem.errors import StorageFailed
from momoshtrem.model.torrent import Metainfo
from momoshtrem.torrents.cache.pieces import Pieces

INFO_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class CacheFolder:
    """Where the bytes of torrents are. No name out of a torrent ever becomes a path."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, info_hash: str) -> Path:
        return self._root / info_hash

    def path(self, info_hash: str, file_index: int) -> Path:
        return self.folder(info_hash) / str(file_index)

    def open(self, info_hash: str, file_index: int) -> int:
        """A descriptor of a file, to read. Raises StorageFailed."""
        try:
            return os.open(self.path(info_hash, file_index), os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise StorageFailed(f"The cache cannot be read: {error.strerror}.") from error

    def check(self, metainfo: Metainfo, packed: bytes) -> Pieces:
        """The stored bitmap without the pieces whose bytes are not on disk; blocks on the disk."""
        pieces = Pieces.unpack(packed, metainfo.piece_count)
        if not pieces.count():
            return pieces
        for file in metainfo.files:
            if file.hidden or not file.size:
                continue
            for start, end in find_holes(self.path(metainfo.info_hash, file.index), file.size):
                first = (file.offset + start) // metainfo.piece_length
                pieces.discard(first, (file.offset + end - 1) // metainfo.piece_length)
        return pieces

    def sync(self, metainfo: Metainfo, pieces: Iterable[int]) -> None:
        """Bring the bytes of these pieces from the page cache to the disk."""
        for index in files_of(metainfo, pieces):
            try:
                fd = os.open(self.path(metainfo.info_hash, index), os.O_RDONLY)
            except FileNotFoundError:
                continue
            try:
                os.fdatasync(fd)
            finally:
                os.close(fd)

    def remove(self, info_hash: str) -> None:
        shutil.rmtree(self.folder(info_hash), ignore_errors=True)

    def find_folders(self) -> list[str]:
        """The info-hashes that have a folder; nothing else in the cache is ours."""
        with contextlib.suppress(FileNotFoundError), os.scandir(self._root) as entries:
            return sorted(each.name for each in entries if INFO_HASH.fullmatch(each.name) and each.is_dir())
        return []

    def size(self, info_hash: str) -> int:
        """Bytes on the disk. Files are sparse, so their blocks count; one removed meanwhile counts none."""
        size = 0
        with contextlib.suppress(FileNotFoundError), os.scandir(self.folder(info_hash)) as files:
            for file in files:
                with contextlib.suppress(FileNotFoundError):
                    size += file.stat().st_blocks * 512
        return size

    def free(self) -> int:
        """Bytes free on the disk."""
        return shutil.disk_usage(self._root if self._root.exists() else self._root.parent).free


def files_of(metainfo: Metainfo, pieces: Iterable[int]) -> set[int]:
    """The indexes of the files that have bytes in these pieces."""
    offsets = [file.offset for file in metainfo.files]
    found = set()
    for piece in pieces:
        start = piece * metainfo.piece_length
        first = max(0, bisect_right(offsets, start) - 1)
        last = bisect_right(offsets, start + metainfo.piece_length - 1)
        found |= {file.index for file in metainfo.files[first:last] if not file.hidden}
    return found


def find_holes(path: Path, size: int) -> Iterator[tuple[int, int]]:
    """The ranges of a file, up to `size`, that hold no bytes."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield 0, size
        return
    try:
        end = min(size, os.fstat(fd).st_size)
        at = 0
        while at < end:
            begin = _seek(fd, at, os.SEEK_DATA, end)
            if begin > at:
                yield at, min(begin, end)
            at = _seek(fd, begin, os.SEEK_HOLE, end) if begin < end else end
        if end < size:
            yield end, size
    finally:
        os.close(fd)


def _seek(fd: int, at: int, whence: int, end: int) -> int:
    try:
        return os.lseek(fd, at, whence)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return end


async def read_at(fd: int, offset: int, size: int) -> bytes | bytearray:
    """Give 1 to `size` bytes: at once out of the page cache, else from a thread. Raises StorageFailed."""
    buffer = bytearray(size)
    try:
        got = os.preadv(fd, [buffer], offset, os.RWF_NOWAIT)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EOPNOTSUPP):
            raise StorageFailed(f"The cache cannot be read: {error.strerror}.") from error
        got = 0
    if got:
        return buffer if got == size else buffer[:got]
    return await asyncio.to_thread(_read_cold, fd, offset, size)


def _read_cold(fd: int, offset: int, size: int) -> bytes:
    try:
        found = os.pread(fd, size, offset)
    except OSError as error:
        raise StorageFailed(f"The cache cannot be read: {error.strerror}.") from error
    if not found:
        raise StorageFailed("A file of the cache is shorter than it was; restart to check the cache.")
    return found
