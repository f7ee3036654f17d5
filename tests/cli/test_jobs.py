from __future__ import annotations

import json
from dataclasses import replace

import pytest

from momoshtrem.model.job import JobState
from tests.cli.conftest import Run
from tests.fakes.services import JOB, FakeServices


@pytest.mark.parametrize("arguments", [(), ("list",)])
def test_jobs_are_listed(run: Run, arguments: tuple[str, ...]) -> None:
    told = run("jobs", *arguments).stdout
    assert "Waiting for a peer." in told
    assert "1 in all" in told


def test_one_job_is_shown(run: Run) -> None:
    told = run("jobs", "show", "1").stdout
    assert told.startswith("Job 1 (assign): queued, 2 attempts, next try at 2026-01-02T03:04:05Z\n")
    assert "Waiting for a peer.\nid: 1\n" in told
    assert json.loads(run("jobs", "show", "1", "--json").stdout)["attempts"] == 2


def test_a_job_is_cancelled_and_tried_again(run: Run, services: FakeServices) -> None:
    assert run("jobs", "cancel", "1").stdout.startswith("Job 1 (assign): cancelled, 2 attempts\n")
    assert services.jobs.jobs[1].state is JobState.CANCELLED
    assert run("jobs", "cancel", "1").stderr == "Error: The job has ended: it is cancelled.\n"
    assert run("jobs", "retry", "1").stdout.startswith("Job 1 (assign): queued, 0 attempts")


def test_what_is_done_is_not_tried_again(run: Run, services: FakeServices) -> None:
    services.jobs.jobs[1] = replace(JOB, state=JobState.DONE)
    failed = run("jobs", "retry", "1")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr == "Error: The job cannot be tried again: it is done.\n"


def test_an_unknown_job(run: Run) -> None:
    assert run("jobs", "show", "9").exit_code == 1
    assert run("jobs", "show", "none").exit_code == 2
