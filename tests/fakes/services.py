"""All services in memory: what the faces and the CLI are tested on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from momoshtrem.errors import Conflict, MomoshtremError, NotFound
from momoshtrem.events import EventBus
from momoshtrem.identify.files import Skipped, Unmatched
from momoshtrem.model.job import Job, JobState
from momoshtrem.model.media import (
    Assignment,
    Episode,
    Movie,
    NewMovie,
    NewSeason,
    NewShow,
    Page,
    Season,
    Show,
)
from momoshtrem.model.release import Quality
from momoshtrem.model.stored import Counts, TorrentRecord, TorrentState
from momoshtrem.model.torrent import TorrentFile
from momoshtrem.services.acquire import Acquire, Source
from momoshtrem.services.bundle import Services
from momoshtrem.services.catalog import Catalog
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
from tests.fakes.discover import FakeCalendar, FakeDiscover
from tests.fakes.engine import FakeEngine
from tests.fakes.store import MemoryStore
from tests.fakes.streams import FakeStreams

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
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
)
JOB = Job(1, "assign", {"id": "1"}, JobState.QUEUED, 2, NOW, "Waiting for a peer.", NOW, NOW)
READER = ReaderStatus(1, "playback", 3, 2, 100)
STATUS = Status(
    version="0.1.0",
    uptime=61.4,
    counts=Counts(1, 2, 20, 3, 0, 1, 0),
    disk=Disk(4_000_000_000, {HASH: 1_000_000}),
    engine=EngineHealth(True, 6881, None, (TorrentStatus(HASH, "streaming", 0.5, 100, 10, 3, (READER,), 8),)),
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


T = TypeVar("T")


def page_of(values: Sequence[T], limit: int, offset: int) -> Page[T]:
    return Page(tuple(values[offset : offset + limit]), len(values))


def find(items: dict[int, T], item_id: int) -> T:
    if item_id not in items:
        raise NotFound(f"There is nothing with the id {item_id}.")
    return items[item_id]


class FakeCatalog(Catalog):
    """A library in two dicts; `tmdb` holds what TMDB knows, and `error` is raised instead of asking it."""

    def __init__(self) -> None:
        self.movies: dict[int, Movie] = {}
        self.shows: dict[int, Show] = {}
        self.assigned: list[Assignment] = []
        self.tmdb: dict[int, NewMovie | NewShow] = {}
        self.error: MomoshtremError | None = None
        self.asked_seasons: Collection[int] | None = None

    async def add_movie(self, movie: NewMovie) -> tuple[Movie, bool]:
        for known in self.movies.values():
            if (known.title, known.year) == (movie.title, movie.year):
                return known, False
        added = Movie(len(self.movies) + 1, movie.title, movie.year, movie.tmdb_id, None, NOW)
        self.movies[added.id] = added
        return added, True

    async def add_movie_by_tmdb(self, tmdb_id: int) -> tuple[Movie, bool]:
        found = self._ask_tmdb(tmdb_id)
        assert isinstance(found, NewMovie)
        return await self.add_movie(found)

    async def get_movie(self, movie_id: int) -> tuple[Movie, list[Assignment]]:
        return find(self.movies, movie_id), [each for each in self.assigned if each.movie_id == movie_id]

    async def list_movies(self, limit: int, offset: int, search: str | None) -> Page[Movie]:
        found = [each for each in self.movies.values() if not search or search in each.title]
        return page_of(found, limit, offset)

    async def remove_movie(self, movie_id: int) -> None:
        del self.movies[find(self.movies, movie_id).id]

    async def add_show(self, show: NewShow) -> tuple[Show, bool]:
        for known in self.shows.values():
            if (known.title, known.year) == (show.title, show.year):
                return known, False
        seasons = tuple(make_season(each) for each in show.seasons)
        added = Show(len(self.shows) + 1, show.title, show.year, show.tmdb_id, None, NOW, seasons)
        self.shows[added.id] = added
        return added, True

    async def add_show_by_tmdb(self, tmdb_id: int, seasons: Collection[int] | None) -> tuple[Show, bool]:
        self.asked_seasons = seasons
        found = self._ask_tmdb(tmdb_id)
        assert isinstance(found, NewShow)
        return await self.add_show(found)

    async def get_show(self, show_id: int) -> tuple[Show, list[Assignment]]:
        return find(self.shows, show_id), [each for each in self.assigned if each.episode_id]

    async def list_shows(self, limit: int, offset: int, search: str | None) -> Page[Show]:
        found = [
            replace(each, seasons=()) for each in self.shows.values() if not search or search in each.title
        ]
        return page_of(found, limit, offset)

    async def remove_show(self, show_id: int) -> None:
        del self.shows[find(self.shows, show_id).id]

    async def refresh_show(self, show_id: int) -> tuple[Show, int]:
        show = find(self.shows, show_id)
        if show.tmdb_id is None:
            raise Conflict("The show was added by hand.")
        return show, 2

    def _ask_tmdb(self, tmdb_id: int) -> NewMovie | NewShow:
        if self.error:
            raise self.error
        return find(self.tmdb, tmdb_id)


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
        self.views = {HASH: TorrentView(RECORD, None)}
        self.removed: list[tuple[str, bool]] = []
        self.peers: tuple[str, ...] = ()

    async def list_page(self, limit: int, offset: int) -> Page[TorrentView]:
        return page_of(list(self.views.values()), limit, offset)

    async def get(self, info_hash: str) -> tuple[TorrentView, list[TorrentFile], list[Assignment]]:
        return self._view(info_hash), [FILE, PAD], [ASSIGNMENT]

    async def remove(self, info_hash: str, *, delete_files: bool) -> None:
        self._view(info_hash)
        self.removed.append((info_hash, delete_files))

    async def add_peers(self, info_hash: str, peers: tuple[str, ...]) -> None:
        self._view(info_hash)
        self.peers = peers

    def _view(self, record: TorrentRecord | str) -> TorrentView:
        info_hash = record if isinstance(record, str) else record.info_hash
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
    """Tells `STATUS`, or raises `error`."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    async def check(self) -> Status:
        if self.error:
            raise self.error
        return STATUS


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
    assignments: FakeAssignments = field(default_factory=lambda: FakeAssignments(ASSIGNMENT))

    def bundle(self) -> Services:
        streams = FakeStreams(Tree(folder("", ())), {})
        return Services(
            self.catalog,
            self.acquire,
            self.torrents,
            self.jobs,
            self.health,
            streams,
            self.calendar,
            self.discover,
            self.live,
            self.explain,
            self.assignments,
        )


def make_fakes() -> FakeServices:
    return FakeServices(FakeCatalog(), FakeAcquire(), FakeTorrents(), FakeJobs(), FakeHealth())


def make_season(season: NewSeason) -> Season:
    """A season whose episodes have ids of their number."""
    episodes = (
        Episode(each.number, season.number, each.number, each.name, each.air_date, None)
        for each in season.episodes
    )
    return Season(season.number, tuple(episodes))
