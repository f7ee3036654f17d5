from __future__ import annotations

from typing import Any

import httpx2
import pytest

from momoshtrem.settings import Transfer
from tests.faces.api.conftest import error_of
from tests.fakes.services import FakeServices

RULE = {"days": ["mon", "fri"], "from": "18:00", "until": "02:00", "max_download": None, "max_upload": 200}


async def test_what_holds_now(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/transfer")).json() == {
        "chosen": {
            "upload": "while_watching",
            "seed_ratio": 1.0,
            "seed_hours": 24.0,
            "max_download": 5_000_000,
            "max_upload": 0,
            "schedule": [],
        },
        "changed": False,
        "max_download": 5_000_000,
        "max_upload": 0,
        "rule": None,
        "until": "2026-01-02T23:00:00Z",
        "download_rate": 1_000_000,
        "upload_rate": 2000,
        "uploaded": 3_000_000,
        "downloaded": 6_000_000,
    }


async def test_what_was_chosen_can_be_sent_back(http: httpx2.AsyncClient, services: FakeServices) -> None:
    body = {"upload": "targets", "seed_ratio": 1.5, "schedule": [RULE]}
    changed = (await http.put("/transfer", json=body)).json()
    assert services.transfers.chosen == Transfer.model_validate(body)
    assert (changed["changed"], changed["chosen"]["schedule"][0]["from"]) == (True, "18:00:00")
    assert (await http.put("/transfer", json=changed["chosen"])).json() == changed


async def test_a_reset_takes_the_settings(http: httpx2.AsyncClient) -> None:
    before = (await http.get("/transfer")).json()
    await http.put("/transfer", json={"upload": "none"})
    assert (await http.delete("/transfer")).json() == before


@pytest.mark.parametrize(
    "body",
    [
        {"upload": "sometimes"},
        {"max_download": -1},
        {"max_download": "5MiB"},
        {"max_download": 2**31},
        {"max_upload": True},
        {"seed_ratio": 0},
        {"seed_hours": "24"},
        {"maximum": 1},
        {"schedule": [RULE] * 101},
        {"schedule": [RULE | {"days": []}]},
        {"schedule": [RULE | {"days": ["monday"]}]},
        {"schedule": [RULE | {"from": "24:00"}]},
        {"schedule": [RULE | {"from": 64800}]},
        {"schedule": [RULE | {"until": "02:00Z"}]},
        {"schedule": [{"from": "18:00"}]},
    ],
)
async def test_a_wrong_body_changes_nothing(
    http: httpx2.AsyncClient, services: FakeServices, body: dict[str, Any]
) -> None:
    assert error_of(await http.put("/transfer", json=body)) == (400, "invalid_input")
    assert services.transfers.chosen == services.transfers.settings
