"""A server, and swarms with films for it, each on addresses of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from bench.films import add_film, film_name, site_of
from bench.swarm.player import Film
from bench.swarm.profiles import MIB, Profile, Visitor
from momoshtrem.spawn import SpawnedServer
from tests.fakes.line import Peer
from tests.fakes.swarm import Swarm, open_swarm
from tests.fakes.tracker import Tracker, open_tracker

TICK = 0.1
INTERVAL, SHORT_INTERVAL = 60, 10
"""Seconds between two announces; the shorter where peers come and go."""


@dataclass(frozen=True, slots=True)
class Stage:
    film: Film
    swarm: Swarm


@asynccontextmanager
async def open_stage(
    server: SpawnedServer, source: Path, profile: Profile, piece: int, title: str
) -> AsyncIterator[Stage]:
    """A film that was never opened, from a swarm of this profile with pieces of so many MiB."""
    shared = source.parent / f"{film_name(title)}{source.suffix}"
    os.link(source, shared)
    lines = [visitor.line for visitor in profile.visitors]
    async with (
        open_tracker() as tracker,
        open_swarm(shared, lines=lines, piece_length=piece * MIB, trackers=[tracker.url]) as swarm,
        _come_and_go(profile, swarm.peers, tracker),
    ):
        path = await add_film(server, title, swarm)
        size = source.stat().st_size
        site, length = site_of(server), piece * MIB
        yield Stage(Film(site, path, source, size, length, profile.capacity, profile.lies), swarm)
    shared.unlink()


@asynccontextmanager
async def _come_and_go(profile: Profile, peers: Sequence[Peer], tracker: Tracker) -> AsyncIterator[None]:
    """Have the peers here when they should be; the tracker names those that are."""
    tracker.interval = SHORT_INTERVAL if profile.comes_and_goes else INTERVAL
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(_watch(list(zip(profile.visitors, peers, strict=True)), tracker))
        try:
            yield
        finally:
            watching.cancel()


async def _watch(visits: Sequence[tuple[Visitor, Peer]], tracker: Tracker) -> None:
    begun = monotonic()
    while True:
        for visitor, peer in visits:
            here = visitor.is_here(monotonic() - begun)
            if here and peer.away:
                peer.come_back()
            elif not here and not peer.away:
                peer.leave()
        tracker.peers = tuple(peer.address for _, peer in visits if not peer.away)
        await asyncio.sleep(TICK)
