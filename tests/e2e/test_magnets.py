"""Magnets whose swarm is not there yet: a job waits, says for what, and goes on after a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.e2e.conftest import StartServer
from tests.e2e.user import User
from tests.fakes.swarm import make_source, open_swarm


async def follow(user: User, job_id: int, key: str, wanted: str) -> Any:
    """The job, once it says what is wanted."""
    async with asyncio.timeout(30):
        while wanted not in (job := await user.ask("GET", f"/jobs/{job_id}"))[key]:
            await asyncio.sleep(0.05)
        return job


async def assign_dead(user: User, movie_id: int, info_hash: str, tracker: str = "") -> int:
    magnet = f"magnet:?xt=urn:btih:{info_hash}{tracker}"
    answer = await user.assign(f"movies/{movie_id}", magnet, wait=0.5)
    assert answer.status_code == 202
    return int(answer.json()["job"]["id"])


async def test_a_magnet_outlasts_a_restart_until_a_peer_is_named(
    start_server: StartServer, tmp_path: Path
) -> None:
    film = make_source(tmp_path / "The.Film.2020.1080p.mkv", 300_000)
    first = await start_server()
    async with open_swarm(film) as swarm:
        job_id = await assign_dead(first, await first.add_movie(), swarm.info_hash)
        await follow(first, job_id, "message", "the magnet names nobody to ask")
        await first.server.stop()

        second = await start_server()
        await follow(second, job_id, "state", "running")
        await second.tell_peers(swarm.info_hash, [peer.address for peer in swarm.peers])
        done = await follow(second, job_id, "state", "done")
        assert done["message"] == "1 of 1 files were assigned."
        assert (await second.read()).content == film.read_bytes()


async def test_a_cancelled_magnet_makes_room_and_is_tried_again(start_server: StartServer) -> None:
    user = await start_server(torrent__max_metadata_fetches="1")
    movie_id = await user.add_movie()
    dead = "&tr=http://127.0.0.1:1/announce"
    first = await assign_dead(user, movie_id, "a" * 40, dead)
    second = await assign_dead(user, movie_id, "b" * 40, dead)
    await follow(user, first, "message", "no tracker answered (127.0.0.1: Connection refused)")
    await follow(user, second, "message", "waits for its turn")
    await user.ask("DELETE", f"/jobs/{first}")
    assert (await user.ask("GET", f"/torrents/{'a' * 40}"))["reason"] == "Cancelled."
    await follow(user, second, "message", "no tracker answered")
    assert (await user.ask("POST", f"/jobs/{first}/retry"))["state"] == "queued"
    await user.ask("DELETE", f"/jobs/{second}")
    await follow(user, first, "message", "no tracker answered")
    assert (await user.ask("GET", f"/torrents/{'a' * 40}"))["state"] == "awaiting_metadata"
