from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from momoshtrem.errors import MomoshtremError, NoData
from momoshtrem.faces.api.errors import CODES, sentence
from momoshtrem.faces.forwarded import Forwarded
from momoshtrem.faces.http import STATUS, http_status
from momoshtrem.settings import ReverseProxy
from tests.faces.api.conftest import error_of
from tests.fakes.services import FakeServices


@pytest.mark.parametrize("path", ["/nothing", "/movies/", "/movies/1/2/3", "/"])
async def test_an_unknown_path(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert error_of(answer) == (404, "not_found")
    assert path in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/movies", "GET, POST"),
        ("PATCH", "/movies/1", "DELETE, GET"),
        ("GET", "/movies/1/assign", "DELETE"),
        ("POST", "/status", "GET"),
    ],
)
async def test_an_unknown_method(http: httpx2.AsyncClient, method: str, path: str, allowed: str) -> None:
    answer = await http.request(method, path)
    assert error_of(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/api/movies/1", "/films/api/movies/1"])
async def test_behind_a_proxy_the_methods_are_found_all_the_same(api: FastAPI, path: str) -> None:
    answer = await ask_behind_a_proxy(api, "PATCH", path)
    assert answer.headers["allow"] == "DELETE, GET"
    assert "/films/api/movies/1 does not take" in answer.json()["error"]["message"]


async def test_behind_a_proxy_the_docs_name_its_prefix(api: FastAPI) -> None:
    page = await ask_behind_a_proxy(api, "GET", "/api/docs")
    assert "'/films/api/openapi.json'" in page.text
    document = await ask_behind_a_proxy(api, "GET", "/api/openapi.json")
    assert document.json()["servers"] == [{"url": "/films"}]


async def ask_behind_a_proxy(api: FastAPI, method: str, path: str) -> httpx2.Response:
    """The answer through a proxy that shows the server under /films."""
    transport = httpx2.ASGITransport(Forwarded(api, ReverseProxy().trusted), client=("127.0.0.1", 1))
    headers = {"X-Forwarded-Prefix": "/films"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://server", headers=headers) as http:
        return await http.request(method, path)


async def test_without_credentials_nothing_is_told(http: httpx2.AsyncClient) -> None:
    for path in ("/status", "/docs", "/openapi.json", "/nothing"):
        answer = await http.get(path, headers={"Authorization": "Bearer wrong"})
        assert error_of(answer) == (401, "unauthorized")


async def test_an_unexpected_error_is_logged_and_tells_nothing(
    http: httpx2.AsyncClient, services: FakeServices, caplog: pytest.LogCaptureFixture
) -> None:
    services.health.error = RuntimeError("a secret detail")
    with caplog.at_level(logging.ERROR, "momoshtrem"):
        answer = await http.get("/status")
    assert error_of(answer) == (500, "internal")
    assert "secret" not in answer.text
    assert "a secret detail" in caplog.text
    assert "GET /api/status" in caplog.text


async def test_what_may_work_later_says_when(http: httpx2.AsyncClient, services: FakeServices) -> None:
    services.health.error = NoData("The swarm is silent.", retry_after=7)
    answer = await http.get("/status")
    assert error_of(answer) == (503, "no_data")
    assert answer.headers["retry-after"] == "7"


def test_a_message_names_a_few_mistakes_and_no_values() -> None:
    mistakes = [
        {"type": "missing", "loc": ("body", "by_hand", letter), "msg": "Field required", "input": "secret"}
        for letter in "abcd"
    ]
    assert sentence(mistakes) == "a: Field required. b: Field required. c: Field required."


def find_kinds(kind: type[MomoshtremError] = MomoshtremError) -> Iterator[type[MomoshtremError]]:
    """The kind and all its subclasses."""
    yield kind
    for narrower in kind.__subclasses__():
        yield from find_kinds(narrower)


def test_the_documentation_has_every_code() -> None:
    text = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| .+ \|$", text, re.MULTILINE)
    codes = {(kind.code, http_status(kind(""))) for kind in find_kinds()}
    codes |= {(code, status) for status, code in CODES.items()}
    assert sorted(rows) == sorted((code, str(status)) for code, status in codes)
    assert set(STATUS) <= set(find_kinds())
