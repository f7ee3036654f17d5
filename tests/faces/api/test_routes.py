"""The OpenAPI document is what users and tools read: it must tell the whole API."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from momoshtrem.faces.api.route import Route
from momoshtrem.faces.api.routes import ROUTES

DESIGN = """
POST /api/movies 201 200 400 401 404 409 413 502 503
GET /api/movies 200 400 401
GET /api/movies/{movie_id} 200 400 401 404
DELETE /api/movies/{movie_id} 204 400 401 404
POST /api/movies/{movie_id}/assign-torrent 200 202 400 401 404 413 422 503 507
DELETE /api/movies/{movie_id}/assign 204 400 401 404
POST /api/shows 201 200 400 401 404 409 413 502 503
GET /api/shows 200 400 401
GET /api/shows/{show_id} 200 400 401 404
DELETE /api/shows/{show_id} 204 400 401 404
POST /api/shows/{show_id}/refresh 200 400 401 404 409 413 502 503
POST /api/shows/{show_id}/assign-torrent 200 202 400 401 404 413 422 503 507
POST /api/episodes/{episode_id}/assign-torrent 200 202 400 401 404 413 422 503 507
DELETE /api/episodes/{episode_id}/assign 204 400 401 404
GET /api/torrents 200 400 401
GET /api/torrents/{info_hash} 200 400 401 404
DELETE /api/torrents/{info_hash} 204 400 401 404
POST /api/torrents/{info_hash}/peers 204 400 401 404 413 422
GET /api/jobs 200 400 401
GET /api/jobs/{job_id} 200 400 401 404
DELETE /api/jobs/{job_id} 200 400 401 404 409
GET /api/status 200 400 401
"""


@pytest.fixture
async def openapi(http: httpx2.AsyncClient) -> dict[str, Any]:
    document: dict[str, Any] = (await http.get("/openapi.json")).json()
    return document


def find_operation(openapi: dict[str, Any], route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = openapi["paths"]["/api" + route.path][route.method.lower()]
    return operation


async def test_the_routes_are_those_of_the_design(openapi: dict[str, Any]) -> None:
    lines = [
        " ".join([method.upper(), path, *(each for each in operation["responses"] if each != "default")])
        for path, operations in openapi["paths"].items()
        for method, operation in operations.items()
    ]
    assert sorted(lines) == sorted(DESIGN.strip().splitlines())


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_each_route_is_described(openapi: dict[str, Any], route: Route) -> None:
    operation = find_operation(openapi, route)
    assert operation["summary"]
    assert operation["description"].endswith(".")
    assert operation["security"] == [{"basic": []}, {"bearer": []}]
    for status, response in operation["responses"].items():
        assert response["description"]
        if status == "204":
            assert "content" not in response
        elif status == "default" or status >= "400":
            schema = response["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}


async def test_the_schemes_are_declared(openapi: dict[str, Any]) -> None:
    assert openapi["components"]["securitySchemes"] == {
        "basic": {"type": "http", "scheme": "basic"},
        "bearer": {"type": "http", "scheme": "bearer"},
    }


async def test_bodies_have_examples(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]
    for name in ("MovieByTmdb", "MovieByHand", "ShowByTmdb", "ShowByHand", "Peers"):
        assert schemas[name]["examples"]
    body = openapi["paths"]["/api/movies/{movie_id}/assign-torrent"]["post"]["requestBody"]["content"]
    assert body["application/json"]["example"]["magnet_uri"].startswith("magnet:?")
    torrent = body["multipart/form-data"]["schema"]["properties"]["torrent"]
    assert (torrent["type"], torrent["format"]) == ("string", "binary")


async def test_the_docs_are_a_page(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "/api/openapi.json" in answer.text
