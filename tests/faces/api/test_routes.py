"""The OpenAPI document is what users and tools read: it must tell the whole API."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from jsonschema_rs import Draft202012Validator

from momoshtrem.faces.api.route import Route
from momoshtrem.faces.api.routes import ROUTES

DESIGN = """
POST /api/movies 201 200 400 401 403 404 409 413 502 503
GET /api/movies 200 400 401
GET /api/movies/{movie_id} 200 400 401 404
DELETE /api/movies/{movie_id} 204 400 401 403 404
POST /api/movies/{movie_id}/assign-torrent 200 202 400 401 403 404 413 422 503 507
DELETE /api/movies/{movie_id}/assign 204 400 401 403 404
PUT /api/movies/{movie_id}/pin 204 400 401 403 404 409 413
DELETE /api/movies/{movie_id}/pin 204 400 401 403 404
POST /api/shows 201 200 400 401 403 404 409 413 502 503
GET /api/shows 200 400 401
GET /api/shows/{show_id} 200 400 401 404
DELETE /api/shows/{show_id} 204 400 401 403 404
POST /api/shows/{show_id}/refresh 200 400 401 403 404 409 413 502 503
POST /api/shows/{show_id}/assign-torrent 200 202 400 401 403 404 413 422 503 507
PUT /api/shows/{show_id}/pin 204 400 401 403 404 409 413
DELETE /api/shows/{show_id}/pin 204 400 401 403 404
POST /api/episodes/{episode_id}/assign-torrent 200 202 400 401 403 404 413 422 503 507
DELETE /api/episodes/{episode_id}/assign 204 400 401 403 404
PUT /api/episodes/{episode_id}/pin 204 400 401 403 404 409 413
DELETE /api/episodes/{episode_id}/pin 204 400 401 403 404
GET /api/shows/{show_id}/corrections 200 400 401 404
DELETE /api/shows/{show_id}/corrections/{correction_id} 204 400 401 403 404
GET /api/assignments 200 400 401
POST /api/assignments/{assignment_id}/confirm 200 400 401 403 404 413
DELETE /api/assignments/{assignment_id} 204 400 401 403 404
GET /api/wanted 200 400 401
GET /api/calendar 200 400 401
GET /api/tmdb/search 200 400 401 409 502 503
GET /api/tmdb/movies/{tmdb_id} 200 400 401 404 409 502 503
GET /api/tmdb/shows/{tmdb_id} 200 400 401 404 409 502 503
GET /api/torrents 200 400 401
GET /api/torrents/{info_hash} 200 400 401 404
DELETE /api/torrents/{info_hash} 204 400 401 403 404
DELETE /api/torrents/{info_hash}/cache 204 400 401 403 404 409
PUT /api/torrents/{info_hash}/files/{file_index} 200 400 401 403 404 413 503
POST /api/torrents/{info_hash}/peers 204 400 401 403 404 413 422
GET /api/transfer 200 400 401
PUT /api/transfer 200 400 401 403 413
DELETE /api/transfer 200 400 401 403
GET /api/jobs 200 400 401
GET /api/jobs/{job_id} 200 400 401 404
DELETE /api/jobs/{job_id} 200 400 401 403 404 409
GET /api/status 200 400 401
POST /api/jobs/{job_id}/retry 200 400 401 403 404 409 413
GET /api/events 200 400 401 503
GET /api/explain 200 400 401 404
GET /api/export 200 400 401
POST /api/import 200 400 401 403 409 413 507
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


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_each_route_shows_what_it_takes_and_gives(openapi: dict[str, Any], route: Route) -> None:
    operation = find_operation(openapi, route)
    assert operation["operationId"] == route.endpoint.__name__
    for parameter in operation.get("parameters", ()):
        assert parameter["description"].endswith("."), parameter["name"]
    for status, response in operation["responses"].items():
        for media in response.get("content", {}).values():
            assert "example" in media or "examples" in media, status


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_the_examples_of_answers_are_answers(openapi: dict[str, Any], route: Route) -> None:
    operation = find_operation(openapi, route)
    for status, model in route.answers.items():
        if model:
            content = operation["responses"][str(status)]["content"]["application/json"]
            fits = Draft202012Validator({**content["schema"], "components": openapi["components"]}).is_valid
            assert fits(content["example"])
            assert not fits("something else")


async def test_operations_have_names_of_their_own(openapi: dict[str, Any]) -> None:
    names = [each["operationId"] for operations in openapi["paths"].values() for each in operations.values()]
    assert len(names) == len(set(names)) == len(ROUTES)


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
