"""How the server is, over REST."""

from __future__ import annotations

from pydantic import Field

from momoshtrem.faces.api.answers import Answer, Bytes, Hash, Rate, TorrentReader
from momoshtrem.faces.api.inputs import Wired
from momoshtrem.services.health import Level


class Problem(Answer):
    """With an error something does not work, with a warning it may soon."""

    level: Level
    message: str = Field(examples=["Only 512 MiB are free on the disk of the cache."])


class Counts(Answer):
    """`proposed` files wait to be confirmed; failed jobs are those of the last week, without warming."""

    movies: int
    shows: int
    episodes: int
    torrents: int
    proposed: int
    jobs_waiting: int
    jobs_failed: int


class Disk(Answer):
    """Bytes free on the disk of the cache, and bytes the cache takes."""

    free: Bytes
    cache: Bytes


class Loaded(Answer):
    """A torrent that is loaded."""

    info_hash: Hash
    state: str = Field(examples=["streaming"])
    progress: float = Field(description="The share of the pieces that is on disk.", examples=[0.25])
    download_rate: Rate
    upload_rate: Rate
    peers: int
    readers: list[TorrentReader]


class Engine(Answer):
    """`listen_port` is null as long as peers cannot connect."""

    running: bool
    listen_port: int | None = Field(examples=[6881])
    listen_problem: str | None = Field(examples=["Cannot assign requested address"])
    loaded: list[Loaded]


class Tmdb(Answer):
    """`problem` is what was wrong when TMDB was asked last; it is not asked for this answer."""

    configured: bool
    problem: str | None = Field(examples=["TMDB cannot be reached."])


class Status(Answer):
    """`ok` is false when something does not work; `counts` and `disk` are null where they cannot be read."""

    ok: bool
    version: str = Field(examples=["0.1.0"])
    uptime: float = Field(description="Seconds since the start.", examples=[61.5])
    counts: Counts | None
    disk: Disk | None
    engine: Engine
    tmdb: Tmdb
    addresses: dict[str, str] = Field(
        description="Where each face listens.", examples=[{"api": "0.0.0.0:4444", "webdav": "0.0.0.0:36911"}]
    )
    listeners: int = Field(description="How many programs listen to events.")
    problems: list[Problem]


async def get_status(services: Wired) -> Status:
    """How the server is, and what is wrong with it. Nothing outside is asked."""
    return Status.model_validate(await services.health.check())
