"""The cache on disk: `<root>/<info_hash>/<file_index>`, sparse files that only libtorrent writes."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import ParamSpec, TypeVar

from momoshtrem.errors import StorageFailed
from momoshtrem.torrents.cache.layout import Layout, files_of
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.punch import can_punch, covers, find_ranges, punch, storage_failed

P = ParamSpec("P")
T = TypeVar("T")

TRIAL = 64 * 2**10
"""Bytes that are written to see whether the disk works."""
INFO_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class CacheFolder:
    """Where the bytes of torrents are. No name out of a torrent ever becomes a path."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._punches: bool | None = None

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

    def check(self, layout: Layout, packed: bytes) -> Pieces:
        """The stored bitmap without the pieces whose bytes are not on disk; blocks on the disk."""
        pieces = Pieces.unpack(packed, layout.piece_count)
        if not pieces.count():
            return pieces
        for file in layout.files:
            if file.hidden or not file.size:
                continue
            for start, end in find_holes(self.path(layout.info_hash, file.index), file.size):
                first = (file.offset + start) // layout.piece_length
                pieces.discard(first, (file.offset + end - 1) // layout.piece_length)
        return pieces

    def can_punch(self) -> bool:
        """Whether pieces can go one by one, or only whole files. Raises StorageFailed."""
        if self._punches is None:
            self._make()
            self._punches = can_punch(self._root)
        return self._punches

    def try_write(self) -> None:
        """Write a little and forget it. Raises OSError."""
        with tempfile.TemporaryFile(dir=self._root) as file:
            file.write(bytes(TRIAL))
            file.flush()
            os.fsync(file.fileno())

    def _make(self) -> None:
        try:
            self._root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_failed(error) from error

    def trim(self, layout: Layout, kept: Pieces) -> None:
        """Give back to the disk what no kept piece needs, as far as it can be.

        Nobody may write to the torrent meanwhile. Raises StorageFailed.
        """
        for file, ranges in groupby(find_ranges(layout, kept), itemgetter(0)):
            path, holes = self.path(layout.info_hash, file.index), [hole for _, hole in ranges]
            if self.can_punch():
                punch(path, holes)
            elif covers(holes[0], file):
                _unlink(path)

    def sweep(self, layout: Layout, kept: Pieces) -> None:
        """As `trim`, and what is no file of the torrent goes, or is behind its end. Raises StorageFailed."""
        sizes = {str(file.index): file.size for file in layout.files if not file.hidden}
        with contextlib.suppress(FileNotFoundError), os.scandir(self.folder(layout.info_hash)) as entries:
            for entry in entries:
                _sweep_entry(entry, sizes.get(entry.name))
        self.trim(layout, kept)

    def sync(self, layout: Layout, pieces: Iterable[int]) -> None:
        """Bring the bytes of these pieces from the page cache to the disk.

        Raises OSError when some may be lost, StorageFailed when a file cannot be opened, which loses nothing.
        """
        for index in files_of(layout, pieces):
            try:
                fd = os.open(self.path(layout.info_hash, index), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise storage_failed(error) from error
            try:
                os.fdatasync(fd)
            finally:
                os.close(fd)

    def remove(self, info_hash: str) -> None:
        """All of a torrent, as far as the disk lets it go."""
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

    def measure(self) -> dict[str, int]:
        """The sizes of all folders."""
        return {info_hash: self.size(info_hash) for info_hash in self.find_folders()}

    def free(self) -> int:
        """Bytes free on the disk."""
        return shutil.disk_usage(self._root if self._root.exists() else self._root.parent).free


def _sweep_entry(entry: os.DirEntry[str], size: int | None) -> None:
    """Remove what has no size to be; cut off what is too long. Raises StorageFailed."""
    try:
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif size is None or entry.is_symlink():
            Path(entry.path).unlink()
        elif entry.stat().st_size > size:
            os.truncate(entry.path, size)
    except OSError as error:
        raise storage_failed(error) from error


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise storage_failed(error) from error


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


async def run_whole(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `asyncio.to_thread`, but who is cancelled waits for the end of it: it changes files meanwhile."""
    running = asyncio.get_running_loop().run_in_executor(None, partial(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        raise


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
