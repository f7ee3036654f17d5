"""The parameters of requests and what every endpoint is given."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.openapi.models import HTTPBase
from fastapi.security.base import SecurityBase
from pydantic import AfterValidator

from momoshtrem.services.bundle import Services

EXAMPLE_HASH = "c9e15763f722f23e98a29decdfae341b98d53056"
INT32 = 2**31 - 1
INT64 = 2**63 - 1
INFO_HASH = "^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$"


def without_controls(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("control characters are not possible")
    return text


Plain = AfterValidator(without_controls)
ItemId = Annotated[int, Path(ge=1, le=INT64, description="Its id.", examples=[1])]
InfoHash = Annotated[
    str,
    Path(pattern=INFO_HASH, description="Its info-hash, in hex.", examples=[EXAMPLE_HASH]),
    AfterValidator(str.lower),
]
Limit = Annotated[int, Query(ge=1, le=500, description="How many to list.")]
Offset = Annotated[int, Query(ge=0, le=INT64, description="How many to leave out before them.")]
Search = Annotated[str, Plain, Query(max_length=300, description="A part of the title, in any case.")]
Pinned = Annotated[bool | None, Query(description="Only what is pinned, or only what is not.")]
Wait = Annotated[
    float,
    Query(ge=0, le=600, allow_inf_nan=False, description="Seconds to wait for a magnet's file list."),
]


async def get_services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Wired = Annotated[Services, Depends(get_services)]


class SignIn(SecurityBase):
    """Tells the docs how to sign in; `BasicAuth`, in front of the app, is what checks it."""

    def __init__(self, scheme: str) -> None:
        self.model = HTTPBase(scheme=scheme)
        self.scheme_name = scheme

    async def __call__(self) -> None:
        return None
