"""The readers of one torrent: what each does, and what is wanted for them."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from momoshtrem.model.torrent import Metainfo, TorrentFile
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.engine import ReaderKind, ReaderStatus
from momoshtrem.torrents.readers.crowd import SMALL_WINDOW, Crowd
from momoshtrem.torrents.readers.outlines import Outlines
from momoshtrem.torrents.readers.pace import STREAMS_AFTER, Pace, guess_rate
from momoshtrem.torrents.readers.reader import GIVES_WAY_AFTER, SwarmReader
from momoshtrem.torrents.schedule import FEW_PIECES, LOWEST, NORMAL, Demand
from momoshtrem.torrents.swarm.watch import Waiting

FOLLOW_TIME, MAX_LEFT = 30.0, 8
"""Seconds for which another reader may go on where one left, and how many that left are remembered."""
OPENING_TIME, OPENING = 20.0, 4 * 2**20
"""Seconds after a file was opened in which its first bytes are wanted whatever the player looks at."""


class Audience:
    """The open readers of a torrent."""

    def __init__(
        self,
        metainfo: Metainfo,
        pieces: Pieces,
        outlines: Outlines,
        crowd: Crowd,
        clock: Callable[[], float],
    ) -> None:
        self.readers: set[SwarmReader] = set()
        self._metainfo = metainfo
        self._pieces = pieces
        self._outlines = outlines
        self._crowd = crowd
        self._clock = clock
        self._left: deque[tuple[float, int, Pace]] = deque(maxlen=MAX_LEFT)
        self._opened: dict[int, float] = {}

    def enter(self, reader: SwarmReader) -> None:
        self.readers.add(reader)

    def leave(self, reader: SwarmReader) -> None:
        self.readers.discard(reader)
        self._left.append((self._clock(), reader.file_index, reader.pace))

    def find_pace(self, file: TorrentFile, offset: int) -> Pace:
        """For a reader that begins to read: many players open a file anew for each part of it."""
        now = self._clock()
        scans = self._crowd.open(now, self._metainfo.info_hash, file.index)
        for entry in self._left:
            left_at, index, pace = entry
            if index == file.index and now - left_at <= FOLLOW_TIME and pace.sent and pace.is_near(offset):
                self._left.remove(entry)
                return pace
        if offset < OPENING and now - self._opened.get(file.index, -math.inf) >= OPENING_TIME:
            self._opened[file.index] = now
        return Pace(scans=scans)

    def find_demands(self) -> list[tuple[SwarmReader, Demand]]:
        """Of those readers that want anything, and need not give way to another."""
        found = self._find_all()
        begun: dict[int, int] = {}
        for reader, demand in found:
            if self._has_begun(demand):
                begun[reader.file_index] = min(demand.sent, begun.get(reader.file_index, demand.sent))
        return [
            (reader, demand)
            for reader, demand in found
            if not gives_way(demand, begun.get(reader.file_index, demand.sent))
        ]

    def find_waiting(self) -> list[Waiting]:
        """The readers that wait for a piece."""
        return [
            Waiting(reader, demand.piece, demand.waiting, streams=demand.kind == "playback")
            for reader, demand in self._find_all()
            if demand.waiting
        ]

    def find_windows(self) -> list[range]:
        """The pieces that each reader stands in and has ahead, which must stay on disk while it is open."""
        demands = dict(self.find_demands())
        return [self._find_span(reader, demands.get(reader)) for reader in self.readers]

    def count_streaming(self) -> int:
        return sum(demand.kind not in FEW_PIECES for _, demand in self.find_demands())

    def find_asides(self) -> list[tuple[int, int]]:
        """What the readers will ask for next: the index of a file, and the beginning of one just opened.

        Of a file that somebody streams they can wait: who streams has found what it needs.
        """
        kinds: dict[int, set[ReaderKind]] = defaultdict(set)
        for reader, demand in self.find_demands():
            kinds[reader.file_index].add(demand.kind)
        looked_at = [index for index, doing in kinds.items() if doing == {"probe"}]
        streamed = [index for index, doing in kinds.items() if doing - FEW_PIECES.keys()]
        soon = [piece for index in looked_at for piece in self._find_head(index)]
        return [
            *((piece, NORMAL) for piece in soon),
            *self._outlines.find_asides(looked_at),
            *((piece, LOWEST) for piece, _ in self._outlines.find_asides(streamed)),
        ]

    def describe(self) -> tuple[ReaderStatus, ...]:
        """In the order of the files."""
        now, demands = self._clock(), dict(self.find_demands())
        return tuple(
            ReaderStatus(
                file_index=reader.file_index,
                kind=reader.pace.kind(now, self._play_rate(reader.file_index)),
                position=reader.pace.position,
                window=self._find_window(demands[reader]) if reader in demands else 0,
                rate=round(reader.pace.rate(now)),
            )
            for reader in sorted(self.readers, key=lambda each: (each.file_index, each.pace.position))
        )

    def _find_all(self) -> list[tuple[SwarmReader, Demand]]:
        now = self._clock()
        found = [(reader, demand) for reader in self.readers if (demand := reader.demand(now))]
        return [(reader, self._complete(now, reader, demand)) for reader, demand in found]

    def _has_begun(self, demand: Demand) -> bool:
        """Whether it has just begun to look at a part of a file, and that is not here."""
        lacks = demand.piece not in self._pieces
        return lacks and demand.idle <= GIVES_WAY_AFTER and demand.sent < STREAMS_AFTER

    def _complete(self, now: float, reader: SwarmReader, demand: Demand) -> Demand:
        rate = self._play_rate(reader.file_index)
        return replace(
            demand,
            kind=reader.pace.kind(now, rate),
            window=reader.pace.window(now, rate, self._crowd.read_ahead, self._crowd.room()),
            seconds=self._metainfo.piece_length / rate,
        )

    def _find_span(self, reader: SwarmReader, demand: Demand | None) -> range:
        """Of one that rests, only what it reads first when it goes on."""
        pieces = reader.find_pieces()
        if not pieces:
            return range(0)
        window = max(SMALL_WINDOW, self._find_window(demand) if demand else 0)
        first, length = min(pieces), self._metainfo.piece_length
        last = max(*pieces, min(first + -(-window // length), reader.last_piece))
        return range(first, last + 1)

    def _find_window(self, demand: Demand) -> int:
        few = FEW_PIECES.get(demand.kind)
        return few * self._metainfo.piece_length if few else demand.window

    def _play_rate(self, index: int) -> float:
        return guess_rate(self._metainfo.files[index].size, self._outlines.duration_of(index))

    def _find_head(self, index: int) -> Iterable[int]:
        """Once the first piece of a file that was just opened is here, the next ones."""
        if self._clock() - self._opened.get(index, -math.inf) >= OPENING_TIME:
            return ()
        file, length = self._metainfo.files[index], self._metainfo.piece_length
        first, last = file.offset // length, (file.offset + min(OPENING, file.size) - 1) // length
        return range(first + 1, last + 1) if first in self._pieces else ()


def gives_way(demand: Demand, begun: int) -> bool:
    """Whether a reader wants nothing while another, which was given `begun` bytes, begins in the same file.

    Players leave the connection open that they had, some for as long as they play: at an opening to look at
    the index, later to seek. libtorrent would go on with a large piece that was begun for it, whatever its
    priority.
    """
    return demand.sent > begun and (demand.sent < OPENING or demand.idle > GIVES_WAY_AFTER)
