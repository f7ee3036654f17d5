from __future__ import annotations

from dataclasses import replace

import httpx2
import pytest

from momoshtrem.services.matching import Placement
from tests.faces.api.conftest import error_of
from tests.fakes.assignments import CORRECTION
from tests.fakes.services import ASSIGNMENT, FILE, HASH, QUALITY, REPORT, FakeServices

RULE = {
    "id": CORRECTION.id,
    "show_id": 1,
    "release_group": "grp",
    "season": 1,
    "number": 13,
    "to_season": 2,
    "to_number": 1,
}


async def test_proposals_are_listed_with_titles(http: httpx2.AsyncClient, services: FakeServices) -> None:
    page = (await http.get("/assignments", params={"proposed": "true"})).json()
    assert services.assignments.asked is True
    assert (page["total"], page["limit"], page["offset"]) == (1, 50, 0)
    (found,) = page["items"]
    assert (found["title"], found["year"], found["number"]) == ("The Matrix", 1999, None)
    file = found["assignment"]
    assert (file["id"], file["proposed"], file["rank"]) == (ASSIGNMENT.id, True, 1)
    assert file["reason"] == "named otherwise"


@pytest.mark.parametrize(("query", "asked"), [({}, None), ({"proposed": "false"}, False)])
async def test_all_or_only_what_is_no_proposal(
    http: httpx2.AsyncClient, services: FakeServices, query: dict[str, str], asked: bool | None
) -> None:
    page = (await http.get("/assignments", params={"offset": "1", **query})).json()
    assert (page["items"], page["total"]) == ([], 1)
    assert services.assignments.asked is asked


async def test_a_proposal_is_confirmed(http: httpx2.AsyncClient) -> None:
    answer = await http.post(f"/assignments/{ASSIGNMENT.id}/confirm")
    assert answer.status_code == 200
    assert (answer.json()["proposed"], answer.json()["rank"]) == (False, 0)


async def test_a_proposal_is_rejected(http: httpx2.AsyncClient, services: FakeServices) -> None:
    assert (await http.delete(f"/assignments/{ASSIGNMENT.id}")).status_code == 204
    assert services.assignments.titled == {}


async def test_a_file_is_corrected(http: httpx2.AsyncClient, services: FakeServices) -> None:
    answer = await http.put(f"/torrents/{HASH.upper()}/files/3", json={"episode_ids": [12, 13]})
    assert answer.status_code == 200
    assert services.assignments.corrected == [(HASH, 3, [12, 13])]
    assert answer.json()["correction"] == RULE
    assert [each["id"] for each in answer.json()["assignments"]] == [ASSIGNMENT.id]


@pytest.mark.parametrize("body", [{}, {"episode_ids": []}, {"episode_ids": [0]}, {"episode_id": 1}])
async def test_a_correction_names_its_episodes(
    http: httpx2.AsyncClient, services: FakeServices, body: dict[str, object]
) -> None:
    status, code = error_of(await http.put(f"/torrents/{HASH}/files/3", json=body))
    assert (status, code) == (400, "invalid_input")
    assert services.assignments.corrected == []


async def test_the_corrections_of_a_show(http: httpx2.AsyncClient, services: FakeServices) -> None:
    assert (await http.get("/shows/1/corrections")).json()["items"] == [RULE]
    assert (await http.delete(f"/shows/1/corrections/{CORRECTION.id}")).status_code == 204
    assert (await http.get("/shows/1/corrections")).json()["total"] == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/assignments/99/confirm"),
        ("DELETE", "/assignments/99"),
        ("DELETE", "/shows/1/corrections/99"),
    ],
)
async def test_what_is_not_there(http: httpx2.AsyncClient, method: str, path: str) -> None:
    assert error_of(await http.request(method, path)) == (404, "not_found")


async def test_a_report_says_what_waits_and_what_is_replaced(
    http: httpx2.AsyncClient, services: FakeServices
) -> None:
    note = "waits while old.mkv stays listed"
    match = Placement(FILE, (), QUALITY, 0.5, "a guess", proposed=True, notes=(note,))
    services.acquire.answer = replace(REPORT, matched=(match,))
    report = (await http.post("/movies/1/assign-torrent", json={"magnet_uri": "magnet:?xt=x"})).json()
    assert report["summary"]["proposed"] == 1
    assert (report["matched"][0]["proposed"], report["matched"][0]["notes"]) == (True, [note])
