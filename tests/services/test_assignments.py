from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from momoshtrem.errors import InvalidInput, MomoshtremError, NotFound, Unavailable
from momoshtrem.library import assignments, movies, shows, torrents
from momoshtrem.library.database import Tx
from momoshtrem.model.media import Correction, NewEpisode, NewMovie, NewSeason, NewShow
from momoshtrem.model.torrent import Magnet, Metainfo
from momoshtrem.services.acquire import Source
from momoshtrem.services.assignments import Assignments
from momoshtrem.services.matching import Options, Report, Target
from tests.library.samples import magnet
from tests.services.rig import Rig, make_torrent

SHOW = Target("show", 1)
MOVIE = Target("movie", 1)
NO_OPTIONS = Options()
FOLDER = "/TV Shows/Frieren (2023)"
IDS = {season: [12 * (season - 1) + number for number in range(1, 13)] for season in (1, 2)}
"""The ids of the episodes by their season."""


def episode_file(number: int, group: str = "Subs") -> Metainfo:
    return make_torrent(f"[{group}] Frieren S01 - {number:02d} [1080p].mkv")


def add_titles(tx: Tx) -> None:
    seasons = tuple(NewSeason(n, tuple(NewEpisode(each) for each in range(1, 13))) for n in (1, 2))
    shows.insert(tx, NewShow("Frieren", 2023, 1, seasons))
    shows.insert(tx, NewShow("Another", 2020, 2, seasons[:1]))
    movies.insert(tx, NewMovie("Heat", 1995, 949))


@pytest.fixture
async def stocked(rig: Rig) -> Rig:
    await rig.db.run(add_titles)
    return rig


@pytest.fixture
def service(stocked: Rig) -> Assignments:
    return Assignments(stocked.db, stocked.warm)


async def assign(rig: Rig, target: Target, metainfo: Metainfo, options: Options = NO_OPTIONS) -> Report:
    report = await rig.acquire.assign(target, Source(blob=metainfo.blob), options)
    assert isinstance(report, Report)
    return report


async def assigned_to(rig: Rig, episode_id: int) -> list[str]:
    """The info-hashes of an episode's files, in their order."""
    found = await rig.db.run(assignments.find_for_episode, episode_id)
    return [one.info_hash for one in found]


class TestProposals:
    GUESS = make_torrent("Something.Else.2010.mkv")

    async def test_a_movie_of_another_name_is_only_proposed(self, stocked: Rig, service: Assignments) -> None:
        report = await assign(stocked, MOVIE, self.GUESS)
        assert [match.proposed for match in report.matched] == [True]
        assert stocked.paths() == []
        (proposal,) = (await service.list_page(10, 0, True)).items
        assert (proposal.title, proposal.assignment.proposed) == ("Heat", True)
        assert "Something Else" in proposal.assignment.reason

        await service.confirm(proposal.assignment.id)

        assert stocked.paths() == ["/Movies/Heat (1995)/Heat (1995).mkv"]
        assert (await service.list_page(10, 0, True)).total == 0

    async def test_it_replaces_nothing_until_it_is_confirmed(
        self, stocked: Rig, service: Assignments
    ) -> None:
        listed = make_torrent("Heat.1995.720p.mkv")
        await assign(stocked, MOVIE, listed)
        report = await assign(stocked, MOVIE, self.GUESS)
        assert report.matched[0].notes == ("waits while Heat.1995.720p.mkv (720p) stays listed",)
        (proposal,) = (await service.list_page(10, 0, True)).items
        found = await stocked.db.run(assignments.find_for_movie, 1)
        assert found[0].info_hash == listed.info_hash
        await service.confirm(proposal.assignment.id)
        found = await stocked.db.run(assignments.find_for_movie, 1)
        assert [one.info_hash for one in found] == [self.GUESS.info_hash, listed.info_hash]

    async def test_by_hand_it_is_listed_at_once(self, stocked: Rig) -> None:
        await assign(stocked, MOVIE, self.GUESS)
        report = await assign(stocked, MOVIE, self.GUESS, Options(file_index=0))
        assert not report.matched[0].proposed
        assert len(stocked.paths()) == 1

    async def test_a_pack_that_counts_through_is_listed(self, stocked: Rig) -> None:
        names = [f"[Subs] Frieren - {number:02d} [1080p].mkv" for number in range(1, 25)]
        report = await assign(stocked, SHOW, make_torrent("[Subs] Frieren [1080p]", *names))
        assert {match.proposed for match in report.matched} == {False}
        assert len(stocked.paths()) == 24

    async def test_one_that_is_rejected_is_gone(self, stocked: Rig, service: Assignments) -> None:
        await assign(stocked, MOVIE, self.GUESS)
        (proposal,) = (await service.list_page(10, 0, True)).items
        await service.remove(proposal.assignment.id)
        assert (await service.list_page(10, 0, None)).total == 0
        with pytest.raises(NotFound):
            await service.remove(proposal.assignment.id)


class TestConflicts:
    async def test_the_report_says_what_is_replaced(self, stocked: Rig) -> None:
        first, second = make_torrent("Heat.1995.2160p.WEB-DL-ONE.mkv"), make_torrent("Heat.1995.1080p.mkv")
        assert (await assign(stocked, MOVIE, first)).matched[0].notes == ()
        said = ("replaces Heat.1995.2160p.WEB-DL-ONE.mkv (2160p, WEB-DL, ONE), which stands by now",)
        dry = await assign(stocked, MOVIE, second, Options(dry_run=True))
        assert dry.matched[0].notes == said
        assert (await assign(stocked, MOVIE, second)).matched[0].notes == said
        assert (await assign(stocked, MOVIE, second)).matched[0].notes == ("is listed already",)

    async def test_another_version_replaces_nothing(self, stocked: Rig) -> None:
        await assign(stocked, MOVIE, make_torrent("Heat.1995.1080p.mkv"))
        large = make_torrent("Heat.1995.2160p.mkv")
        assert (await assign(stocked, MOVIE, large, Options(version="2160p"))).matched[0].notes == ()
        assert len(stocked.paths()) == 2

    async def test_replacing_keeps_the_path_but_for_the_extension(self, stocked: Rig) -> None:
        await assign(stocked, MOVIE, make_torrent("Heat.1995.1080p.mkv"))
        await assign(stocked, MOVIE, make_torrent("Heat.1995.2160p.mkv"))
        assert stocked.paths() == ["/Movies/Heat (1995)/Heat (1995).mkv"]
        await assign(stocked, MOVIE, make_torrent("Heat.1995.mp4"))
        assert stocked.paths() == ["/Movies/Heat (1995)/Heat (1995).mp4"]

    async def test_a_torrent_may_be_used_by_several_items(self, stocked: Rig) -> None:
        both = make_torrent("Both", "Heat.1995.mkv", "Frieren.S01E01.mkv")
        await assign(stocked, MOVIE, both, Options(file_index=0))
        await assign(stocked, Target("episode", 1), both, Options(file_index=1))
        assert len(stocked.paths()) == 2
        await stocked.acquire.unassign_movie(1)
        assert stocked.paths() == [f"{FOLDER}/Season 01/S01E01.mkv"]


class TestCorrections:
    async def test_a_correction_holds_for_later_files_of_the_group(
        self, stocked: Rig, service: Assignments
    ) -> None:
        await stocked.db.run(torrents.insert, episode_file(13))
        corrected = await service.correct(episode_file(13).info_hash, 0, IDS[2][:1])
        assert corrected.correction is not None
        assert corrected.correction.rule == Correction("subs", 1, 13, 2, 1)
        assert stocked.paths() == [f"{FOLDER}/Season 02/S02E01.mkv"]

        report = await assign(stocked, SHOW, episode_file(14))

        assert [episode.id for episode in report.matched[0].episodes] == IDS[2][1:2]
        assert not report.matched[0].proposed
        assert stocked.paths()[-1] == f"{FOLDER}/Season 02/S02E02.mkv"

    async def test_it_holds_for_one_episode_too(self, stocked: Rig, service: Assignments) -> None:
        await stocked.db.run(torrents.insert, episode_file(13))
        await service.correct(episode_file(13).info_hash, 0, IDS[2][:1])
        await assign(stocked, Target("episode", IDS[2][2]), episode_file(15))
        assert await assigned_to(stocked, IDS[2][2]) == [episode_file(15).info_hash]

    async def test_it_leaves_other_groups_and_earlier_numbers(
        self, stocked: Rig, service: Assignments
    ) -> None:
        await stocked.db.run(torrents.insert, episode_file(7))
        await service.correct(episode_file(7).info_hash, 0, IDS[2][:1])
        await assign(stocked, SHOW, episode_file(8, "Others"))
        await assign(stocked, SHOW, episode_file(6))
        assert await assigned_to(stocked, IDS[1][7]) == [episode_file(8, "Others").info_hash]
        assert await assigned_to(stocked, IDS[1][5]) == [episode_file(6).info_hash]

    async def test_the_file_leaves_the_wrong_episode(self, stocked: Rig, service: Assignments) -> None:
        metainfo = episode_file(3)
        await assign(stocked, SHOW, metainfo, Options(version="fansub"))
        await service.correct(metainfo.info_hash, 0, IDS[2][:2])
        assert await assigned_to(stocked, IDS[1][2]) == []
        assert stocked.paths() == [f"{FOLDER}/Season 02/S02E01-E02 - fansub.mkv"]

    async def test_a_name_without_numbers_makes_no_rule(self, stocked: Rig, service: Assignments) -> None:
        metainfo = make_torrent("[Subs] Frieren.mkv")
        await stocked.db.run(torrents.insert, metainfo)
        assert (await service.correct(metainfo.info_hash, 0, [1])).correction is None
        assert await assigned_to(stocked, 1) == [metainfo.info_hash]
        assert (await service.list_corrections(1, 10, 0)).total == 0

    async def test_a_rule_is_forgotten(self, stocked: Rig, service: Assignments) -> None:
        await stocked.db.run(torrents.insert, episode_file(3))
        corrected = await service.correct(episode_file(3).info_hash, 0, IDS[2][:1])
        assert corrected.correction is not None
        page = await service.list_corrections(1, 10, 0)
        assert page.items == (corrected.correction,)
        await service.remove_correction(1, corrected.correction.id)
        await assign(stocked, SHOW, episode_file(4))
        assert await assigned_to(stocked, IDS[1][3]) == [episode_file(4).info_hash]
        with pytest.raises(NotFound):
            await service.list_corrections(9, 10, 0)

    WAITING = replace(magnet("e" * 40), name="waits")

    @pytest.mark.parametrize(
        ("info_hash", "file_index", "episode_ids", "error"),
        [
            ("f" * 40, 0, [1], NotFound),
            (WAITING.info_hash, 0, [1], Unavailable),
            (episode_file(3).info_hash, 1, [1], InvalidInput),
            (episode_file(3).info_hash, 0, [999], NotFound),
            (episode_file(3).info_hash, 0, [1, 25], InvalidInput),
            (episode_file(3).info_hash, 0, [], InvalidInput),
        ],
    )
    async def test_what_is_refused_changes_nothing(
        self,
        stocked: Rig,
        service: Assignments,
        info_hash: str,
        file_index: int,
        episode_ids: Sequence[int],
        error: type[MomoshtremError],
    ) -> None:
        await assign(stocked, SHOW, episode_file(3))
        waiting: Magnet = self.WAITING
        await stocked.db.run(torrents.insert_magnet, waiting)
        with pytest.raises(error):
            await service.correct(info_hash, file_index, episode_ids)
        assert await assigned_to(stocked, IDS[1][2]) == [episode_file(3).info_hash]
        assert (await service.list_corrections(1, 10, 0)).total == 0
