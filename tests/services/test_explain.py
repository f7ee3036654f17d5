from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest

from momoshtrem.errors import InvalidInput, NotFound
from momoshtrem.library import assignments, jobs, torrents
from momoshtrem.services.explain import Explain
from tests.library.samples import HASH_A, HASH_B, assign, assignment, fill
from tests.services.rig import Rig, make_torrent, ref_of

HEAT = "/Movies/Heat (1995)/Heat (1995).mkv"
FARGO = "/TV Shows/Fargo (2014)"


@pytest.fixture
async def explainer(rig: Rig) -> Explain:
    """Of a library where Heat has a file and a standby, and the first episode of Fargo a file."""
    await rig.db.run(fill)
    await rig.db.run(
        assign,
        assignment(HASH_B, movie_id=1),
        assignment(HASH_A, movie_id=1),
        assignment(HASH_A, 1, episode_id=1),
        assignment(HASH_B, 1, "2160p", episode_id=1),
    )
    return Explain(rig.db, rig.engine, rig.streams)


async def test_all_ways_to_name_a_movie(rig: Rig, explainer: Explain) -> None:
    found = await explainer.movie(1)
    for path in (HEAT, quote(HEAT), HEAT.lower(), "/Movies/Heat (1995)/", "Movies/Heat (1995)/other.avi"):
        assert await explainer.path(path) == found
    assert found.item.title == "Heat (1995)"
    assert found.broken is None
    assert rig.engine.opened == []


async def test_an_episode_by_the_file_that_is_listed(rig: Rig, explainer: Explain) -> None:
    listed = [path for path in rig.paths() if path.startswith(FARGO)]
    found = [await explainer.path(path) for path in listed]
    assert {each.item.id for each in found} == {1}
    assert {each.links[1].details["version"] for each in found} == {"", "2160p"}
    assert (await explainer.episode(1)).item.title == "Fargo S01E01"


async def test_an_item_that_is_not_listed_any_more(rig: Rig, explainer: Explain) -> None:
    await rig.db.run(assignments.delete_for_movie, 1)
    for path in (HEAT, "/Movies/Heat (1995) {tmdb-949}/x.mkv", "/Movies/Other (1990) [tmdbid-949]/x.mkv"):
        found = await explainer.path(path)
        assert found.broken is not None
        assert (found.item.id, found.broken.link) == (1, "assignment")
    found = await explainer.path(f"{FARGO}/Season 02/S02E01 - Waiting.mkv")
    assert (found.item.id, len(found.links)) == (3, 2)


@pytest.mark.parametrize("target", [("movie", "1"), ("show", "1")])
async def test_a_job_that_may_bring_a_file(rig: Rig, explainer: Explain, target: tuple[str, str]) -> None:
    await rig.db.run(assignments.delete_for_movie, 1)
    subject = {"target": target[0], "id": target[1]}
    job = await rig.db.run(jobs.insert, "assign", subject, "No peer was found.")
    found = await (explainer.movie(1) if target[0] == "movie" else explainer.episode(2))
    assert found.broken is not None
    assert "No peer was found." in found.broken.message
    assert found.broken.details["job_id"] == job.id


async def test_a_reader_that_waits(rig: Rig, explainer: Explain) -> None:
    metainfo = make_torrent("Heat.mkv")
    rig.engine.share(metainfo, bytes(metainfo.total_size), live=False)
    await rig.db.run(torrents.insert, metainfo)
    await rig.db.run(assign, assignment(metainfo.info_hash, movie_id=1))
    rig.engine.read_timeout = 60
    reader = await rig.engine.open(ref_of(metainfo))
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(reader.read(0, 10))
        while not rig.engine.list_wishes(metainfo.info_hash):
            await asyncio.sleep(0)
        broken = (await explainer.path(HEAT)).broken
        reading.cancel()
    assert broken is not None
    assert broken.link == "peers"


@pytest.mark.parametrize("path", ["/", "", "/Movies", "/Music/Heat", FARGO, f"{FARGO}/Season 01"])
async def test_a_path_that_names_no_item(explainer: Explain, path: str) -> None:
    with pytest.raises(InvalidInput):
        await explainer.path(path)


@pytest.mark.parametrize(
    "path", ["/Movies/Nothing (1995)", "/TV Shows/Nothing/S01E01.mkv", f"{FARGO}/Season 09/S09E09.mkv"]
)
async def test_a_path_of_nothing(explainer: Explain, path: str) -> None:
    with pytest.raises(NotFound):
        await explainer.path(path)


async def test_ids_of_nothing(explainer: Explain) -> None:
    with pytest.raises(NotFound):
        await explainer.movie(9)
    with pytest.raises(NotFound):
        await explainer.episode(9)
