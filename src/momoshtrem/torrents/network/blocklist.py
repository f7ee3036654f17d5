"""The block list: addresses that nobody is connected with, out of a file that others keep up to date.

Its lines are addresses, networks (`192.0.2.0/24`), ranges (`192.0.2.1-192.0.2.9`), those of PeerGuardian
(`name:192.0.2.1-192.0.2.9`) or of eMule (`192.000.002.001 - 192.000.002.009 , 000 , name`), gzipped or not.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import os
import re
import socket
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, cast

import libtorrent as lt

from momoshtrem.model.network import BlocklistStatus
from momoshtrem.torrents.network.refusals import BLOCKED, Refusals, make_filter

log = logging.getLogger(__name__)

INTERVAL = 5.0
"""Seconds between two looks at the file."""
MAX_LINE = 1000
MAX_BYTES, MAX_RANGES, MAX_WRONG = 256 * 2**20, 2_000_000, 10_000
"""Of the text, and of its lines: what has more of them, or more wrong ones than right ones, is no list."""
ALLOWED = 128
"""From this level on eMule blocks nobody."""

RANGE = re.compile(r"(?:.*:)?\s*(\d+\.\d+\.\d+\.\d+)\s*-\s*(\d+\.\d+\.\d+\.\d+)\s*(?:,\s*(\d+)\s*(?:,.*)?)?")
PADDING = re.compile(r"\b0+(?=\d)")
COMMENT = ("#", ";", "//")

Range = tuple[str, str]
Stamp = tuple[int, int, int, int]


def parse_line(line: str) -> Range | None:
    """The first and the last address of a line; None where it blocks nobody. Raises ValueError."""
    line = line.strip()
    if not line or line.startswith(COMMENT):
        return None
    if found := RANGE.fullmatch(line):
        first, last = (PADDING.sub("", address) for address in found.group(1, 2))
        level = int(found[3] or 0)
    elif "-" in line:
        first, last = (part.strip() for part in line.split("-"))
        level = 0
    else:
        network = ip_network(line, strict=False)
        return str(network[0]), str(network[-1])
    begin, end = pack(first), pack(last)
    if len(begin) != len(end) or begin > end:
        raise ValueError("the range ends before it begins")
    return None if level >= ALLOWED else (first, last)


def pack(address: str) -> bytes:
    """Several times as fast as `ip_address`, which counts with half a million ranges. Raises ValueError."""
    try:
        return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    except OSError as error:
        raise ValueError(f"{address} is no address") from error


def parse(lines: Iterable[bytes], blocked: lt.ip_filter) -> tuple[int, int]:
    """Add what the lines block; gives how many ranges that are, and how many lines are wrong.

    Raises OSError with a reason for the user.
    """
    ranges = wrong = 0
    for line in lines:
        try:
            found = parse_line(line.decode("utf-8", "replace"))
        except ValueError:
            found, wrong = None, wrong + 1
        if found:
            blocked.add_rule(*found, BLOCKED)
            ranges += 1
        if ranges > MAX_RANGES or wrong > max(MAX_WRONG, ranges):
            raise OSError(f"of its lines {wrong:,} are no addresses, and {ranges:,} are")
    return ranges, wrong


def read_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, gzipped or not. Raises OSError and EOFError."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        source = cast("BinaryIO", gzip.GzipFile(fileobj=file)) if zipped else file
        size = 0
        while line := source.readline(MAX_LINE):
            size += len(line)
            if size > MAX_BYTES:
                raise OSError(f"it has more than {MAX_BYTES >> 20} MiB")
            yield line


def read(path: Path, blocked: lt.ip_filter) -> tuple[int, int]:
    """Add what a file blocks; see `parse`. Raises OSError with a reason for the user."""
    try:
        return parse(read_lines(path), blocked)
    except (EOFError, zlib.error) as error:
        raise OSError(f"it is damaged ({error})") from error


class Blocklist:
    """The block list of a session, read again whenever its file changes. `status` tells how that went."""

    def __init__(self, path: str, refusals: Refusals, *, ipv6: bool = True) -> None:
        self.status = BlocklistStatus()
        self._path = Path(path).expanduser()
        self._refusals = refusals
        self._ipv6 = ipv6
        self._stamp: Stamp | None = None

    async def run(self, on_read: Callable[[], None]) -> None:
        """Until cancelled; `on_read` is called once, as soon as the list holds or is known to be missing."""
        await self.look()
        on_read()
        while True:
            await asyncio.sleep(INTERVAL)
            await self.look()

    async def look(self) -> None:
        """Read the file if it has changed; what cannot be read leaves all as it was."""
        try:
            before, self._stamp = self._stamp, None
            self._stamp = stamp_of(await asyncio.to_thread(self._path.stat))
            if self._stamp != before:
                await self._take()
        except OSError as error:
            problem = f"The block list {self._path} cannot be read: {error.strerror or error}."
            if problem != self.status.problem:
                log.warning(problem)
            self.status = replace(self.status, problem=problem)

    async def _take(self) -> None:
        blocked = make_filter(ipv6=self._ipv6)
        ranges, wrong = await asyncio.to_thread(read, self._path, blocked)
        await self._refusals.block(blocked, ranges)
        self.status = BlocklistStatus(ranges, wrong, datetime.now(UTC))
        log.info("the block list has %d ranges, and %d lines that are none", ranges, wrong)


def stamp_of(stat: os.stat_result) -> Stamp:
    """Another one once the file or its rights change. Raises OSError for what has no end."""
    if not S_ISREG(stat.st_mode):
        raise OSError("it is no file")
    return (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino)
