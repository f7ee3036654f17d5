"""All services in memory: what the faces and the CLI are tested on."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime

from momoshtrem.errors import Conflict, MomoshtremError, NotFound
from momoshtrem.events import EventBus
from momoshtrem.identify.files import Skipped, Unmatched
from momoshtrem.model.job import Job, JobState
from momoshtrem.model.media import (
    Assignment,
    Page,
)
from momoshtrem.model.network import BlocklistStatus, NetworkStatus
from momoshtrem.model.release import Quality
from momoshtrem.model.stored import Counts, TorrentRecord, TorrentState, Traffic
from momoshtrem.model.torrent import TorrentFile
from momoshtrem.services.acquire import Acquire, Source
from momoshtrem.services.bundle import Services
from momoshtrem.services.chain import Explanation, Item, Link
from momoshtrem.services.explain import Explain
from momoshtrem.services.health import Disk, Health, Problem, Status, TmdbHealth
from momoshtrem.services.jobs import Jobs
from momoshtrem.services.live import Live
from momoshtrem.services.matching import Options, Placement, Report, Target
from momoshtrem.services.torrents import Torrents, TorrentView
from momoshtrem.torrents.engine import EngineHealth, ReaderStatus, TorrentStatus
from momoshtrem.vfs.tree import Tree, folder
from tests.fakes.assignments import FakeAssignments
from tests.fakes.catalog import NOW, FakeCatalog, find, page_of
from tests.fakes.discover import FakeCalendar, FakeDiscover
from tests.fakes.engine import FakeEngine
from tests.fakes.exchange import FakeExchange
from tests.fakes.metrics import FakeMetrics
from tests.fakes.pins import FakePins
from tests.fakes.store import MemoryStore
from tests.fakes.streams import FakeStreams
from tests.fakes.transfer import FakeTransfers

HASH = "ab" * 20
QUALITY = Quality("1080p", "BluRay", "x264", None, "GRP")
FILE = TorrentFile(1, "The.Matrix.1999/matrix.mkv", 8_000_000_000, 0)
PAD = TorrentFile(2, ".pad/1", 100, 8_000_000_000, hidden=True)
ASSIGNMENT = Assignment(
    7,
    HASH,
    FILE.index,
    FILE.path,
    FILE.size,
    QUALITY,
    0.9,
    "",
    0,
    movie_id=1,
    episode_id=None,
    assigned_at=NOW,
)
REPORT = Report(
    HASH,
    "The.Matrix.1999",
    4,
    matched=(Placement(FILE, (), QUALITY, 0.9, "the largest video"),),
    unmatched=(Unmatched(TorrentFile(0, "extras/making.mkv", 5_000, 0), "an extra"),),
    skipped=(Skipped("a subtitle", 2),),
    dry_run=False,
)
RECORD = TorrentRecord(
    info_hash=HASH,
    name="The.Matrix.1999",
    state=TorrentState.READY,
    reason=None,
    magnet_uri=None,
    piece_length=4,
    total_size=15,
    private=False,
    trackers=("http://tracker.invalid/announce?passkey=secret",),
    peers=("192.0.2.1:6881",),
    readable=bytes([0b1100_0000]),
    added_at=NOW,
    used_at=None,
    traffic=Traffic(uploaded=500, downloaded=2000, seconds=60.0),
)
JOB = Job(1, "assign", {"id": "1"}, JobState.QUEUED, 2, NOW, "Waiting for a peer.", NOW, NOW)
READER = ReaderStatus(1, "playback", 3, 2, 100)
STATUS = Status(
    version="0.1.0",
    uptime=61.4,
    counts=Counts(1, 2, 20, 3, 0, 1, 0),
    disk=Disk(4_000_000_000, 1_000_000, 2**30),
    engine=EngineHealth(
        True,
        6881,
        None,
        (TorrentStatus(HASH, "streaming", 0.5, 100, 10, 3, (READER,), 8),),
        network=NetworkStatus(
            interface="tun0",
            addresses=("10.8.0.2",),
            proxy="socks5://10.8.0.1:1080",
            blocklist=BlocklistStatus(5, 1, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ),
    ),
    tmdb=TmdbHealth(False, None),
    addresses={"api": "127.0.0.1:4444"},
    listeners=0,
    problems=(Problem("warning", "No TMDB key is set."),),
)
EXPLANATION = Explanation(
    Item("movie", 1, "The Matrix (1999)"),
    (
        Link("item", True, "The Matrix (1999) is in the library."),
        Link("assignment", False, "Nothing is assigned.", {"job_id": 1}),
    ),
)


class FakeAcquire(Acquire):
    """Answers every assignment with `answer`, or raises it, and remembers what was asked."""

    def __init__(self) -> None:
        self.answer: Report | Job | MomoshtremError = REPORT
        self.asked: list[tuple[Target, Source, Options, float]] = []
        self.unassigned: list[tuple[str, int]] = []

    async def assign(
        self, target: Target, source: Source, options: Options, wait: float = 30.0
    ) -> Report | Job:
        self.asked.append((target, source, options, wait))
        if isinstance(self.answer, MomoshtremError):
            raise self.answer
        return self.answer

    async def unassign_movie(self, movie_id: int) -> None:
        self._unassign("movie", movie_id)

    async def unassign_episode(self, episode_id: int) -> None:
        self._unassign("episode", episode_id)

    def _unassign(self, kind: str, item_id: int) -> None:
        if item_id != 1:
            raise NotFound(f"There is no {kind} {item_id} in the library.")
        self.unassigned.append((kind, item_id))


class FakeTorrents(Torrents):
    def __init__(self) -> None:
        self.views = {HASH: TorrentView(RECORD, None, 8192)}
        self.removed: list[tuple[str, bool]] = []
        self.evicted: list[str] = []
        self.peers: tuple[str, ...] = ()

    async def list_page(self, limit: int, offset: int) -> Page[TorrentView]:
        return page_of(list(self.views.values()), limit, offset)

    async def get(self, info_hash: str) -> tuple[TorrentView, list[TorrentFile], list[Assignment]]:
        return self._find(info_hash), [FILE, PAD], [ASSIGNMENT]

    async def remove(self, info_hash: str, *, delete_files: bool) -> None:
        self._find(info_hash)
        self.removed.append((info_hash, delete_files))

    async def evict(self, info_hash: str) -> None:
        self._find(info_hash)
        self.evicted.append(info_hash)

    async def add_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        self._find(info_hash)
        self.peers = peers

    def _find(self, info_hash: str) -> TorrentView:
        if info_hash not in self.views:
            raise NotFound("There is no such torrent in the library.")
        return self.views[info_hash]


class FakeJobs(Jobs):
    def __init__(self) -> None:
        self.jobs = {JOB.id: JOB}

    async def get(self, job_id: int) -> Job:
        return find(self.jobs, job_id)

    async def list_page(self, limit: int, offset: int) -> Page[Job]:
        return page_of(list(self.jobs.values()), limit, offset)

    async def cancel(self, job_id: int) -> Job:
        job = find(self.jobs, job_id)
        if job.state is not JobState.QUEUED:
            raise Conflict(f"The job has ended: it is {job.state}.")
        self.jobs[job_id] = replace(job, state=JobState.CANCELLED)
        return self.jobs[job_id]

    async def retry(self, job_id: int) -> Job:
        job = find(self.jobs, job_id)
        if job.state is JobState.DONE:
            raise Conflict(f"The job cannot be tried again: it is {job.state}.")
        self.jobs[job_id] = replace(job, state=JobState.QUEUED, attempts=0)
        return self.jobs[job_id]


class FakeHealth(Health):
    """Tells `answer`, or raises `error`."""

    def __init__(self) -> None:
        self.answer = STATUS
        self.error: Exception | None = None

    async def check(self) -> Status:
        if self.error:
            raise self.error
        return self.answer


class FakeExplain(Explain):
    """Gives `EXPLANATION` for what has the id 1 and for every path, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []

    async def path(self, path: str) -> Explanation:
        self.asked.append(("path", path))
        return EXPLANATION

    async def movie(self, movie_id: int) -> Explanation:
        self.asked.append(("movie", movie_id))
        return find({1: EXPLANATION}, movie_id)

    async def episode(self, episode_id: int) -> Explanation:
        self.asked.append(("episode", episode_id))
        return find({1: EXPLANATION}, episode_id)


@dataclass(frozen=True, slots=True)
class FakeServices:
    """The fakes by their own types, and as the faces take them."""

    catalog: FakeCatalog
    acquire: FakeAcquire
    torrents: FakeTorrents
    jobs: FakeJobs
    health: FakeHealth
    calendar: FakeCalendar = field(default_factory=FakeCalendar)
    discover: FakeDiscover = field(default_factory=FakeDiscover)
    live: Live = field(default_factory=lambda: Live(EventBus(), FakeEngine(MemoryStore())))
    explain: FakeExplain = field(default_factory=FakeExplain)
    exchange: FakeExchange = field(default_factory=FakeExchange)
    assignments: FakeAssignments = field(default_factory=lambda: FakeAssignments(ASSIGNMENT))
    metrics: FakeMetrics = field(default_factory=FakeMetrics)
    transfers: FakeTransfers = field(default_factory=FakeTransfers)
    pins: FakePins = field(default_factory=FakePins)

    def bundle(self) -> Services:
        streams = FakeStreams(Tree(folder("", ())), {})
        return Services(streams=streams, **{each.name: getattr(self, each.name) for each in fields(self)})


def make_fakes() -> FakeServices:
    return FakeServices(FakeCatalog(), FakeAcquire(), FakeTorrents(), FakeJobs(), FakeHealth())
