"""What a route of the REST API is, and how OpenAPI tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI
from pydantic import BaseModel

from momoshtrem.errors import InvalidInput, MomoshtremError
from momoshtrem.faces.api.errors import CODES, ErrorAnswer
from momoshtrem.faces.api.inputs import SignIn
from momoshtrem.faces.http import http_status

Answers = Mapping[int, type[BaseModel] | None]
Errors = tuple[type[MomoshtremError], ...]

SIGN_IN = [Depends(SignIn("basic")), Depends(SignIn("bearer"))]
WORDS = {200: "Done, or as it is.", 201: "Added.", 202: "Goes on in the background.", 204: "Done."}


@dataclass(frozen=True, slots=True)
class Route:
    """One route: what it answers by status, the usual one first, and the errors it can meet."""

    method: str
    path: str
    endpoint: Callable[..., Awaitable[Any]]
    answers: Answers
    errors: Errors = ()
    body: dict[str, Any] | None = None

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
            openapi_extra=self.body,
        )

    def _responses(self) -> dict[int | str, dict[str, Any]]:
        """Every answer by its status, as OpenAPI wants it."""
        responses: dict[int | str, dict[str, Any]] = {}
        for status, model in self.answers.items():
            responses[status] = describe(WORDS[status], model)
        for status, codes in sorted(self._codes().items()):
            responses[status] = describe(", ".join(codes), ErrorAnswer)
        return {**responses, "default": describe("internal", ErrorAnswer)}

    def _codes(self) -> dict[int, list[str]]:
        """The codes of errors by their status."""
        codes = defaultdict(list, {401: [CODES[401]]})
        if self.method == "POST":
            codes[413].append(CODES[413])
        errors: Errors = (InvalidInput, *self.errors)
        for error in errors:
            codes[http_status(error(""))].append(error.code)
        return codes


def describe(text: str, model: type[BaseModel] | None) -> dict[str, Any]:
    return {"description": text, **({"model": model} if model else {})}
