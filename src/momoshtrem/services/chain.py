"""Why an item plays or does not: the chain from the item to its reader, link by link. Pure.

    item -> assignment -> torrent -> peers -> pieces -> reader

The chain ends where nothing further can be said; the first link that is broken is what to mend.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from momoshtrem.model.job import Job
from momoshtrem.model.media import Assignment
from momoshtrem.model.stored import TorrentRecord, TorrentState
from momoshtrem.model.words import counted
from momoshtrem.torrents.cache.pieces import Pieces
from momoshtrem.torrents.engine import ReaderKind, Reason, TorrentStatus

PATIENCE = 3.0
"""Seconds a reader may wait before it counts as stuck."""

REASONS: Mapping[Reason, str] = {
    "no_peers": "no peer is connected",
    "connecting": "the peers are still being connected to",
    "nobody_has_it": "no connected peer has it",
    "choked": "the peers that have it let us wait",
    "held": "a slow peer holds a part of it",
    "silent": "the peers that were asked for it are silent",
    "slow_swarm": "the swarm sends slower than the player reads",
    "hash_failed": "it came with wrong bytes and is fetched again",
    "disk": "it is being checked and written",
    "unknown": "no peer has sent it",
}

DOINGS: Mapping[ReaderKind, str] = {
    "probe": "looks at it",
    "scan": "scans it among other files",
    "playback": "plays",
    "copy": "copies",
}

Name = Literal["item", "assignment", "torrent", "peers", "pieces", "reader"]
Kind = Literal["movie", "episode"]


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain; `message` says what to do where it is broken."""

    link: Name
    ok: bool
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """What is explained; `title` is as people say it."""

    kind: Kind
    id: int
    title: str


@dataclass(frozen=True, slots=True)
class Download:
    """The torrent of the chosen file; the file's pieces are those from `first` to `last`.

    Without metadata there is no span, and `last` is before `first`. `status` is None while it is not loaded;
    `outage` is why no peer can be reached.
    """

    record: TorrentRecord
    first: int = 0
    last: int = -1
    status: TorrentStatus | None = None
    outage: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the library and the engine know; `awaited` is a job that may bring a file."""

    item: Item
    assigned: tuple[Assignment, ...] = ()
    chosen: Assignment | None = None
    awaited: Job | None = None
    download: Download | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The links of the chain, as far as it goes."""

    item: Item
    links: tuple[Link, ...]

    @property
    def broken(self) -> Link | None:
        """The first link that is to be mended."""
        return next((link for link in self.links if not link.ok), None)


def explain(facts: Facts) -> Explanation:
    links = [_item(facts.item), _assignment(facts)]
    if facts.download and facts.chosen and not facts.chosen.proposed:
        links += _follow(facts.download)
    return Explanation(facts.item, tuple(links))


def _item(item: Item) -> Link:
    return Link("item", True, f"{item.title} is in the library.", {"kind": item.kind, "id": item.id})


def _assignment(facts: Facts) -> Link:
    chosen = facts.chosen
    if chosen is None:
        return _nothing_assigned(facts)
    details: dict[str, Any] = {
        "assignment_id": chosen.id,
        "info_hash": chosen.info_hash,
        "file_index": chosen.file_index,
        "path": chosen.path,
        "version": chosen.version,
        "confidence": chosen.confidence,
        "standbys": sum(1 for one in facts.assigned if one.rank and not one.proposed),
        "proposed": sum(1 for one in facts.assigned if one.proposed),
    }
    if chosen.proposed:
        why = f" ({chosen.reason})" if chosen.reason else ""
        message = (
            f"{chosen.path} is only proposed, with a confidence of {chosen.confidence:.0%}{why}: if it is "
            f"the right file, `momoshtrem confirm {chosen.id}`, else assign another torrent."
        )
        return Link("assignment", False, message, details)
    if chosen.failed_at:
        return Link("assignment", False, _tell_failure(chosen, details["standbys"]), details)
    return Link("assignment", True, f"{chosen.path} is assigned.{_recall_failure(facts)}", details)


def _tell_failure(chosen: Assignment, standbys: int) -> str:
    cure = (
        "A standby that did not fail lately takes its place when it is opened again from the start."
        if standbys
        else "It has no standby: assign another torrent, or try again."
    )
    moment = f"{chosen.failed_at:%Y-%m-%d %H:%M} UTC"
    return f"{chosen.path} is assigned, but was not delivered at {moment}. {chosen.failure} {cure}"


def _recall_failure(facts: Facts) -> str:
    """What the chosen file may have taken the place of."""
    failed = (one for one in facts.assigned if one.failed_at and one is not facts.chosen)
    return "".join(
        f" {one.path} stands by, since it was not delivered at {one.failed_at:%Y-%m-%d %H:%M} UTC."
        for one in failed
    )


def _nothing_assigned(facts: Facts) -> Link:
    item, job = facts.item, facts.awaited
    if job:
        message = f"A torrent is waited for since {job.created_at:%Y-%m-%d %H:%M} UTC. {job.message}"
        return Link("assignment", False, message, {"job_id": job.id, "attempts": job.attempts})
    message = (
        f"The {item.kind} has no torrent: assign one with `momoshtrem assign {item.kind} {item.id} MAGNET` "
        f"or POST /api/{item.kind}s/{item.id}/assign-torrent."
    )
    return Link("assignment", False, message)


def _follow(download: Download) -> list[Link]:
    torrent = _torrent(download)
    if not torrent.ok:
        return [torrent]
    record = download.record
    pieces = Pieces.unpack(record.readable, download.last + 1)
    total = download.last + 1 - download.first
    missing = len(pieces.find_all_missing(download.first, download.last))
    return [torrent, _peers(download, missing), _pieces(missing, total), _reader(download)]


def _torrent(download: Download) -> Link:
    record, status = download.record, download.status
    details = {"info_hash": record.info_hash, "name": record.name, "state": record.state.value}
    if record.state is TorrentState.AWAITING_METADATA:
        message = (
            f"Its metadata is awaited since {record.added_at:%Y-%m-%d %H:%M} UTC: no peer has sent it yet. "
            "Name one that has it, or assign another torrent."
        )
        return Link("torrent", False, message, details)
    if record.state is TorrentState.FAILED:
        return Link("torrent", False, f"It failed: {record.reason} Assign another torrent.", details)
    if status and status.reason:
        return Link("torrent", False, status.reason, details)
    loaded = "loaded" if status else "not loaded; it will be when a player opens the file"
    return Link("torrent", True, f"{record.name} is {loaded}.", details)


def _peers(download: Download, missing: int) -> Link:
    record, status = download.record, download.status
    details = {
        "connected": status.peers if status else 0,
        "known": len(record.peers),
        "trackers": len(record.trackers),
        "download_rate": status.download_rate if status else 0,
    }
    if not missing:
        return Link("peers", True, "None is needed: the whole file is on disk.", details)
    if download.outage:
        return Link("peers", False, download.outage, details)
    if status and status.peers:
        return Link("peers", True, f"Connected to {counted(status.peers, 'peer')}.", details)
    if status and status.waits:
        message = (
            "No peer is connected, and a reader waits: the torrent may have no seeder any more. Check the "
            f"network, name a peer with POST /api/torrents/{record.info_hash}/peers, or assign another "
            "torrent."
        )
        return Link("peers", False, message, details)
    return Link("peers", True, "None is asked, since no reader waits for anything.", details)


def _pieces(missing: int, total: int) -> Link:
    on_disk = total - missing
    message = f"{on_disk} of {total} pieces of the file are on disk."
    return Link("pieces", True, message, {"on_disk": on_disk, "total": total})


def _reader(download: Download) -> Link:
    """The reader of this file that waits longest."""
    status = download.status
    kinds = Counter(reader.kind for reader in (status.readers if status else ()))
    details: dict[str, Any] = {"readers": kinds.total(), "kinds": dict(kinds)}
    waits = [wait for wait in status.waits if download.first <= wait.piece <= download.last] if status else []
    if not waits:
        return Link("reader", True, _tell_kinds(kinds) + _recall_stalls(status), details)
    longest = max(waits, key=lambda wait: wait.seconds)
    piece = longest.piece - download.first + 1
    details |= {"piece": piece, "seconds": longest.seconds}
    message = f"A reader waits for piece {piece} of the file for {longest.seconds:.0f} s"
    if longest.seconds < PATIENCE:
        return Link("reader", True, f"{message}.", details)
    why = REASONS[longest.reason or "unknown"]
    return Link("reader", False, f"{message}: {why}. Wait, name a peer, or assign another.", details)


def _tell_kinds(kinds: Mapping[ReaderKind, int]) -> str:
    if not kinds:
        return "Nobody reads the torrent now."
    told = ", ".join(f"{count} {DOINGS[kind]}" for kind, count in kinds.items())
    return f"Every reader gets its bytes: {told}."


def _recall_stalls(status: TorrentStatus | None) -> str:
    """How often those who streamed had to wait, and mostly why."""
    if not status or not status.stalls:
        return ""
    worst = max(status.stalls, key=lambda each: each.seconds)
    times = counted(sum(each.count for each in status.stalls), "time")
    seconds = sum(each.seconds for each in status.stalls)
    return f" They had to wait {times} so far, {seconds:.0f} s in all, mostly since {REASONS[worst.reason]}."
