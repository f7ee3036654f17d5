from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from momoshtrem.errors import InvalidInput, InvalidTorrent, MomoshtremError, NoMatch, NotFound, Unavailable
from momoshtrem.library import assignments, movies, shows, torrents
from momoshtrem.library.database import Tx
from momoshtrem.model.job import Job, JobState
from momoshtrem.model.media import NewEpisode, NewSeason
from momoshtrem.model.stored import TorrentState
from momoshtrem.model.torrent import Metainfo
from momoshtrem.services.acquire import Source
from momoshtrem.services.matching import Options, Report, Target
from tests.library.samples import FARGO, HEAT
from tests.services.rig import Rig, magnet_of, make_torrent, open_rig, ref_of

FILM = make_torrent("Heat.1995.1080p.BluRay.x264-GRP.mkv", trackers=("udp://one.test:1",))
PACK = make_torrent("Fargo.S01", "Fargo.S01E01.mkv", "Fargo.S01E02.mkv", "readme.txt")
LATER = make_torrent("Fargo.S01", "Fargo.S01E01.mkv", "Fargo.S01E03.mkv")
JUNK = make_torrent("Junk", "a.rar", "b.exe")
MOVIE, SHOW, EPISODE = Target("movie", 1), Target("show", 1), Target("episode", 2)
HEAT_PATH = "/Movies/Heat (1995)/Heat (1995).mkv"
FARGO_PATHS = [
    "/TV Shows/Fargo (2014)/Season 01/S01E01 - The Crocodile's Dilemma.mkv",
    "/TV Shows/Fargo (2014)/Season 01/S01E02 - The Rooster Prince.mkv",
]
NO_OPTIONS = Options()


def add_titles(tx: Tx) -> None:
    movies.insert(tx, HEAT)
    shows.insert(tx, FARGO)


@pytest.fixture
async def stocked(rig: Rig) -> Rig:
    """With the movie Heat and the show Fargo."""
    await rig.db.run(add_titles)
    return rig


async def assert_unchanged(rig: Rig) -> None:
    assert rig.paths() == []
    assert (await rig.torrents.list_page(10, 0)).total == 0
    assert (await rig.jobs.list_page(10, 0)).total == 0


class TestFile:
    async def test_a_movie(self, stocked: Rig) -> None:
        report = await stocked.acquire.assign(MOVIE, Source(blob=FILM.blob), NO_OPTIONS)
        assert isinstance(report, Report)
        assert (report.info_hash, len(report.matched)) == (FILM.info_hash, 1)
        assert stocked.paths() == [HEAT_PATH]
        record = await stocked.db.run(torrents.get, FILM.info_hash)
        assert (record.state, record.trackers) == (TorrentState.READY, ("udp://one.test:1",))

    async def test_a_show(self, stocked: Rig) -> None:
        await stocked.acquire.assign(SHOW, Source(blob=PACK.blob), NO_OPTIONS)
        assert stocked.paths() == FARGO_PATHS

    async def test_one_episode_of_a_pack(self, stocked: Rig) -> None:
        await stocked.acquire.assign(EPISODE, Source(blob=PACK.blob), NO_OPTIONS)
        assert stocked.paths() == FARGO_PATHS[1:]

    async def test_by_hand(self, stocked: Rig) -> None:
        await stocked.acquire.assign(EPISODE, Source(blob=FILM.blob), Options(file_index=0))
        assert stocked.paths() == FARGO_PATHS[1:]

    async def test_the_same_again_changes_nothing(self, stocked: Rig) -> None:
        for _ in range(2):
            await stocked.acquire.assign(SHOW, Source(blob=PACK.blob), NO_OPTIONS)
        assert len(await stocked.db.run(assignments.find_for_show, 1)) == 2
        assert stocked.paths() == FARGO_PATHS

    async def test_a_second_version(self, stocked: Rig) -> None:
        other = make_torrent("Heat.1995.2160p.mkv")
        await stocked.acquire.assign(MOVIE, Source(blob=FILM.blob), NO_OPTIONS)
        await stocked.acquire.assign(MOVIE, Source(blob=other.blob), Options(version="2160p"))
        assert stocked.paths() == ["/Movies/Heat (1995)/Heat (1995) - 2160p.mkv", HEAT_PATH]

    async def test_a_version_in_other_case_replaces_what_it_names(self, stocked: Rig) -> None:
        other = make_torrent("Heat.1995.2160p.mkv")
        await stocked.acquire.assign(MOVIE, Source(blob=FILM.blob), Options(version="4k"))
        report = await stocked.acquire.assign(MOVIE, Source(blob=other.blob), Options(version="4K"))
        assert isinstance(report, Report)
        assert report.matched[0].notes[0].startswith("replaces Heat.1995.1080p")
        assert stocked.paths() == ["/Movies/Heat (1995)/Heat (1995) - 4k.mkv"]


REFUSED: list[tuple[str, Target, Source, Options, type[MomoshtremError]]] = [
    ("no such movie", Target("movie", 9), Source(blob=FILM.blob), NO_OPTIONS, NotFound),
    ("no such show", Target("show", 9), Source(blob=PACK.blob), NO_OPTIONS, NotFound),
    ("no such episode", Target("episode", 9), Source(blob=PACK.blob), NO_OPTIONS, NotFound),
    ("nothing to play", MOVIE, Source(blob=JUNK.blob), NO_OPTIONS, NoMatch),
    ("nothing to play", SHOW, Source(blob=JUNK.blob), NO_OPTIONS, NoMatch),
    ("another film", EPISODE, Source(blob=FILM.blob), NO_OPTIONS, NoMatch),
    ("no such file", MOVIE, Source(blob=FILM.blob), Options(file_index=1), InvalidInput),
    ("by hand for a show", SHOW, Source(blob=PACK.blob), Options(file_index=0), InvalidInput),
    ("no torrent", MOVIE, Source(blob=b"<html>"), NO_OPTIONS, InvalidTorrent),
    ("no magnet", MOVIE, Source("magnet:?xt=urn:btih:12"), NO_OPTIONS, InvalidTorrent),
    ("neither", MOVIE, Source(), NO_OPTIONS, InvalidInput),
    ("both", MOVIE, Source(magnet_of(FILM), FILM.blob), NO_OPTIONS, InvalidInput),
]


@pytest.mark.parametrize(
    ("target", "source", "options", "error"),
    [each[1:] for each in REFUSED],
    ids=[each[0] for each in REFUSED],
)
async def test_what_is_refused_changes_nothing(
    stocked: Rig, target: Target, source: Source, options: Options, error: type[MomoshtremError]
) -> None:
    with pytest.raises(error):
        await stocked.acquire.assign(target, source, options, wait=0)
    await assert_unchanged(stocked)


async def test_a_show_without_the_episodes_of_a_torrent_gets_nothing(stocked: Rig) -> None:
    other = make_torrent("Fargo.S05", "Fargo.S05E01.mkv")
    report = await stocked.acquire.assign(SHOW, Source(blob=other.blob), NO_OPTIONS)
    assert isinstance(report, Report)
    assert (report.matched, len(report.unmatched)) == ((), 1)
    await assert_unchanged(stocked)


class TestDryRun:
    async def test_it_tells_all_and_changes_nothing(self, stocked: Rig) -> None:
        stocked.engine.share(PACK, b"")
        for source in (Source(blob=PACK.blob), Source(magnet_of(PACK))):
            report = await stocked.acquire.assign(SHOW, source, Options(dry_run=True))
            assert isinstance(report, Report)
            assert report.dry_run
            assert [match.file.index for match in report.matched] == [0, 1]
        await assert_unchanged(stocked)

    async def test_it_leaves_no_job(self, stocked: Rig) -> None:
        with pytest.raises(Unavailable):
            await stocked.acquire.assign(MOVIE, Source(magnet_of(FILM)), Options(dry_run=True), wait=0.01)
        await assert_unchanged(stocked)


class TestMagnet:
    async def test_the_swarm_gives_the_file_list(self, stocked: Rig) -> None:
        stocked.engine.share(FILM, b"", peers=("127.0.0.1:7",))
        magnet = magnet_of(FILM, "127.0.0.1:7") + "&tr=udp://two.test:2"
        report = await stocked.acquire.assign(MOVIE, Source(magnet), NO_OPTIONS)
        assert isinstance(report, Report)
        assert stocked.paths() == [HEAT_PATH]
        record = await stocked.db.run(torrents.get, FILM.info_hash)
        assert record.peers == ("127.0.0.1:7",)
        assert record.trackers == ("udp://one.test:1", "udp://two.test:2")

    async def test_of_a_known_torrent_needs_no_swarm_and_adds_its_peers(self, stocked: Rig) -> None:
        await stocked.db.run(torrents.insert, FILM)
        report = await stocked.acquire.assign(
            MOVIE, Source(magnet_of(FILM, "127.0.0.1:7")), NO_OPTIONS, wait=0
        )
        assert isinstance(report, Report)
        assert stocked.paths() == [HEAT_PATH]
        assert (await stocked.db.run(torrents.get, FILM.info_hash)).peers == ("127.0.0.1:7",)

    @pytest.mark.parametrize("private", [False, True])
    async def test_its_trackers_are_kept_too_unless_the_torrent_is_private(
        self, stocked: Rig, private: bool
    ) -> None:
        await stocked.db.run(torrents.insert, replace(FILM, private=private))
        await stocked.acquire.assign(MOVIE, Source(magnet_of(FILM) + "&tr=udp://two.test:2"), NO_OPTIONS)
        trackers = (await stocked.db.run(torrents.get, FILM.info_hash)).trackers
        assert trackers == (FILM.trackers if private else (*FILM.trackers, "udp://two.test:2"))

    async def test_a_loaded_torrent_is_told_of_its_trackers(self, stocked: Rig) -> None:
        stocked.engine.share(FILM, b"content", peers=("udp://two.test:2",))
        await stocked.db.run(torrents.insert, FILM)
        reader = await stocked.engine.open(ref_of(FILM))
        await stocked.acquire.assign(MOVIE, Source(magnet_of(FILM) + "&tr=udp://two.test:2"), NO_OPTIONS)
        assert await reader.read(0, 10) == b"content"

    async def test_a_loaded_torrent_is_told_of_its_peers(self, stocked: Rig) -> None:
        stocked.engine.share(FILM, b"", peers=("127.0.0.1:7",))
        await stocked.db.run(torrents.insert, FILM)
        await stocked.engine.open(ref_of(FILM))
        await stocked.acquire.assign(MOVIE, Source(magnet_of(FILM, "127.0.0.1:7")), NO_OPTIONS)
        status = stocked.engine.find_status(FILM.info_hash)
        assert status is not None
        assert status.peers == 1

    async def test_an_episode_that_comes_while_the_swarm_is_asked_is_found(self, stocked: Rig) -> None:
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(
                stocked.acquire.assign(SHOW, Source(magnet_of(LATER)), NO_OPTIONS, wait=10)
            )
            await add_episode_during_search(stocked)
            stocked.engine.share(LATER, b"")
        report = waiting.result()
        assert isinstance(report, Report)
        assert len(report.matched) == 2


async def add_episode_during_search(rig: Rig) -> None:
    while not rig.engine.count_fetches():
        await asyncio.sleep(0.001)
    await rig.db.run(shows.merge, SHOW.id, [NewSeason(1, (NewEpisode(3),))])


async def give_up_waiting(rig: Rig, target: Target, magnet: str, options: Options = NO_OPTIONS) -> Job:
    job = await rig.acquire.assign(target, Source(magnet), options, wait=0.01)
    assert isinstance(job, Job)
    return job


class TestJob:
    async def test_it_goes_on_until_a_peer_comes(self, stocked: Rig) -> None:
        job = await give_up_waiting(stocked, SHOW, magnet_of(PACK))
        record = await stocked.db.run(torrents.get, PACK.info_hash)
        assert (record.state, record.name) == (TorrentState.AWAITING_METADATA, "magnet")
        assert stocked.paths() == []

        stocked.engine.share(PACK, b"")

        done = await stocked.finish(job.id)
        assert (done.state, done.message) == (JobState.DONE, "2 of 3 files were assigned.")
        assert stocked.paths() == FARGO_PATHS
        assert (await stocked.db.run(torrents.get, PACK.info_hash)).state is TorrentState.READY

    async def test_an_episode_that_came_meanwhile_is_found(self, stocked: Rig) -> None:
        job = await give_up_waiting(stocked, SHOW, magnet_of(LATER))
        async with asyncio.timeout(10):
            await add_episode_during_search(stocked)
        stocked.engine.share(LATER, b"")
        assert (await stocked.finish(job.id)).message == "2 of 2 files were assigned."

    async def test_it_keeps_the_options(self, stocked: Rig) -> None:
        job = await give_up_waiting(stocked, EPISODE, magnet_of(PACK), Options(file_index=0, version="2160p"))
        stocked.engine.share(PACK, b"")
        await stocked.finish(job.id)
        (chosen,) = await stocked.db.run(assignments.find_for_episode, EPISODE.id)
        assert (chosen.file_index, chosen.version) == (0, "2160p")

    async def test_it_survives_a_restart(self, url: str) -> None:
        async with open_rig(url) as first:
            await first.db.run(add_titles)
            job = await give_up_waiting(first, MOVIE, magnet_of(FILM))
        async with open_rig(url) as second:
            assert (await second.jobs.get(job.id)).state in (JobState.QUEUED, JobState.RUNNING)
            second.engine.share(FILM, b"")
            assert (await second.finish(job.id)).state is JobState.DONE
            assert second.paths() == [HEAT_PATH]

    @pytest.mark.parametrize("pack", [JUNK, make_torrent("Fargo.S05", "Fargo.S05E01.mkv")])
    async def test_a_torrent_without_the_episodes_fails_with_the_reason(
        self, stocked: Rig, pack: Metainfo
    ) -> None:
        job = await give_up_waiting(stocked, SHOW, magnet_of(pack))
        stocked.engine.share(pack, b"")
        failed = await stocked.finish(job.id)
        record = await stocked.db.run(torrents.get, pack.info_hash)
        assert (failed.state, record.state) == (JobState.FAILED, TorrentState.FAILED)
        assert failed.message == record.reason != ""

    async def test_a_movie_that_was_removed_meanwhile_gets_nothing(self, stocked: Rig) -> None:
        job = await give_up_waiting(stocked, MOVIE, magnet_of(FILM))
        await stocked.follow(job.id, lambda job: job.state is JobState.RUNNING)
        await stocked.db.run(movies.delete, MOVIE.id)
        stocked.engine.share(FILM, b"")
        assert (await stocked.finish(job.id)).state is JobState.FAILED
        assert stocked.paths() == []

    async def test_a_torrent_that_was_removed_meanwhile_does_not_come_back(self, stocked: Rig) -> None:
        job = await give_up_waiting(stocked, MOVIE, magnet_of(FILM))
        await stocked.follow(job.id, lambda job: job.state is JobState.RUNNING)
        await stocked.torrents.remove(FILM.info_hash, delete_files=True)
        stocked.engine.share(FILM, b"")
        assert (await stocked.finish(job.id)).state is JobState.FAILED
        assert (await stocked.torrents.list_page(10, 0)).total == 0

    async def test_a_cancelled_one_assigns_nothing(self, stocked: Rig) -> None:
        job = await give_up_waiting(stocked, MOVIE, magnet_of(FILM))
        await stocked.jobs.cancel(job.id)
        stocked.engine.share(FILM, b"")
        assert (await stocked.finish(job.id)).state is JobState.CANCELLED
        assert stocked.paths() == []

    async def test_two_may_wait_for_one_torrent(self, stocked: Rig) -> None:
        ids = [
            (await give_up_waiting(stocked, Target("episode", each), magnet_of(PACK))).id for each in (1, 2)
        ]
        stocked.engine.share(PACK, b"")
        assert [(await stocked.finish(each)).state for each in ids] == [JobState.DONE] * 2
        assert stocked.paths() == FARGO_PATHS


class TestUnassign:
    async def test_a_movie(self, stocked: Rig) -> None:
        await stocked.acquire.assign(MOVIE, Source(blob=FILM.blob), NO_OPTIONS)
        await stocked.acquire.unassign_movie(1)
        assert stocked.paths() == []
        assert (await stocked.torrents.list_page(10, 0)).total == 1

    async def test_an_episode(self, stocked: Rig) -> None:
        await stocked.acquire.assign(SHOW, Source(blob=PACK.blob), NO_OPTIONS)
        await stocked.acquire.unassign_episode(1)
        assert stocked.paths() == FARGO_PATHS[1:]

    async def test_what_is_not_there(self, stocked: Rig) -> None:
        with pytest.raises(NotFound):
            await stocked.acquire.unassign_movie(9)
        with pytest.raises(NotFound):
            await stocked.acquire.unassign_episode(9)
