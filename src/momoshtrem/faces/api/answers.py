"""What the API answers, read off the domain's own values by attribute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Generic, Self, TypeVar
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, AliasPath, BaseModel, ConfigDict, Field

from momoshtrem.faces.api.inputs import EXAMPLE_HASH
from momoshtrem.model import media
from momoshtrem.model.job import JobState
from momoshtrem.model.stored import TorrentRecord
from momoshtrem.model.torrent import TorrentFile
from momoshtrem.services.projection import MOVIES, SHOWS
from momoshtrem.services.torrents import TorrentView
from momoshtrem.torrents.engine import Cure, ReaderKind, Reason, TorrentStatus

T = TypeVar("T")

Hash = Annotated[str, Field(examples=[EXAMPLE_HASH])]
Bytes = Annotated[int, Field(description="Bytes.", examples=[8_589_934_592])]
Rate = Annotated[int, Field(description="Bytes per second.", examples=[2_500_000])]
Seconds = Annotated[float, Field(examples=[2.5])]
MADE_NAME = "As the maker of the torrent named it."
MADE_EXAMPLE = "The.Matrix.1999.1080p/the.matrix.mkv"


def tree_path(root: str, path_name: str | None) -> str | None:
    """Where players find an item, None until it was listed."""
    return path_name and f"/{root}/{path_name}"


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Page(Answer, Generic[T]):
    """One page of a list; `total` is the length of the whole."""

    items: list[T]
    total: int
    limit: int
    offset: int

    @classmethod
    def of(cls, page: media.Page[Any], limit: int, offset: int) -> Self:
        """The page from `offset` on, each item read off by attribute."""
        return cls.model_validate(
            {"items": page.items, "total": page.total, "limit": limit, "offset": offset}
        )


class Made(Answer):
    """How a file was made, as far as its name tells, and how sure the match is."""

    resolution: str | None = Field(validation_alias=AliasPath("quality", "resolution"), examples=["1080p"])
    source: str | None = Field(validation_alias=AliasPath("quality", "source"), examples=["BluRay"])
    codec: str | None = Field(validation_alias=AliasPath("quality", "codec"), examples=["x264"])
    hdr: str | None = Field(validation_alias=AliasPath("quality", "hdr"), examples=["HDR10"])
    group: str | None = Field(validation_alias=AliasPath("quality", "group"), examples=["GRP"])
    confidence: float = Field(description="Between 0 and 1.", examples=[0.95])


class Assignment(Made):
    """A torrent's file for a movie or an episode; rank 0 is what players see, others stand by.

    One that is `proposed` waits to be confirmed; `reason` says how the match was seen. One that the swarm did
    not deliver when it was opened has a `failure`: a standby takes its place when it is opened again.
    """

    id: int
    info_hash: Hash
    file_index: int
    path: str = Field(description=MADE_NAME, examples=[MADE_EXAMPLE])
    size: Bytes
    version: str = Field(examples=["2160p"])
    rank: int = Field(examples=[0])
    movie_id: int | None
    episode_id: int | None = Field(examples=[None])
    assigned_at: datetime = Field(description="Of what players see: since when they do.")
    proposed: bool = Field(examples=[False])
    reason: str = Field(examples=["title and year"])
    failed_at: datetime | None
    failure: str = Field(examples=["Nothing came from the swarm for 20 s: no peer was found."])


class Item(Answer):
    """`path` is the folder that players see, null until something was assigned.

    What is in the cache of a pinned item stays there.
    """

    id: int
    title: str = Field(examples=["The Matrix"])
    year: int | None = Field(examples=[1999])
    tmdb_id: int | None = Field(examples=[603])
    added_at: datetime
    pinned: bool = Field(examples=[False])


class Movie(Item):
    path: Annotated[str | None, AfterValidator(partial(tree_path, MOVIES))] = Field(
        validation_alias="path_name", examples=["/Movies/The Matrix (1999)"]
    )


class MovieDetails(Movie):
    assignments: list[Assignment] = []

    @classmethod
    def of(cls, movie: media.Movie, assignments: Iterable[media.Assignment]) -> Self:
        answer = cls.model_validate(movie)
        answer.assignments = [Assignment.model_validate(each) for each in assignments]
        return answer


class Episode(Answer):
    """`assignments` stands only in the answer for one show.

    `pinned` tells of the episode itself; a pinned show keeps all of its episodes.
    """

    id: int
    number: int
    name: str | None = Field(examples=["Pilot"])
    air_date: date | None
    pinned: bool = Field(examples=[False])
    assignments: list[Assignment] | None = Field(None, exclude_if=lambda value: value is None)


class Season(Answer):
    """Season 0 holds the specials."""

    number: int
    episodes: list[Episode]


class Show(Item):
    path: Annotated[str | None, AfterValidator(partial(tree_path, SHOWS))] = Field(
        validation_alias="path_name", examples=["/TV Shows/Breaking Bad (2008)"]
    )


class ShowDetails(Show):
    seasons: list[Season]

    @classmethod
    def of(cls, show: media.Show, assignments: Iterable[media.Assignment]) -> Self:
        """The show with what is assigned to each of its episodes."""
        answer = cls.model_validate(show)
        by_episode = defaultdict(list)
        for each in assignments:
            by_episode[each.episode_id].append(Assignment.model_validate(each))
        for season in answer.seasons:
            for episode in season.episodes:
                episode.assignments = by_episode[episode.id]
        return answer


class Refreshed(Answer):
    """`added` counts the new episodes."""

    added: int
    show: ShowDetails


def without_sources(subject: Mapping[str, str]) -> dict[str, str]:
    """The subject of a job, with a magnet cut to its info-hash: trackers may hold the user's passkey."""
    return {key: cut_magnet(value) if key == "magnet" else value for key, value in subject.items()}


def cut_magnet(uri: str) -> str:
    return "magnet:?" + "&".join(f"xt={topic}" for topic in parse_qs(urlsplit(uri).query).get("xt", ()))


class Job(Answer):
    """Long work; `message` says how it stands, `attempts` how often it was started."""

    id: int
    kind: str = Field(examples=["assign"])
    subject: Annotated[dict[str, str], AfterValidator(without_sources)] = Field(
        examples=[{"target": "movie", "id": "1"}]
    )
    state: JobState
    attempts: int
    next_try_at: datetime
    message: str = Field(examples=["Waiting for a peer that has the file list."])
    created_at: datetime
    updated_at: datetime


class TorrentReader(Answer):
    """An open file. `kind` is what the reader seems to do: it probes, plays, copies, or scans many files.

    `window` bytes from its `position` on are being fetched.
    """

    file_index: int
    kind: ReaderKind
    position: int = Field(examples=[73_400_320])
    window: Bytes
    rate: Rate


LEAVES_IN = Field(
    description="Seconds until it leaves the swarm unless it is used; null while it stays or is not there.",
    examples=[84.0],
)


class Torrent(Answer):
    """`state` is that of the engine while the torrent is loaded, else the stored one.

    `cached` is what it has of the cache, on the disk or on its way there.

    What was `uploaded`, `downloaded` and `seeded` is counted since the torrent was added.
    """

    info_hash: Hash
    name: str = Field(examples=["The.Matrix.1999.1080p"])
    state: str = Field(examples=["ready"])
    reason: str | None = Field(description="Why it failed.", examples=["No file fits."])
    private: bool
    total_size: Bytes
    piece_length: int = Field(description="Bytes.", examples=[4_194_304])
    added_at: datetime
    used_at: datetime | None
    progress: float = Field(description="The share of the pieces that is on disk.", examples=[0.25])
    cached: Bytes
    download_rate: Rate
    upload_rate: Rate
    peers: int
    readers: list[TorrentReader]
    uploaded: Bytes
    downloaded: Bytes
    ratio: float | None = Field(description="Uploaded by downloaded.", examples=[0.8])
    seeded: float = Field(description="Seconds in the swarm, ready to upload.", examples=[5400.0])
    leaves_in: float | None = LEAVES_IN

    @classmethod
    def of(cls, view: TorrentView) -> Self:
        record, status = view.record, view.status or status_at_rest(view.record)
        return cls(
            info_hash=record.info_hash,
            name=record.name,
            state=status.state,
            reason=status.reason or record.reason,
            private=record.private,
            total_size=record.total_size,
            piece_length=record.piece_length,
            added_at=record.added_at,
            used_at=record.used_at,
            progress=status.progress,
            cached=view.cached,
            download_rate=status.download_rate,
            upload_rate=status.upload_rate,
            peers=status.peers,
            readers=[TorrentReader.model_validate(each) for each in status.readers],
            uploaded=status.total.uploaded,
            downloaded=status.total.downloaded,
            ratio=status.total.ratio,
            seeded=status.total.seconds,
            leaves_in=status.leaves_in,
        )


class File(Answer):
    index: int
    path: str = Field(description=MADE_NAME, examples=[MADE_EXAMPLE])
    size: Bytes


class TorrentWait(Answer):
    """A reader waits for a piece; `reason` is null until it is looked into."""

    piece: int
    seconds: Seconds
    reason: Reason | None


class TorrentStall(Answer):
    """A reader that streamed had to wait; `cures` are what was tried."""

    piece: int
    seconds: Seconds
    reason: Reason
    cures: list[Cure]


class TorrentStalls(Answer):
    """How many stalls had this reason, and how long they took together."""

    reason: Reason
    count: int
    seconds: Seconds


class TorrentDetails(Torrent):
    """Pad files and links are left out of `files`.

    `stalls` are those that are over, since the torrent was loaded; `last_stalls` are the newest of them.
    """

    files: list[File] = []
    assignments: list[Assignment] = []
    waits: list[TorrentWait] = []
    stalls: list[TorrentStalls] = []
    last_stalls: list[TorrentStall] = []

    @classmethod
    def with_files(
        cls, view: TorrentView, files: Iterable[TorrentFile], assignments: Iterable[media.Assignment]
    ) -> Self:
        answer = cls.of(view)
        answer.files = [File.model_validate(each) for each in files if not each.hidden]
        answer.assignments = [Assignment.model_validate(each) for each in assignments]
        if status := view.status:
            answer.waits = [TorrentWait.model_validate(each) for each in status.waits]
            answer.stalls = [TorrentStalls.model_validate(each) for each in status.stalls]
            answer.last_stalls = [TorrentStall.model_validate(each) for each in status.last_stalls]
        return answer


def status_at_rest(record: TorrentRecord) -> TorrentStatus:
    """What can be said of a torrent that is not loaded."""
    pieces = -(-record.total_size // record.piece_length) if record.piece_length else 0
    on_disk = int.from_bytes(record.readable).bit_count()
    progress = on_disk / pieces if pieces else 0.0
    return TorrentStatus(
        record.info_hash,
        record.state,
        progress,
        download_rate=0,
        upload_rate=0,
        peers=0,
        readers=(),
        downloaded=0,
        total=record.traffic,
    )
