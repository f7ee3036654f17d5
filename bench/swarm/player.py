"""A player: open-ended ranges, every byte checked, the connection dropped at a seek. All of it blocks."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.client import Site

PATIENCE = 60.0
CHUNK = 64 * 2**10
HEAD_END = b"\r\n\r\n"
MIN_PIECES = 6
"""A rate can be wrong by one piece."""
START, FULL = 2.0, 20.0
"""Seconds of film with which a player starts or goes on, and which it holds at most."""


class Broken(Exception):
    """A film did not come as asked."""


@dataclass(frozen=True, slots=True)
class Film:
    """A film on a server, and the file whose bytes it must have.

    `capacity` is what its swarm can give; where a peer `lies`, false bytes may come if they are cut short.
    """

    site: Site
    path: str
    source: Path
    size: int
    piece_length: int
    capacity: float
    lies: bool = False


class Stream:
    """One GET from `offset` on. `at` is the position of the next byte, `first` the seconds to the first."""

    def __init__(self, film: Film, offset: int = 0) -> None:
        self.film = film
        self.offset = self.at = offset
        self.first = 0.0
        self._asked_at = time.perf_counter()
        self._source = film.source.open("rb")
        self._socket = film.site.ask(film.path, offset)
        self._ahead: bytes | None = None
        self._false_at: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._source.close()

    @property
    def piece(self) -> int:
        return self.at // self.film.piece_length

    @property
    def elapsed(self) -> float:
        return time.perf_counter() - self._asked_at

    def take(self, patience: float = PATIENCE) -> int:
        """Wait for bytes and check them; gives their count. Raises TimeoutError, Broken."""
        self._socket.settimeout(patience)
        if self._ahead is None:
            self._ahead = self._read_head()
        chunk, self._ahead = self._ahead or self._socket.recv(CHUNK), b""
        self.first = self.first or self.elapsed
        if not chunk and self.at < self.film.size:
            self._ask_again()
        if self._false_at is None and os.pread(self._source.fileno(), len(chunk), self.at) != chunk:
            self._false_at = self.at
        self.at += len(chunk)
        if self._false_at is not None and (self.at == self.film.size or not self.film.lies):
            raise RuntimeError(f"wrong bytes from {self._false_at} on")
        return len(chunk)

    def take_until(self, position: int) -> float:
        """Take all bytes before `position`; gives the seconds since it was asked for."""
        try:
            while self.at < min(position, self.film.size):
                self.take()
        except TimeoutError:
            raise Broken(f"nothing came at {self.at} for {PATIENCE:g} s") from None
        return self.elapsed

    def take_for(self, seconds: float) -> None:
        """Take what comes within a time."""
        end = self.elapsed + seconds
        with suppress(TimeoutError):
            while (left := end - self.elapsed) > 0 and self.at < self.film.size:
                self.take(left)

    def take_piece(self) -> float:
        """Go on until a byte of the next piece is here; gives the seconds since it was asked for."""
        return self.take_until((self.piece + 1) * self.film.piece_length + 1)

    def measure_rate(self, seconds: float) -> float:
        """Bytes per second from one piece's beginning to another's, at least `seconds` and some pieces later.

        Whole pieces come at once, and a window that cuts them would count too little.
        """
        begun, first = self.take_piece(), self.piece
        passed = 0.0
        while passed < seconds or self.piece - first < MIN_PIECES:
            passed = self.take_piece() - begun
        return (self.piece - first) * self.film.piece_length / passed

    def _ask_again(self) -> None:
        """False bytes are to be cut short: go on where they began."""
        if self._false_at is None:
            raise Broken(f"the answer ended at {self.at}")
        self._socket.close()
        self.offset = self.at = self._false_at
        self._false_at = self._ahead = None
        self._socket = self.film.site.ask(self.film.path, self.offset)

    def _read_head(self) -> bytes:
        """Check the answer's head; gives what came after it."""
        head = b""
        while HEAD_END not in head:
            chunk = self._socket.recv(CHUNK)
            if not chunk:
                raise Broken(f"no answer at {self.offset}")
            head += chunk
        head, _, body = head.partition(HEAD_END)
        if not head.startswith(b"HTTP/1.1 206") or f"bytes {self.offset}-".encode() not in head:
            raise Broken(f"asked for {self.offset} on: {head[:200]!r}")
        return body


@dataclass(slots=True)
class Playback:
    """The buffer of a player whose film has `rate` bytes per second.

    A stall is when it runs empty; `stalled` are the seconds of all stalls, `wait` those before it played.
    """

    rate: float
    buffered: float = 0.0
    playing: bool = False
    stalls: int = 0
    stalled: float = 0.0
    wait: float = 0.0

    @property
    def full(self) -> bool:
        return self.buffered >= FULL * self.rate

    def receive(self, size: int) -> None:
        self.buffered += size
        self.playing = self.playing or self.buffered >= START * self.rate

    def pass_time(self, seconds: float) -> None:
        if self.playing:
            self._play(seconds)
        elif self.stalls:
            self.stalled += seconds
        else:
            self.wait += seconds

    def _play(self, seconds: float) -> None:
        self.buffered = max(0.0, self.buffered - seconds * self.rate)
        if not self.buffered:
            self.playing = False
            self.stalls += 1


def count_bytes(ranges: Iterable[tuple[int, int]]) -> int:
    """How many different bytes are in these ranges, each from one position to before another."""
    total = reached = 0
    for begin, end in sorted(ranges):
        total += max(0, end - max(begin, reached))
        reached = max(reached, end)
    return total
