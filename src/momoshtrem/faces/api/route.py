"""What a route of the REST API is, and how OpenAPI tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from momoshtrem.errors import InvalidInput, MomoshtremError
from momoshtrem.faces.api.errors import CODES, ErrorAnswer
from momoshtrem.faces.api.inputs import SignIn
from momoshtrem.faces.http import http_status

Answers = Mapping[int, type[BaseModel] | None]
Errors = tuple[type[MomoshtremError], ...]

REFUSED = {"GET": (401,), "DELETE": (401, 403), "POST": (401, 403, 413), "PUT": (401, 403, 413)}
"""What is refused before an endpoint is called, by method."""

SIGN_IN = [Depends(SignIn("basic")), Depends(SignIn("bearer"))]
WORDS = {200: "Done, or as it is.", 201: "Added.", 202: "Goes on in the background.", 204: "Done."}


@dataclass(frozen=True, slots=True)
class Route:
    """One route: what it answers by status, the usual one first, and the errors it can meet.

    `extra` is what OpenAPI shall tell beyond that; with the bare `Response` it tells the answer too.
    """

    method: str
    path: str
    endpoint: Callable[..., Awaitable[Any]]
    answers: Answers
    errors: Errors = ()
    extra: dict[str, Any] | None = None
    response_class: type[Response] = JSONResponse

    def add_to(self, api: FastAPI, prefix: str) -> None:
        api.add_api_route(
            prefix + self.path,
            self.endpoint,
            methods=[self.method],
            response_model=None,
            status_code=next(iter(self.answers)),
            responses=self._responses(),
            tags=[self.path.split("/")[1]],
            dependencies=SIGN_IN,
            openapi_extra=self.extra,
            response_class=self.response_class,
        )

    def _responses(self) -> dict[int | str, dict[str, Any]]:
        """Every answer by its status, as OpenAPI wants it."""
        responses: dict[int | str, dict[str, Any]] = {}
        for status, model in self.answers.items():
            responses[status] = describe(WORDS[status], model)
        for status, codes in sorted(self._codes().items()):
            responses[status] = describe_errors(codes)
        return {**responses, "default": describe_errors(["internal"])}

    def _codes(self) -> dict[int, list[str]]:
        """The codes of errors by their status."""
        codes = defaultdict(list, {status: [CODES[status]] for status in REFUSED[self.method]})
        errors: Errors = (InvalidInput, *self.errors)
        for error in errors:
            codes[http_status(error(""))].append(error.code)
        return codes


def describe(text: str, model: type[BaseModel] | None) -> dict[str, Any]:
    return {"description": text, **({"model": model} if model else {})}


def describe_errors(codes: Sequence[str]) -> dict[str, Any]:
    """The answer with these error codes, and an example of each."""
    examples = {
        code: {"value": {"error": {"code": code, "message": "A sentence that says what to do."}}}
        for code in codes
    }
    content = {"application/json": {"examples": examples}}
    return describe(", ".join(codes), ErrorAnswer) | {"content": content}
