"""A film whose swarm dies while it is watched, and its standby."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.e2e.conftest import StartServer
from tests.e2e.user import MOVIE_PATH, User
from tests.fakes.swarm import Line, make_source, open_swarm

KIB, MIB = 2**10, 2**20
SETTINGS = {"streaming__timeout": "2", "streaming__warm": "never"}


async def watch_it_die(user: User, source: Path, movie: int) -> bytearray:
    """What came of a film until its swarm was gone."""
    taken = bytearray()

    async def take(chunks: AsyncIterator[bytes], limit: int) -> None:
        async for chunk in chunks:
            taken.extend(chunk)
            if len(taken) >= limit:
                return

    async with open_swarm(source, lines=[Line(rate=2e6)], piece_length=64 * KIB) as swarm:
        await user.assign(f"movies/{movie}", swarm.magnet)
        async with user.http.stream("GET", user.url(MOVIE_PATH)) as response:
            chunks = response.aiter_raw()
            await take(chunks, MIB)
            swarm.peers[0].leave()
            with pytest.raises(httpx2.RemoteProtocolError):
                await take(chunks, 16 * MIB)
    return taken


async def test_a_swarm_dies_in_mid_stream_and_the_next_open_plays_the_standby(
    tmp_path: Path, start_server: StartServer
) -> None:
    standby = make_source(tmp_path / "The.Film.2020.720p.mkv", MIB, seed=1)
    watched = make_source(tmp_path / "The.Film.2020.1080p.mkv", 16 * MIB, seed=2)
    async with open_swarm(standby, piece_length=64 * KIB) as swarm:
        user = await start_server(**SETTINGS)
        movie = await user.add_movie()
        await user.assign(f"movies/{movie}", swarm.magnet)
        taken = await watch_it_die(user, watched, movie)
        assert watched.read_bytes().startswith(taken)
        before = await user.http.head(user.url(MOVIE_PATH))
        assert before.headers["content-length"] == str(16 * MIB)

        resumed = await user.read(Range=f"bytes={len(taken)}-")
        checked = await user.read(Range=f"bytes={len(taken)}-", **{"If-Range": before.headers["etag"]})
        assert (resumed.status_code, checked.status_code) == (503, 503)
        assert resumed.headers["retry-after"] == "1"
        assert (await user.http.head(user.url(MOVIE_PATH))).headers["etag"] == before.headers["etag"]

        opened = await user.read()
        assert (opened.status_code, opened.content) == (200, standby.read_bytes())
        await check_that_all_agree(user, opened, before)
        await check_what_is_told(user, movie)
    assert "Traceback" not in user.server.log.read_text()


async def check_that_all_agree(user: User, opened: httpx2.Response, before: httpx2.Response) -> None:
    """Listing and GET tell the same, and whoever holds a part of the old file gets no part of the new one."""
    listed = (await user.list(MOVIE_PATH, depth="0")).text
    for name, header in (("getcontentlength", "content-length"), ("getlastmodified", "last-modified")):
        assert f"<D:{name}>{opened.headers[header]}</D:{name}>" in listed
    assert opened.headers["etag"] != before.headers["etag"]
    old_tag, old_time = before.headers["etag"], before.headers["last-modified"]
    for name, value, status in (
        ("If-Range", old_tag, 200),
        ("If-Range", old_time, 200),
        ("If-Match", old_tag, 412),
        ("If-Unmodified-Since", old_time, 412),
    ):
        answer = await user.read(Range="bytes=9-", **{name: value})
        assert (name, answer.status_code) == (name, status)
    assert (await user.read(**{"If-None-Match": old_tag})).status_code == 200
    assert (await user.read(**{"If-Modified-Since": old_time})).status_code == 200


async def check_what_is_told(user: User, movie: int) -> None:
    shown, failed = (await user.ask("GET", f"/movies/{movie}"))["assignments"]
    assert (shown["path"], shown["failed_at"], shown["failure"]) == ("The.Film.2020.720p.mkv", None, "")
    assert failed["failed_at"]
    assert "Nothing came from the swarm for 2 s" in failed["failure"]
    links = (await user.ask("GET", "/explain", params={"movie_id": movie}))["links"]
    assert "The.Film.2020.1080p.mkv stands by, since it was not delivered" in links[1]["message"]
    await user.ask("POST", f"/assignments/{failed['id']}/confirm")
    assert (await user.http.head(user.url(MOVIE_PATH))).headers["content-length"] == str(16 * MIB)
