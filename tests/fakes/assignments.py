"""The service of assignments, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from momoshtrem.errors import NotFound
from momoshtrem.model.media import Assignment, Correction, Page, StoredCorrection, TitledAssignment
from momoshtrem.services.assignments import Assignments, CorrectedFile

CORRECTION = StoredCorrection(3, 1, Correction("grp", 1, 13, 2, 1))


class FakeAssignments(Assignments):
    """One proposal for a movie and one correction of a show; remembers what was asked."""

    def __init__(self, assignment: Assignment) -> None:
        proposal = replace(assignment, proposed=True, rank=1, reason="named otherwise")
        self.titled = {proposal.id: TitledAssignment(proposal, "The Matrix", 1999, None, None)}
        self.corrections = {CORRECTION.id: CORRECTION}
        self.asked: bool | None = None
        self.answer = CorrectedFile((assignment,), CORRECTION)
        self.corrected: list[tuple[str, int, list[int]]] = []

    async def list_page(self, limit: int, offset: int, proposed: bool | None) -> Page[TitledAssignment]:
        self.asked = proposed
        found = list(self.titled.values())
        return Page(tuple(found[offset : offset + limit]), len(found))

    async def confirm(self, assignment_id: int) -> Assignment:
        found = self._find(assignment_id)
        confirmed = replace(found.assignment, proposed=False, rank=0)
        self.titled[assignment_id] = replace(found, assignment=confirmed)
        return confirmed

    async def remove(self, assignment_id: int) -> None:
        del self.titled[self._find(assignment_id).assignment.id]

    async def correct(self, info_hash: str, file_index: int, episode_ids: Sequence[int]) -> CorrectedFile:
        self.corrected.append((info_hash, file_index, list(episode_ids)))
        return self.answer

    async def list_corrections(self, show_id: int, limit: int, offset: int) -> Page[StoredCorrection]:
        found = [one for one in self.corrections.values() if one.show_id == show_id]
        return Page(tuple(found[offset : offset + limit]), len(found))

    async def remove_correction(self, show_id: int, correction_id: int) -> None:
        if correction_id not in self.corrections:
            raise NotFound(f"The show {show_id} has no correction {correction_id}.")
        del self.corrections[correction_id]

    def _find(self, assignment_id: int) -> TitledAssignment:
        if assignment_id not in self.titled:
            raise NotFound(f"There is no assignment {assignment_id}.")
        return self.titled[assignment_id]
