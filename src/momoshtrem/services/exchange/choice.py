"""Which of a document's files are assigned to an item, and in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from momoshtrem.model.media import NewAssignment
from momoshtrem.model.names import fold, sanitise
from momoshtrem.model.release import Quality
from momoshtrem.services.exchange.document import File

FILLED: Final = "the item has other files here, which stay"
TWICE: Final = "the item has this file twice"
NO_TORRENT: Final = "its torrent is not among those of the document"
NO_FILE: Final = "its torrent has no such file"

FileKey = tuple[str, int]
Ranked = tuple[int, datetime, NewAssignment]


@dataclass(frozen=True, slots=True)
class KnownTorrent:
    """A torrent as the library knows it, with the sizes of its files, none before they are known."""

    info_hash: str
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """`new` files with rank and moment, how many are `kept`, and the others by their indexes with reasons."""

    new: Sequence[Ranked]
    kept: int
    skipped: Sequence[tuple[int, str]]


def choose(files: Sequence[File], torrents: Mapping[str, KnownTorrent], here: Collection[FileKey]) -> Choice:
    """An item that has some files `here` gets no others."""
    kept, skipped, fitting = 0, [], {}
    for index, file in enumerate(files):
        torrent = torrents.get(file.info_hash)
        key = (torrent.info_hash if torrent else file.info_hash, file.file_index)
        reason = _find_reason(file, torrent, key in fitting)
        if key in here:
            kept += 1
        elif here or reason:
            skipped.append((index, reason or FILLED))
        else:
            fitting[key] = file
    return Choice(list(_rank(fitting)), kept, skipped)


def _find_reason(file: File, torrent: KnownTorrent | None, is_double: bool) -> str | None:
    if torrent is None:
        return NO_TORRENT
    sizes = torrent.sizes
    if sizes and (file.file_index >= len(sizes) or sizes[file.file_index] != file.size):
        return NO_FILE
    return TWICE if is_double else None


def _rank(files: Mapping[FileKey, File]) -> Iterator[Ranked]:
    """In each version the ranks go on from 0, those of proposals from 1, whatever gaps the document has."""
    slots = defaultdict(list)
    for key, file in files.items():
        slots[fold(sanitise(file.version)), file.proposed].append((key, file))
    labels: dict[str, str] = {}
    for (version, proposed), slot in slots.items():
        slot.sort(key=lambda one: one[1].rank)
        label = labels.setdefault(version, sanitise(slot[0][1].version))
        for rank, (key, file) in enumerate(slot, start=int(proposed)):
            yield rank, file.assigned_at, _assignment(key[0], file, label)


def _assignment(info_hash: str, file: File, version: str) -> NewAssignment:
    return NewAssignment(
        info_hash=info_hash,
        file_index=file.file_index,
        path=file.path,
        size=file.size,
        quality=Quality(file.resolution, file.source, file.codec, file.hdr, file.group),
        confidence=file.confidence,
        version=version,
        proposed=file.proposed,
        reason=file.reason,
    )
