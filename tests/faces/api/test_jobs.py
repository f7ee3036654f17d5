from __future__ import annotations

import httpx2

from tests.faces.api.conftest import error_of


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


async def test_an_unknown_job(http: httpx2.AsyncClient) -> None:
    assert error_of(await http.get("/jobs/2")) == (404, "not_found")
    assert error_of(await http.delete("/jobs/2")) == (404, "not_found")


async def test_the_status(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/status")).json() == {
        "version": "0.1.0",
        "uptime": 61.4,
        "movies": 1,
        "shows": 2,
        "torrents": 3,
        "disk_free": 4_000_000_000,
        "problems": ["No TMDB key is set."],
    }
