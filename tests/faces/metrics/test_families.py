from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest
from prometheus_client.metrics_core import Metric

from momoshtrem.faces.metrics.families import list_families
from momoshtrem.faces.traffic import Traffic
from momoshtrem.model.job import JobState
from momoshtrem.model.network import NetworkStatus
from momoshtrem.services.metrics import Snapshot
from momoshtrem.torrents.engine import Reason
from tests.fakes.metrics import HASH, LOADED, make_snapshot


def tell(snapshot: Snapshot, traffic: Traffic | None = None) -> dict[str, dict[tuple[str, ...], float]]:
    """The values of every sample, by its name and then by its labels, `le` of a bucket included."""
    told: dict[str, dict[tuple[str, ...], float]] = {}
    for family in list_families(snapshot, traffic or Traffic()):
        for sample in family.samples:
            told.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return told


def nonzero(values: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    return {labels: value for labels, value in values.items() if value}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("build_info", {("1.2.3",): 1}),
        ("reads_total", {("disk",): 1, ("swarm",): 1}),
        ("read_bytes_total", {("disk",): 1000, ("swarm",): 200}),
        ("read_first_byte_seconds_count", {("swarm",): 1}),
        ("read_first_byte_seconds_sum", {("swarm",): 0.3}),
        ("read_wait_seconds_count", {("choked",): 1}),
        ("stalls_total", {("choked",): 1}),
        ("stall_seconds_total", {("choked",): 3.0}),
        ("read_timeouts_total", {(): 2}),
        ("read_false_data_total", {(): 1}),
        ("readers", {("playback",): 1, ("probe",): 1}),
        ("readers_waiting", {("choked",): 1}),
        ("torrents_loaded", {("streaming",): 1}),
        ("peers", {(): 3}),
        ("listening", {(): 1}),
        ("network_up", {(): 1}),
        ("blocked_ranges", {(): 3}),
        ("swarm_received_bytes_total", {(): 5000}),
        ("swarm_sent_bytes_total", {(): 600}),
        ("swarm_wasted_bytes_total", {("failed",): 70, ("redundant",): 8}),
        ("swarm_pieces_total", {("passed",): 9, ("failed",): 1}),
        ("cache_free_bytes", {(): 2**30}),
        ("cache_used_bytes", {(): 2**20}),
        ("cache_max_bytes", {(): 2**30}),
        ("cache_min_free_bytes", {(): 2**21}),
        ("cache_evicted_bytes_total", {("unloaded",): 300, ("live",): 20}),
        ("cache_swaps_total", {(): 2}),
        ("cache_refused_pieces_total", {(): 4}),
        ("library_items", {("movie",): 1, ("show",): 2, ("episode",): 30}),
        ("library_torrents", {(): 4}),
        ("library_proposed", {(): 5}),
        ("jobs", {("done",): 3, ("queued",): 6}),
        ("tmdb_requests_total", {("ok",): 4, ("service_down",): 1}),
        ("standbys_promoted_total", {(): 1}),
        ("warmed_files_total", {("fetched",): 2, ("present",): 1}),
        ("warmed_bytes_total", {(): 4096}),
        ("event_listeners", {(): 2}),
        ("loop_lag_seconds_bucket", {("0.0025",): 1, ("1.0",): 1, ("+Inf",): 1}),
        ("tasks", {(): 12}),
    ],
)
def test_what_each_tells(name: str, values: dict[tuple[str, ...], float]) -> None:
    assert nonzero(tell(make_snapshot())[f"momoshtrem_{name}"]) == values


def test_what_the_faces_answered() -> None:
    traffic = Traffic()
    traffic.answers["webdav", "GET", "2xx"] += 3
    traffic.first_bytes["webdav", "GET"].observe(0.2)
    traffic.bytes["webdav"] += 100
    traffic.open["api"] += 1
    told = tell(make_snapshot(), traffic)
    assert told["momoshtrem_http_responses_total"] == {("webdav", "GET", "2xx"): 3}
    assert told["momoshtrem_http_first_byte_seconds_sum"] == {("webdav", "GET"): 0.2}
    assert told["momoshtrem_http_sent_bytes_total"] == {("webdav",): 100, ("api",): 0}
    assert told["momoshtrem_http_open_responses"] == {("webdav",): 0, ("api",): 1}


def test_what_can_happen_is_there_before_it_happens() -> None:
    told = tell(make_snapshot())
    assert len(told["momoshtrem_stalls_total"]) == len(get_args(Reason))
    assert len(told["momoshtrem_readers_waiting"]) == len(get_args(Reason)) + 1
    assert len(told["momoshtrem_jobs"]) == len(JobState)


def test_an_interface_is_gone_and_nobody_is_blocked() -> None:
    snapshot = make_snapshot()
    told = tell(replace(snapshot, engine=replace(snapshot.engine, network=NetworkStatus("tun0", (), "gone"))))
    assert (told["momoshtrem_network_up"], told["momoshtrem_blocked_ranges"]) == ({(): 0}, {(): 0})


def test_what_cannot_be_read_is_left_out() -> None:
    told = tell(replace(make_snapshot(), library=None, disk_free=None))
    assert not {"momoshtrem_library_items", "momoshtrem_jobs", "momoshtrem_cache_free_bytes"} & told.keys()


def test_more_torrents_are_no_more_samples() -> None:
    one = make_snapshot()
    many = replace(one, engine=replace(one.engine, loaded=(LOADED,) * 50))
    assert count_samples(many) == count_samples(one)
    assert tell(many)["momoshtrem_peers"] == {(): 150}


def test_no_label_names_a_torrent() -> None:
    values = {value for family in families() for sample in family.samples for value in sample.labels.values()}
    assert HASH not in values


@pytest.mark.parametrize(
    "rule",
    [
        lambda family: family.name.startswith("momoshtrem_"),
        lambda family: family.documentation.endswith("."),
        lambda family: family.type != "counter" or not family.name.endswith("_total"),
        lambda family: family.type != "histogram" or family.name.endswith("_seconds"),
    ],
    ids=["prefix", "sentence", "counter", "unit"],
)
def test_names_are_as_prometheus_wants_them(rule: Callable[[Metric], bool]) -> None:
    assert [family.name for family in families() if not rule(family)] == []


def families() -> list[Metric]:
    return list(list_families(make_snapshot(), Traffic()))


def count_samples(snapshot: Snapshot) -> int:
    return sum(map(len, tell(snapshot).values()))
