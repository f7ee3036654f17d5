from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from starlette.applications import Starlette

from momoshtrem.faces.door import BasicAuth
from momoshtrem.faces.metrics.route import make_metrics_route
from momoshtrem.faces.traffic import Traffic
from momoshtrem.folder import Credentials
from tests.fakes.metrics import FakeMetrics

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=[make_metrics_route(FakeMetrics(), Traffic())])
    transport = httpx2.ASGITransport(BasicAuth(app, Credentials("user", "secret", "token")))
    async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
        yield client


async def scrape(http: httpx2.AsyncClient, **headers: str) -> httpx2.Response:
    return await http.get("/metrics", headers={"Authorization": "Bearer token", **headers})


async def test_it_is_text_of_prometheus(http: httpx2.AsyncClient) -> None:
    answer = await scrape(http)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = {family.name: family for family in parse_text(answer.text)}
    assert found["momoshtrem_peers"].samples[0].value == 3
    assert found["momoshtrem_reads"].type == "counter"
    assert found["momoshtrem_read_wait_seconds"].type == "histogram"


async def test_it_is_openmetrics_for_who_asks(http: httpx2.AsyncClient) -> None:
    answer = await scrape(http, Accept=OPENMETRICS)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    names = {family.name for family in parse_openmetrics(answer.text)}  # type: ignore[no-untyped-call]
    assert {"momoshtrem_peers", "momoshtrem_read_wait_seconds"} <= names


async def test_the_process_is_measured(http: httpx2.AsyncClient) -> None:
    found = {family.name: family for family in parse_text((await scrape(http)).text)}
    assert found["process_resident_memory_bytes"].samples[0].value > 2**20
    assert found["process_open_fds"].samples[0].value > 0
    assert "process_cpu_seconds" in found


@pytest.mark.parametrize("auth", [None, httpx2.BasicAuth("user", "wrong")])
async def test_who_has_not_signed_in_learns_nothing(
    http: httpx2.AsyncClient, auth: httpx2.Auth | None
) -> None:
    answer = await http.get("/metrics", auth=auth)
    assert answer.status_code == 401
    assert "momoshtrem_" not in answer.text


async def test_a_password_does_as_well_as_a_token(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/metrics", auth=("user", "secret"))).status_code == 200


async def test_it_is_only_read(http: httpx2.AsyncClient) -> None:
    headers = {"Authorization": "Bearer token"}
    assert (await http.post("/metrics", headers=headers)).status_code == 405
