"""Every metric, by its name. docs/metrics.md lists them for people.

Labels take their values from small fixed sets: no title, torrent, path or address is ever one. What can
happen is told as 0 before it happens, since a rate sees no step from nothing to 1.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar, get_args

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from momoshtrem.faces.traffic import FaceName, Traffic
from momoshtrem.histogram import Histogram
from momoshtrem.model.job import JobState
from momoshtrem.model.network import NetworkStatus
from momoshtrem.services.metrics import Library, Snapshot
from momoshtrem.torrents.counters import BRIEF, Counters, Source
from momoshtrem.torrents.engine import EngineHealth, ReaderKind, Reason, SwarmTotals

FACES: tuple[FaceName, ...] = get_args(FaceName)
SOURCES: tuple[Source, ...] = get_args(Source)
REASONS: tuple[str, ...] = get_args(Reason)
KINDS: tuple[ReaderKind, ...] = get_args(ReaderKind)
STATES = ("streaming", "warming", "seeding", "idle", "failed")
EVICTED = ("unloaded", "idle", "live")
OUTCOMES = ("ok", "not_found", "invalid_input", "service_refused", "service_down")

Label = TypeVar("Label", bound=str)
Labels = TypeVar("Labels", bound=tuple[str, ...])
Value = TypeVar("Value")


def list_families(snapshot: Snapshot, traffic: Traffic) -> Iterator[Metric]:
    yield gauge("build_info", "The version that runs.", {(snapshot.version,): 1}, "version")
    yield from list_answers(traffic)
    yield from list_reads(snapshot.counters)
    yield from list_loaded(snapshot.engine)
    yield from list_traffic(snapshot.totals)
    yield from list_cache(snapshot)
    if snapshot.library:
        yield from list_library(snapshot.library)
    yield from list_services(snapshot)
    yield from list_loop(snapshot)


def list_answers(traffic: Traffic) -> Iterator[Metric]:
    """Of the faces; methods and classes of status that never were are left out."""
    yield counter(
        "http_responses", "Responses, by class of status.", traffic.answers, "face", "method", "status"
    )
    yield histogram(
        "http_first_byte_seconds",
        "From a request to the first byte of the body of its response.",
        traffic.first_bytes,
        "face",
        "method",
    )
    yield counter("http_sent_bytes", "Bytes of bodies.", fill(FACES, traffic.bytes), "face")
    yield gauge("http_open_responses", "Responses that are not over.", fill(FACES, traffic.open), "face")


def list_reads(counters: Counters) -> Iterator[Metric]:
    """Of readers: bytes from the disk were there when they were asked for, those from the swarm were not."""
    yield counter("reads", "Reads of files, by source.", fill(SOURCES, counters.reads), "source")
    yield counter("read_bytes", "Bytes that reads gave.", fill(SOURCES, counters.bytes), "source")
    yield histogram(
        "read_first_byte_seconds",
        "From the opening of a file to its first bytes.",
        fill(SOURCES, counters.first_bytes),
        "source",
    )
    yield histogram(
        "read_wait_seconds",
        "Waits for the swarm, by the reason seen last.",
        fill((*REASONS, BRIEF), counters.waits),
        "reason",
    )
    yield counter(
        "stalls", "Waits of readers that streamed, over 0.5 s.", fill(REASONS, counters.stalls), "reason"
    )
    yield counter("stall_seconds", "How long stalls took.", fill(REASONS, counters.stall_seconds), "reason")
    yield counter("read_timeouts", "Reads that got nothing in time.", {(): counters.timeouts})
    yield counter(
        "read_false_data", "Reads cut since bytes given before proved wrong.", {(): counters.false_data}
    )


def list_loaded(engine: EngineHealth) -> Iterator[Metric]:
    """How many of what there are in the engine at the moment."""
    loaded = engine.loaded
    readers = [reader.kind for torrent in loaded for reader in torrent.readers]
    waits = [wait.reason or BRIEF for torrent in loaded for wait in torrent.waits]
    states = [torrent.state for torrent in loaded]
    yield gauge("readers", "Open readers, by what they do.", fill(KINDS, Counter(readers)), "kind")
    waiting = fill((*REASONS, BRIEF), Counter(waits))
    yield gauge("readers_waiting", "Readers that wait for the swarm.", waiting, "reason")
    yield gauge("torrents_loaded", "Torrents in the engine.", fill(STATES, Counter(states)), "state")
    yield gauge("peers", "Connected peers.", {(): sum(torrent.peers for torrent in loaded)})
    yield gauge("listening", "Whether peers can connect.", {(): engine.listen_port is not None})
    yield from list_network(engine.network)


def list_network(network: NetworkStatus) -> Iterator[Metric]:
    yield gauge("network_up", "Whether an interface that was chosen is there.", {(): network.problem is None})
    blocked = network.blocklist.ranges if network.blocklist else 0
    yield gauge("blocked_ranges", "Ranges of the block list that holds.", {(): blocked})


def list_traffic(totals: SwarmTotals) -> Iterator[Metric]:
    yield counter("swarm_received_bytes", "Payload from peers, waste included.", {(): totals.received})
    yield counter("swarm_sent_bytes", "Payload to peers.", {(): totals.sent})
    wasted = {("failed",): totals.failed, ("redundant",): totals.redundant}
    yield counter("swarm_wasted_bytes", "Payload that was wrong, or came twice.", wasted, "cause")
    pieces = {("passed",): totals.pieces_passed, ("failed",): totals.pieces_failed}
    yield counter("swarm_pieces", "Pieces, by what came of their hash.", pieces, "outcome")


def list_cache(snapshot: Snapshot) -> Iterator[Metric]:
    cache = snapshot.engine.cache
    yield gauge("cache_used_bytes", "On the disk, or on its way to it.", {(): cache.used})
    yield gauge("cache_max_bytes", "What the cache may take.", {(): cache.max_size})
    yield gauge("cache_min_free_bytes", "What is to stay free on the disk.", {(): cache.min_free})
    evicted = {(state,): cache.evicted.get(state, 0) for state in EVICTED}
    yield counter("cache_evicted_bytes", "Evicted, by what was with the torrent.", evicted, "state")
    yield counter("cache_swaps", "Live torrents that were swapped to evict.", {(): cache.swaps})
    yield counter("cache_refused_pieces", "Pieces wanted without room for them.", {(): cache.refused})
    if snapshot.disk_free is not None:
        yield gauge("cache_free_bytes", "Free on the disk of the cache.", {(): snapshot.disk_free})


def list_library(library: Library) -> Iterator[Metric]:
    counts = library.counts
    titles = {("movie",): counts.movies, ("show",): counts.shows, ("episode",): counts.episodes}
    yield gauge("library_items", "What the library holds.", titles, "kind")
    yield gauge("library_torrents", "Torrents of the library.", {(): counts.torrents})
    yield gauge("library_proposed", "Assignments that wait for the user.", {(): counts.proposed})
    yield gauge("jobs", "Jobs, those that ended included.", fill(tuple(JobState), library.jobs), "state")


def list_services(snapshot: Snapshot) -> Iterator[Metric]:
    yield counter(
        "tmdb_requests", "Requests to TMDB, by what came of them.", fill(OUTCOMES, snapshot.tmdb), "outcome"
    )
    yield counter("standbys_promoted", "Standbys that took a place.", {(): snapshot.promoted})
    warmed = snapshot.warmed
    files = {("fetched",): warmed.fetched, ("present",): warmed.present, ("failed",): warmed.failed}
    yield counter("warmed_files", "Files warmed, by what came of it.", files, "outcome")
    yield counter("warmed_bytes", "Bytes fetched to warm files.", {(): warmed.bytes})
    yield gauge("event_listeners", "Programs that listen to events.", {(): snapshot.listeners})


def list_loop(snapshot: Snapshot) -> Iterator[Metric]:
    lag = {(): snapshot.loop_lag}
    yield histogram("loop_lag_seconds", "How late the event loop is, four times a second.", lag)
    yield gauge("tasks", "Tasks of the event loop.", {(): snapshot.tasks})


# shapes


def fill(known: Iterable[Label], values: Mapping[Label, Value]) -> dict[tuple[str], Value]:
    """A value for each label that there can be, out of a mapping that has a default for all."""
    return {(label,): values[label] for label in known}


def counter(name: str, text: str, values: Mapping[Labels, float], *labels: str) -> Metric:
    """`_total` is added to its name."""
    family = CounterMetricFamily(f"momoshtrem_{name}", text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def gauge(name: str, text: str, values: Mapping[Labels, float], *labels: str) -> Metric:
    family = GaugeMetricFamily(f"momoshtrem_{name}", text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def histogram(name: str, text: str, values: Mapping[Labels, Histogram], *labels: str) -> Metric:
    family = HistogramMetricFamily(f"momoshtrem_{name}", text, labels=labels)
    for key, value in values.items():
        buckets = [("+Inf" if bound == math.inf else str(bound), n) for bound, n in value.cumulate()]
        family.add_metric(key, buckets, value.sum)
    return family
