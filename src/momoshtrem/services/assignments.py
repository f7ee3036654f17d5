"""What is assigned: proposals to confirm, standbys to show, and corrections by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from momoshtrem.errors import InvalidInput
from momoshtrem.identify.corrections import named_numbers, release_group
from momoshtrem.library import assignments, corrections, shows, torrents
from momoshtrem.library.database import Database, Tx
from momoshtrem.model.media import (
    Assignment,
    Correction,
    Episode,
    Page,
    StoredCorrection,
    TitledAssignment,
)
from momoshtrem.model.names import fold
from momoshtrem.model.torrent import Metainfo
from momoshtrem.services.matching import Options, Target, match_by_hand, new_assignments
from momoshtrem.services.warm import Warm


@dataclass(frozen=True, slots=True)
class CorrectedFile:
    """What a file stands for now; no `correction` was kept where its name tells no number or no group."""

    assignments: tuple[Assignment, ...]
    correction: StoredCorrection | None


class Assignments:
    """Lists, confirms, removes and corrects assignments."""

    def __init__(self, db: Database, warm: Warm) -> None:
        self._db = db
        self._warm = warm

    async def list_page(self, limit: int, offset: int, proposed: bool | None) -> Page[TitledAssignment]:
        """The latest first: only proposals, all but those, or all."""
        return await self._db.run(assignments.list_page, limit, offset, proposed)

    async def confirm(self, assignment_id: int) -> Assignment:
        """Show a proposal, or a standby, in the place of what is shown, which then stands by."""
        confirmed = await self._db.run(assignments.confirm, assignment_id)
        await self._warm.torrent(confirmed.info_hash)
        return confirmed

    async def remove(self, assignment_id: int) -> None:
        """Reject a proposal, or take one file off its item; the best standby is shown instead."""
        await self._db.run(assignments.delete, assignment_id)

    async def correct(self, info_hash: str, file_index: int, episode_ids: Sequence[int]) -> CorrectedFile:
        """Say which episodes of a show a file holds, and keep that as a rule for its release group.

        Other episodes of the show lose the file. Raises NotFound, Unavailable before the file list is known,
        and InvalidInput for a file that cannot be played or episodes of several shows.
        """
        corrected = await self._db.run(correct, info_hash, file_index, episode_ids)
        await self._warm.torrent(corrected.assignments[0].info_hash)
        return corrected

    async def list_corrections(self, show_id: int, limit: int, offset: int) -> Page[StoredCorrection]:
        """Raises NotFound when there is no such show."""
        await self._db.run(shows.get, show_id)
        return await self._db.run(corrections.list_page, show_id, limit, offset)

    async def remove_correction(self, show_id: int, correction_id: int) -> None:
        """Forget a rule; what was assigned by it stays."""
        await self._db.run(corrections.delete, show_id, correction_id)


def correct(tx: Tx, info_hash: str, file_index: int, episode_ids: Sequence[int]) -> CorrectedFile:
    show_id, episodes = _get_episodes(tx, episode_ids)
    metainfo = torrents.get_metainfo(tx, info_hash)
    version = _unassign_others(tx, show_id, metainfo.info_hash, file_index, episode_ids)
    options = Options(file_index, version)
    report = match_by_hand(metainfo, file_index, options, episodes)
    assigned = assignments.insert_all(tx, new_assignments(Target("show", show_id), report, options))
    rule = find_rule(metainfo, file_index, episodes[0])
    return CorrectedFile(assigned, corrections.put(tx, show_id, rule) if rule else None)


def find_rule(metainfo: Metainfo, file_index: int, episode: Episode) -> Correction | None:
    """What the choice of `episode` says about the way in which the file's release group counts."""
    file = metainfo.files[file_index]
    named, group = named_numbers(file, metainfo.name), release_group(file, metainfo.name)
    if named is None or not group:
        return None
    return Correction(fold(group), *named, to_season=episode.season_number, to_number=episode.number)


def _get_episodes(tx: Tx, episode_ids: Sequence[int]) -> tuple[int, tuple[Episode, ...]]:
    """The show and its episodes, in this order."""
    found = [shows.get_episode(tx, episode_id) for episode_id in episode_ids]
    show_ids = {show_id for show_id, _ in found}
    if len(show_ids) != 1:
        raise InvalidInput("A file is corrected to one or more episodes of one show.")
    return show_ids.pop(), tuple(episode for _, episode in found)


def _unassign_others(
    tx: Tx, show_id: int, info_hash: str, file_index: int, episode_ids: Sequence[int]
) -> str:
    """Take the file off all other episodes of the show; the version that it had there."""
    version = ""
    for one in assignments.find_for_show(tx, show_id):
        if (one.info_hash, one.file_index) == (info_hash, file_index):
            version = one.version
            if one.episode_id not in episode_ids:
                assignments.delete(tx, one.id)
    return version
