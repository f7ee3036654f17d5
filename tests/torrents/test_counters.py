from __future__ import annotations

from momoshtrem.torrents.counters import BRIEF, Counters


def test_reads_count_by_their_source() -> None:
    counters = Counters()
    counters.read("disk", 100)
    counters.read("swarm", 10)
    counters.read("disk", 1)
    assert counters.reads == {"disk": 2, "swarm": 1}
    assert counters.bytes == {"disk": 101, "swarm": 10}


def test_stalls_count_by_their_reason() -> None:
    counters = Counters()
    counters.stalled("choked", 1.5)
    counters.stalled("choked", 1.0)
    assert (counters.stalls, counters.stall_seconds) == ({"choked": 2}, {"choked": 2.5})


def test_two_engines_count_for_themselves() -> None:
    Counters().waits[BRIEF].observe(0.1)
    assert Counters().waits == {}
