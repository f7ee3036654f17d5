"""The REST API: one FastAPI app over the services."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from momoshtrem import __version__
from momoshtrem.faces.api.errors import ANSWERS
from momoshtrem.faces.api.examples import with_examples
from momoshtrem.faces.api.exchange import MAX_IMPORT
from momoshtrem.faces.api.limit import BodyLimit
from momoshtrem.faces.api.origin import OwnOrigin
from momoshtrem.faces.api.routes import ROUTES
from momoshtrem.services.bundle import Services

PREFIX = "/api"
MAX_BODY = 10 * 2**20
"""Bytes; the largest are .torrent files, but for an import."""
DESCRIPTION = """Keeps the library, assigns torrents to it, and tells how they do.

Sign in with the username and password of the server, or send its token as `Authorization: Bearer …`.
Every error is answered as `{"error": {"code", "message"}}`: the code is stable, the message is for people.
"""


class Api(FastAPI):
    """FastAPI, with examples in its OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            self.openapi_schema = with_examples(super().openapi())
        return self.openapi_schema


def make_api(services: Services) -> FastAPI:
    """The app; whoever serves it puts `BasicAuth` in front."""
    api = Api(
        title="momoshtrem",
        version=__version__,
        description=DESCRIPTION,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=f"{PREFIX}/docs",
        swagger_ui_oauth2_redirect_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers=ANSWERS,
        generate_unique_id_function=lambda route: route.name,
    )
    api.add_middleware(BodyLimit, limit=MAX_BODY, larger={f"{PREFIX}/import": MAX_IMPORT})
    api.add_middleware(OwnOrigin)
    api.state.services = services
    for route in ROUTES:
        route.add_to(api, PREFIX)
    return api
