"""Every error as the REST contract has it, also those that FastAPI meets before an endpoint is called."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from momoshtrem.errors import InvalidInput, MomoshtremError
from momoshtrem.faces.http import error_body, error_headers, http_status

log = logging.getLogger(__name__)

CODES = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    429: "too_many_tries",
}
"""Of what is refused before an endpoint is called."""
PLACES = frozenset({"body", "path", "query"})
"""Where a field is, the first part of its location."""
TAGS = frozenset({"by_tmdb", "by_hand"})
"""Parts of a location that name no field."""
TOLD = 3
"""Mistakes that one message names."""


class Problem(BaseModel):
    code: str = Field(examples=["not_found"])
    message: str = Field(examples=["There is no movie 7 in the library."])


class ErrorAnswer(BaseModel):
    """`code` is stable, `message` a sentence for the user."""

    error: Problem


async def answer_error(request: Request, error: Exception) -> Response:
    status = http_status(error)
    if status == 500:
        log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    return JSONResponse(error_body(error), status, dict(error_headers(error)))


async def answer_invalid(request: Request, error: Exception) -> Response:
    """A request that does not fit the models of its endpoint."""
    assert isinstance(error, RequestValidationError)
    return await answer_error(request, InvalidInput(sentence(error.errors())))


async def answer_refused(request: Request, error: Exception) -> Response:
    """What the router refuses: unknown paths and methods, bodies that are too large or not readable."""
    assert isinstance(error, HTTPException)
    path = request.scope["path"]
    messages = {
        404: f"There is nothing at {path}.",
        405: f"{path} does not take {request.method}.",
    }
    problem = Problem(
        code=CODES.get(error.status_code, InvalidInput.code),
        message=messages.get(error.status_code, f"{error.detail}."),
    )
    headers = {"Allow": ", ".join(find_methods(request))} if error.status_code == 405 else None
    return JSONResponse(ErrorAnswer(error=problem).model_dump(), error.status_code, headers)


def find_methods(request: Request) -> list[str]:
    """All methods that the path takes; the router knows only those of the first route."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    routes = (route for route in request.app.routes if isinstance(route, Route))
    fitting = (route for route in routes if route.path_regex.match(path))
    return sorted({method for route in fitting for method in route.methods or ()})


def sentence(mistakes: Iterable[Mapping[str, Any]]) -> str:
    """What is wrong with a request, field by field, without its values."""
    return " ".join(f"{_describe(mistake)}." for mistake in list(mistakes)[:TOLD])


def _describe(mistake: Mapping[str, Any]) -> str:
    parts = [str(part) for part in mistake["loc"] if part not in TAGS]
    name = ".".join(parts[1:] if parts and parts[0] in PLACES else parts)
    if mistake["type"] == "json_invalid":
        return "The body is not valid JSON"
    if mistake["type"] == "value_error":
        text = str(mistake["ctx"]["error"])
        return f"{name}: {text}" if name else text
    return f"{name}: {mistake['msg']}" if name else "Send a JSON object, as Content-Type: application/json"


ANSWERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    MomoshtremError: answer_error,
    RequestValidationError: answer_invalid,
    HTTPException: answer_refused,
    Exception: answer_error,
}
