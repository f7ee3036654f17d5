"""Numbers of a server that has seen a little of everything."""

from __future__ import annotations

from collections import Counter

from momoshtrem.histogram import Histogram
from momoshtrem.model.job import JobState
from momoshtrem.model.network import BlocklistStatus, NetworkStatus
from momoshtrem.model.stored import Counts
from momoshtrem.services.metrics import Library, Metrics, Snapshot
from momoshtrem.services.warm import Warmed
from momoshtrem.torrents.counters import CacheStatus, Counters
from momoshtrem.torrents.engine import EngineHealth, ReaderStatus, SwarmTotals, TorrentStatus, Wait

HASH = "ab" * 20
READERS = (ReaderStatus(0, "playback", 10, 20, 30), ReaderStatus(1, "probe", 0, 0, 0))
LOADED = TorrentStatus(HASH, "streaming", 0.5, 100, 10, 3, READERS, 5000, waits=(Wait(7, 2.0, "choked"),))
CACHE = CacheStatus(2**20, 2**30, 2**21, {"unloaded": 300, "live": 20}, 2, 4)
NETWORK = NetworkStatus(blocklist=BlocklistStatus(ranges=3))
COUNTS = Counts(movies=1, shows=2, episodes=30, torrents=4, proposed=5, jobs_waiting=6, jobs_failed=7)


def make_snapshot() -> Snapshot:
    counters, lag = Counters(timeouts=2, false_data=1), Histogram(0.0025, 1.0)
    counters.read("disk", 1000)
    counters.read("swarm", 200)
    counters.first_bytes["swarm"].observe(0.3)
    counters.waits["choked"].observe(3.0)
    counters.stalled("choked", 3.0)
    lag.observe(0.0005)
    return Snapshot(
        version="1.2.3",
        engine=EngineHealth(True, 6881, None, (LOADED,), NETWORK, CACHE),
        totals=SwarmTotals(5000, 600, 70, 8, 9, 1),
        counters=counters,
        library=Library(COUNTS, Counter({JobState.DONE: 3, JobState.QUEUED: 6})),
        disk_free=2**30,
        tmdb=Counter({"ok": 4, "service_down": 1}),
        warmed=Warmed(fetched=2, present=1, failed=0, bytes=4096),
        promoted=1,
        listeners=2,
        tasks=12,
        loop_lag=lag,
    )


class FakeMetrics(Metrics):
    """Gives `snapshot`."""

    def __init__(self) -> None:
        self.snapshot = make_snapshot()

    async def take(self) -> Snapshot:
        return self.snapshot
