"""What goes first when room is needed: pure functions of what is on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby

from momoshtrem.model.torrent import TorrentFile
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.cache.stamps import Stamps
from momoshtrem.torrents.engine import CachedTorrent


class Kind(IntEnum):
    """Folders of no torrent go first, then what is neither the head, the tail nor the index of a film."""

    ORPHAN = 0
    BODY = 1
    ENDS = 2


class State(IntEnum):
    """Of a torrent: not loaded, loaded for nobody, or read."""

    UNLOADED = 0
    IDLE = 1
    LIVE = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """Pieces that may go together, of about `size` bytes on disk; of an orphan, its whole folder."""

    info_hash: str
    pieces: tuple[int, ...]
    size: int
    kind: Kind = Kind.BODY
    state: State = State.UNLOADED
    stamp: int = 0


def choose(candidates: Iterable[Candidate], need: int) -> list[Candidate]:
    """As few as give `need` bytes, those first that were not read for longest."""
    chosen = []
    for candidate in sorted(candidates, key=_rank):
        if need <= 0:
            break
        chosen.append(candidate)
        need -= candidate.size
    return chosen


def find_candidates(
    torrent: CachedTorrent, state: State = State.UNLOADED, protected: Iterable[range] = ()
) -> Iterator[Candidate]:
    """What may go of a torrent by regions: not what is pinned, nor the `protected` pieces."""
    stay = [*_pieces_of(torrent, torrent.pinned), *protected]
    free = _unpack(torrent, stay)
    body = _unpack(torrent, [*stay, *_pieces_of(torrent, torrent.ends)])
    stamps = Stamps(len(free), torrent.piece_length, torrent.stamps)
    bodies = body.list_present(range(len(body)))
    ends = [piece for piece in free.list_present(range(len(free))) if piece not in body]
    for kind, pieces in (Kind.BODY, bodies), (Kind.ENDS, ends):
        for region, group in groupby(pieces, stamps.region_of):
            found = tuple(group)
            size = size_of(torrent, found)
            yield Candidate(torrent.info_hash, found, size, kind, state, stamps[region])


def find_whole_files(
    torrent: CachedTorrent,
    files: Sequence[TorrentFile],
    state: State = State.UNLOADED,
    protected: Iterable[range] = (),
) -> Iterator[Candidate]:
    """The same where no holes can be punched: files with all of their pieces, if none of them must stay."""
    present = _unpack(torrent, ())
    free = _unpack(torrent, [*_pieces_of(torrent, torrent.pinned), *protected])
    stamps = Stamps(len(free), torrent.piece_length, torrent.stamps)
    for file in files:
        span = range(file.offset, file.offset + file.size)
        for pieces in _pieces_of(torrent, () if file.hidden or not file.size else (span,)):
            found = present.list_present(pieces)
            if found and found == free.list_present(pieces):
                size = min(file.size, size_of(torrent, found))
                stamp = max(stamps[region] for region in stamps.regions_of(pieces.start, pieces.stop - 1))
                yield Candidate(torrent.info_hash, tuple(found), size, Kind.BODY, state, stamp)


def _rank(candidate: Candidate) -> tuple[int, int, int, str, tuple[int, ...]]:
    kind, state, stamp = candidate.kind, candidate.state, candidate.stamp
    return kind, state, stamp, candidate.info_hash, candidate.pieces[:1]


def _unpack(torrent: CachedTorrent, without: Iterable[range]) -> Pieces:
    """The pieces on disk, less these."""
    pieces = Pieces.unpack(torrent.readable, -(-torrent.total_size // torrent.piece_length))
    for span in without:
        if span and span.start < len(pieces):
            pieces.discard(span.start, min(span.stop, len(pieces)) - 1)
    return pieces


def _pieces_of(torrent: CachedTorrent, spans: Iterable[range]) -> Iterator[range]:
    """The pieces with any of these bytes."""
    for span in spans:
        yield range(span.start // torrent.piece_length, -(-span.stop // torrent.piece_length))


def size_of(torrent: CachedTorrent, pieces: Sequence[int]) -> int:
    """Of these pieces, in bytes; the last piece of a torrent may be shorter."""
    whole = len(pieces) * torrent.piece_length
    last = torrent.total_size // torrent.piece_length  # the index of a shorter one
    return whole - (-torrent.total_size % torrent.piece_length if last in pieces else 0)
