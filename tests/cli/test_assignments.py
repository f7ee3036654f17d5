from __future__ import annotations

import json
from dataclasses import replace

from momoshtrem.services.assignments import CorrectedFile
from momoshtrem.services.matching import Placement
from tests.cli.conftest import Run
from tests.fakes.services import ASSIGNMENT, FILE, HASH, QUALITY, REPORT, FakeServices


def test_proposals_are_listed(run: Run, services: FakeServices) -> None:
    told = run("proposals").stdout
    assert services.assignments.asked is True
    assert "The Matrix" in told
    assert FILE.path in told
    assert "named otherwise" in told
    assert "90%" in told
    found = json.loads(run("proposals", "--json").stdout)
    assert found["items"][0]["assignment"]["id"] == ASSIGNMENT.id


def test_an_episode_is_named(run: Run, services: FakeServices) -> None:
    titled = services.assignments.titled
    titled[7] = replace(titled[7], title="Fargo", season_number=2, number=1)
    assert "Fargo S02E01" in run("proposals").stdout


def test_proposals_are_confirmed_or_rejected(run: Run, services: FakeServices) -> None:
    assert run("confirm", "7").exit_code == 0
    assert services.assignments.titled[7].assignment.rank == 0
    assert run("reject", "7").exit_code == 0
    assert services.assignments.titled == {}
    missing = run("confirm", "7")
    assert (missing.exit_code, missing.stderr) == (1, "Error: There is no assignment 7.\n")


def test_a_file_is_corrected(run: Run, services: FakeServices) -> None:
    told = run("correct", HASH, "3", "12", "13").stdout
    assert services.assignments.corrected == [(HASH, 3, [12, 13])]
    assert told == "Assigned. From now on season 1 episode 13 of grp is S02E01, and so on.\n"


def test_a_correction_without_a_rule_is_said(run: Run, services: FakeServices) -> None:
    services.assignments.answer = CorrectedFile((), None)
    assert "nothing to make a rule of" in run("correct", HASH, "3", "12").stdout


def test_a_report_says_what_waits(run: Run, services: FakeServices) -> None:
    match = Placement(FILE, (), QUALITY, 0.5, "a guess", proposed=True, notes=("waits while x stays listed",))
    services.acquire.answer = replace(REPORT, matched=(match,))
    told = run("assign", "movie", "1", "magnet:?xt=x").stdout
    assert "is only a proposal (a guess)" in told
    assert "waits while x stays listed" in told
