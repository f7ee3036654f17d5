"""How the server is, over REST."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from momoshtrem.faces.api.answers import LEAVES_IN, Answer, Bytes, Hash, Rate, TorrentReader
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
    """Bytes free on the disk of the cache, bytes the cache takes at most, and may take."""

    free: Bytes
    cache: Bytes
    max_size: Bytes


class Loaded(Answer):
    """A torrent that is loaded."""

    info_hash: Hash
    state: str = Field(examples=["streaming"])
    progress: float = Field(description="The share of the pieces that is on disk.", examples=[0.25])
    download_rate: Rate
    upload_rate: Rate
    peers: int
    readers: list[TorrentReader]
    leaves_in: float | None = LEAVES_IN


class Blocklist(Answer):
    """`ranges` of addresses are blocked since `read_at`; `wrong` lines of the file cannot be understood."""

    ranges: int = Field(examples=[231_000])
    wrong: int
    read_at: datetime | None
    problem: str | None = Field(examples=[None])


class Network(Answer):
    """How the swarm is reached; without an `interface` by all there are. `problem`: why it is not."""

    interface: str = Field(examples=["tun0"])
    addresses: list[str] = Field(description="Those of the interface.", examples=[["10.8.0.2"]])
    problem: str | None = Field(
        examples=["The interface tun0 is gone: nothing is downloaded until it is back."]
    )
    proxy: str | None = Field(description="Without its credentials.", examples=["socks5://10.8.0.1:1080"])
    blocklist: Blocklist | None


class Engine(Answer):
    """`listen_port` is null as long as peers cannot connect, and behind a proxy."""

    running: bool
    listen_port: int | None = Field(examples=[6881])
    listen_problem: str | None = Field(examples=["Cannot assign requested address"])
    network: Network
    states: dict[str, int] = Field(
        description="How many torrents are loaded, by state.", examples=[{"streaming": 1, "idle": 2}]
    )
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
