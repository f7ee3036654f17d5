"""Single assignments over REST: proposals, standbys, and corrections by hand."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query
from pydantic import AliasPath, Field

from momoshtrem.faces.api.answers import Answer, Assignment, Page
from momoshtrem.faces.api.bodies import CorrectFile
from momoshtrem.faces.api.inputs import INT32, InfoHash, ItemId, Limit, Offset, Wired

FileIndex = Annotated[int, Path(ge=0, le=INT32, description="Of the torrent, from 0 on.", examples=[0])]
Proposed = Annotated[bool | None, Query(description="Only proposals, or only what is none.")]


class TitledAssignment(Answer):
    """An assignment with the title of its movie or show; the two numbers are an episode's."""

    title: str = Field(examples=["Breaking Bad"])
    year: int | None = Field(examples=[2008])
    season_number: int | None
    number: int | None
    assignment: Assignment


class Correction(Answer):
    """How a release group counts a show: what it names `season` and `number` is `to_season` and `to_number`.

    The numbers that follow are moved by as much. `season` is null for names that tell none.
    """

    id: int
    show_id: int
    release_group: str = Field(validation_alias=AliasPath("rule", "release_group"), examples=["grp"])
    season: int | None = Field(validation_alias=AliasPath("rule", "season"))
    number: int = Field(validation_alias=AliasPath("rule", "number"))
    to_season: int = Field(validation_alias=AliasPath("rule", "to_season"))
    to_number: int = Field(validation_alias=AliasPath("rule", "to_number"))


class CorrectedFile(Answer):
    """What a file stands for now, and the rule that was kept, if its name tells a number and a group."""

    assignments: list[Assignment]
    correction: Correction | None


async def list_assignments(
    services: Wired, proposed: Proposed = None, limit: Limit = 50, offset: Offset = 0
) -> Page[TitledAssignment]:
    """Assignments with the titles of their items, the latest first."""
    page = await services.assignments.list_page(limit, offset, proposed)
    return Page[TitledAssignment].of(page, limit, offset)


async def confirm_assignment(assignment_id: ItemId, services: Wired) -> Assignment:
    """List a proposal, or a standby, in the place of what is listed, which then stands by."""
    return Assignment.model_validate(await services.assignments.confirm(assignment_id))


async def remove_assignment(assignment_id: ItemId, services: Wired) -> None:
    """Reject a proposal, or take one file off its item; the best standby is listed instead."""
    await services.assignments.remove(assignment_id)


async def correct_file(
    info_hash: InfoHash, file_index: FileIndex, body: CorrectFile, services: Wired
) -> CorrectedFile:
    """Say which episodes a file holds, and keep that as a rule for the show and the release group.

    Other episodes of the show lose the file. Later torrents of the group are matched by the rule.
    """
    found = await services.assignments.correct(info_hash, file_index, body.episode_ids)
    return CorrectedFile.model_validate(found)


async def list_corrections(
    show_id: ItemId, services: Wired, limit: Limit = 50, offset: Offset = 0
) -> Page[Correction]:
    """The rules that were made by hand for a show."""
    page = await services.assignments.list_corrections(show_id, limit, offset)
    return Page[Correction].of(page, limit, offset)


async def remove_correction(show_id: ItemId, correction_id: ItemId, services: Wired) -> None:
    """Forget a rule; what was assigned by it stays."""
    await services.assignments.remove_correction(show_id, correction_id)
