from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from momoshtrem.model.job import Job, JobState
from momoshtrem.model.media import Assignment
from momoshtrem.model.release import Quality
from momoshtrem.model.stored import TorrentRecord, TorrentState
from momoshtrem.services.chain import Download, Facts, Item, explain
from momoshtrem.torrents.engine import ReaderStatus, StallCount, TorrentStatus, Wait
from tests.library.samples import HASH_A, NOW

ITEM = Item("movie", 1, "Heat (1995)")
QUALITY = Quality("1080p", "BluRay", "x264", None, "GRP")
ASSIGNED = Assignment(7, HASH_A, 0, "Heat.mkv", 100, QUALITY, 0.9, "", 0, 1, None, NOW)
STANDBY = replace(ASSIGNED, id=8, rank=1)
FAILED = replace(ASSIGNED, failed_at=NOW, failure="Nothing came.")
PROPOSED = replace(ASSIGNED, id=9, rank=1, proposed=True, confidence=0.55, reason="another year")
JOB = Job(4, "assign", {}, JobState.QUEUED, 2, NOW, "No peer was found.", NOW, NOW)
RECORD = TorrentRecord(
    info_hash=HASH_A,
    name="Heat",
    state=TorrentState.READY,
    reason=None,
    magnet_uri=None,
    piece_length=10,
    total_size=100,
    private=False,
    trackers=(),
    peers=("192.0.2.1:1",),
    readable=bytes([0b1100_1100, 0b0000_0000]),
    added_at=NOW,
    used_at=None,
)
READERS = (ReaderStatus(0, "playback", 0, 0, 0), *2 * [ReaderStatus(0, "copy", 0, 0, 0)])
STATUS = TorrentStatus(HASH_A, "streaming", 0.4, 1000, 0, 5, READERS[:1], 400)
DOWNLOAD = Download(RECORD, 2, 9, STATUS)
WHOLE = replace(RECORD, readable=b"\xff\xff")
FACTS = Facts(ITEM, (ASSIGNED, STANDBY), ASSIGNED, download=DOWNLOAD)


def facts(**status: Any) -> Facts:
    return replace(FACTS, download=replace(DOWNLOAD, status=replace(STATUS, **status)))


def at(state: TorrentState, reason: str | None = None) -> Facts:
    return replace(FACTS, download=Download(replace(RECORD, state=state, reason=reason)))


@pytest.mark.parametrize(("record", "ok"), [(RECORD, False), (WHOLE, True)])
def test_without_the_interface_only_what_is_here_plays(record: TorrentRecord, ok: bool) -> None:
    gone = "The interface tun0 is gone."
    link = explain(replace(FACTS, download=replace(DOWNLOAD, record=record, outage=gone))).links[3]
    assert (link.link, link.ok, link.message == gone) == ("peers", ok, not ok)


def test_a_whole_chain() -> None:
    found = explain(FACTS)
    assert [link.link for link in found.links] == [
        "item",
        "assignment",
        "torrent",
        "peers",
        "pieces",
        "reader",
    ]
    assert found.broken is None
    details = {link.link: link.details for link in found.links}
    assert (details["assignment"]["standbys"], details["assignment"]["proposed"]) == (1, 0)
    assert details["pieces"] == {"on_disk": 2, "total": 8}
    assert details["peers"]["connected"] == 5


@pytest.mark.parametrize(
    ("known", "broken", "said"),
    [
        (Facts(ITEM), "assignment", "momoshtrem assign movie 1"),
        (Facts(ITEM, awaited=JOB), "assignment", "No peer was found."),
        (Facts(ITEM, (PROPOSED,), PROPOSED, download=DOWNLOAD), "assignment", "55% (another year)"),
        (replace(FACTS, chosen=FAILED), "assignment", "at 2026-01-02 03:04 UTC. Nothing came. A standby"),
        (replace(FACTS, assigned=(FAILED,), chosen=FAILED), "assignment", "assign another torrent"),
        (at(TorrentState.AWAITING_METADATA), "torrent", "awaited since 2026-01-02 03:04 UTC"),
        (at(TorrentState.FAILED, "No file fits."), "torrent", "No file fits."),
        (facts(state="failed", reason="The disk is full."), "torrent", "The disk is full."),
        (facts(peers=0, waits=(Wait(4, 0.5),)), "peers", f"/api/torrents/{HASH_A}/peers"),
        (facts(waits=(Wait(6, 3.9),)), "reader", "waits for piece 5 of the file for 4 s"),
        (facts(waits=(Wait(2, 0.1), Wait(9, 60.0))), "reader", "piece 8 of the file for 60 s"),
        (facts(waits=(Wait(6, 9.0, "held"),)), "reader", "a slow peer holds a part of it"),
    ],
)
def test_the_first_link_that_is_broken_says_what_to_do(known: Facts, broken: str, said: str) -> None:
    link = explain(known).broken
    assert link is not None
    assert link.link == broken
    assert said in link.message
    assert link.message.endswith(".")


@pytest.mark.parametrize(
    "known",
    [
        facts(waits=(Wait(6, 0.2),)),
        facts(waits=(Wait(0, 60.0), Wait(10, 60.0))),
        facts(peers=0, readers=()),
        replace(FACTS, download=replace(DOWNLOAD, status=None)),
        replace(FACTS, download=replace(DOWNLOAD, record=WHOLE, status=replace(STATUS, peers=0))),
    ],
    ids=["a short wait", "waits in other files", "nobody reads", "not loaded", "all on disk"],
)
def test_what_is_not_broken(known: Facts) -> None:
    found = explain(known)
    assert found.broken is None
    assert len(found.links) == 6


def test_it_is_told_what_the_readers_do() -> None:
    link = explain(facts(readers=READERS)).links[-1]
    assert link.message == "Every reader gets its bytes: 1 plays, 2 copies."
    assert link.details == {"readers": 3, "kinds": {"playback": 1, "copy": 2}}


def test_a_standby_that_failed_says_why_another_file_is_shown() -> None:
    failed = replace(STANDBY, path="Old.mkv", failed_at=NOW, failure="Nothing came.")
    link = explain(replace(FACTS, assigned=(ASSIGNED, failed))).links[1]
    assert link.ok
    assert link.message.endswith("Old.mkv stands by, since it was not delivered at 2026-01-02 03:04 UTC.")


def test_stalls_that_are_over_are_recalled() -> None:
    stalls = (StallCount("slow_swarm", 3, 2.0), StallCount("no_peers", 1, 10.4))
    link = explain(facts(stalls=stalls)).links[-1]
    assert link.ok
    assert "had to wait 4 times so far, 12 s in all, mostly since no peer is connected." in link.message


def test_behind_a_torrent_that_is_broken_nothing_can_be_said() -> None:
    assert [link.link for link in explain(at(TorrentState.FAILED, "x.")).links][-1] == "torrent"
