from __future__ import annotations

from dataclasses import replace

import httpx2

from momoshtrem.model.job import JobState
from tests.faces.api.conftest import error_of
from tests.fakes.services import JOB, FakeServices


async def test_jobs_are_listed(http: httpx2.AsyncClient) -> None:
    page = (await http.get("/jobs")).json()
    assert (page["total"], page["limit"], page["offset"]) == (1, 50, 0)
    assert page["items"] == [
        {
            "id": 1,
            "kind": "assign",
            "subject": {"id": "1"},
            "state": "queued",
            "attempts": 2,
            "next_try_at": "2026-01-02T03:04:05Z",
            "message": "Waiting for a peer.",
            "created_at": "2026-01-02T03:04:05Z",
            "updated_at": "2026-01-02T03:04:05Z",
        }
    ]


async def test_a_job_is_cancelled_once(http: httpx2.AsyncClient) -> None:
    answer = await http.delete("/jobs/1")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert (await http.get("/jobs/1")).json()["state"] == "cancelled"
    assert error_of(await http.delete("/jobs/1")) == (409, "conflict")


async def test_a_cancelled_job_is_tried_again(http: httpx2.AsyncClient, services: FakeServices) -> None:
    await http.delete("/jobs/1")
    answer = await http.post("/jobs/1/retry")
    assert (answer.status_code, answer.json()["state"], answer.json()["attempts"]) == (200, "queued", 0)
    services.jobs.jobs[1] = replace(JOB, state=JobState.DONE)
    assert error_of(await http.post("/jobs/1/retry")) == (409, "conflict")
    assert error_of(await http.post("/jobs/2/retry")) == (404, "not_found")


async def test_a_magnet_is_told_without_its_trackers(
    http: httpx2.AsyncClient, services: FakeServices
) -> None:
    topic = "xt=urn:btih:" + "ab" * 20
    magnet = f"magnet:?dn=Heat&{topic}&tr=http%3A%2F%2Ftracker.invalid%2Fsecret%2Fannounce"
    services.jobs.jobs[1] = replace(JOB, subject={"id": "1", "magnet": magnet})
    told = {"id": "1", "magnet": f"magnet:?{topic}"}
    assert (await http.get("/jobs/1")).json()["subject"] == told
    assert (await http.get("/jobs")).json()["items"][0]["subject"] == told
    assert services.jobs.jobs[1].subject["magnet"] == magnet


async def test_an_unknown_job(http: httpx2.AsyncClient) -> None:
    assert error_of(await http.get("/jobs/2")) == (404, "not_found")
    assert error_of(await http.delete("/jobs/2")) == (404, "not_found")
