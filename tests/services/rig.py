"""The services on a real database, with an engine and a swarm that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import libtorrent as lt

from momoshtrem.events import EventBus
from momoshtrem.library.database import Database
from momoshtrem.model.job import Job
from momoshtrem.model.torrent import FileRef, Metainfo
from momoshtrem.services.acquire import Acquire
from momoshtrem.services.jobs import UNFINISHED, Jobs
from momoshtrem.services.metadata import Metadata
from momoshtrem.services.projection import Projection
from momoshtrem.services.standbys import Standbys
from momoshtrem.services.store import LibraryStore
from momoshtrem.services.streams import Streams
from momoshtrem.services.torrents import Torrents
from momoshtrem.services.warm import Warm
from momoshtrem.settings import Streaming, TreeSettings
from momoshtrem.torrents.cache.folder import CacheFolder
from momoshtrem.torrents.metainfo import parse_metainfo
from momoshtrem.vfs.tree import File, Folder, Tree
from tests.fakes.engine import FakeEngine
from tests.library.samples import running

PIECE = 16 * 2**10
LIMIT = 20.0
NOT_WARMED = Streaming(warm="never")
NO_CACHE = Path("there-is-no-such-folder")


@dataclass(frozen=True, slots=True)
class Rig:
    db: Database
    engine: FakeEngine
    jobs: Jobs
    acquire: Acquire
    torrents: Torrents
    streams: Streams
    warm: Warm
    bus: EventBus

    @property
    def tree(self) -> Tree:
        return self.streams.tree

    def paths(self) -> list[str]:
        return list(files_of(self.tree))

    async def finish(self, job_id: int) -> Job:
        """The job, once it has ended."""
        return await self.follow(job_id, lambda job: job.state not in UNFINISHED)

    async def follow(self, job_id: int, is_there: Callable[[Job], bool]) -> Job:
        async with asyncio.timeout(LIMIT):
            while not is_there(job := await self.jobs.get(job_id)):
                await asyncio.sleep(0.002)
            return job


@asynccontextmanager
async def open_rig(
    url: str, prepare: Callable[[Jobs], None] = lambda _: None, streaming: Streaming = NOT_WARMED
) -> AsyncIterator[Rig]:
    """Everything behind the faces, on this database; entered again it is a restart.

    `prepare` registers further kinds of jobs before they start.
    """
    bus = EventBus()
    async with running(url, bus) as db:
        projection = Projection(db, bus, TreeSettings())
        await projection.build()
        async with asyncio.TaskGroup() as tasks:
            engine = FakeEngine(LibraryStore(db))
            jobs = Jobs(db, tasks)
            warm = Warm(db, engine, jobs, tasks, streaming)
            acquire = Acquire(db, Metadata(db, engine), jobs, warm)
            torrents = Torrents(db, engine, CacheFolder(NO_CACHE))
            prepare(jobs)
            await jobs.start()
            streams = Streams(projection, engine, warm, Standbys(db, engine, tasks))
            yield Rig(db, engine, jobs, acquire, torrents, streams, warm, bus)
            await jobs.close()
            await engine.close()


def make_torrent(name: str, *files: str, size: int = 2**20, trackers: tuple[str, ...] = ()) -> Metainfo:
    """A torrent of zeros: one file called `name`, or these files in a folder of that name."""
    pieces = bytes(20) * -(-size * max(1, len(files)) // PIECE)
    info: dict[bytes, object] = {b"name": name.encode(), b"piece length": PIECE, b"pieces": pieces}
    if files:
        info[b"files"] = [{b"length": size, b"path": path.encode().split(b"/")} for path in files]
    else:
        info[b"length"] = size
    tiers = [[tracker.encode()] for tracker in trackers]
    return parse_metainfo(lt.bencode({b"info": info, b"announce-list": tiers}))  # type: ignore[arg-type]


def ref_of(metainfo: Metainfo, file_index: int = 0) -> FileRef:
    return FileRef(metainfo.info_hash, file_index, metainfo.files[file_index].size)


def magnet_of(metainfo: Metainfo, *peers: str) -> str:
    named = "".join(f"&x.pe={peer}" for peer in peers)
    return f"magnet:?xt=urn:btih:{metainfo.info_hash}&dn=magnet{named}"


def files_of(tree: Tree) -> dict[str, File]:
    """All files by their paths."""
    return dict(_walk("", tree.root))


def _walk(path: str, folder: Folder) -> Iterator[tuple[str, File]]:
    for child in folder.children:
        below = f"{path}/{child.name}"
        if isinstance(child, File):
            yield below, child
        else:
            yield from _walk(below, child)
