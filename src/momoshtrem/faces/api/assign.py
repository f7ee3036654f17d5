"""Assigning torrents over REST: the torrent comes as a magnet link in JSON, or as a file in a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from momoshtrem.faces.api.answers import Job
from momoshtrem.faces.api.bodies import AssignForm, AssignMagnet
from momoshtrem.faces.api.inputs import ItemId, Wait, Wired
from momoshtrem.faces.api.reports import GoesOn, Report
from momoshtrem.services import matching
from momoshtrem.services.matching import Target


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for; `wait` is in seconds."""

    body: AssignMagnet | AssignForm
    wait: float


async def read_wish(request: Request, wait: Wait = 30.0) -> Wish:
    try:
        return Wish(await _read_body(request), wait)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


Wished = Annotated[Wish, Depends(read_wish)]


async def assign_movie(
    movie_id: ItemId, wish: Wished, services: Wired, response: Response
) -> Report | GoesOn:
    """Assign a torrent's file to a movie."""
    return await _assign(Target("movie", movie_id), wish, services, response)


async def assign_show(show_id: ItemId, wish: Wished, services: Wired, response: Response) -> Report | GoesOn:
    """Assign a torrent's files to the episodes of a show."""
    return await _assign(Target("show", show_id), wish, services, response)


async def assign_episode(
    episode_id: ItemId, wish: Wished, services: Wired, response: Response
) -> Report | GoesOn:
    """Assign a torrent's file to one episode, chosen by name or by hand with `file_index`."""
    return await _assign(Target("episode", episode_id), wish, services, response)


async def _assign(target: Target, wish: Wish, services: Wired, response: Response) -> Report | GoesOn:
    source, options = wish.body.to_source(), wish.body.to_options()
    found = await services.acquire.assign(target, source, options, wish.wait)
    if isinstance(found, matching.Report):
        return Report.of(found)
    response.status_code = 202
    return GoesOn(job=Job.model_validate(found))


async def _read_body(request: Request) -> AssignMagnet | AssignForm:
    # Read whole first, up to the limit of the app: a form parsed as it arrives would spool to disk.
    body = await request.body()
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return AssignMagnet.model_validate_json(body)
    async with request.form(max_files=1, max_fields=8) as form:
        fields = {name: await _read_field(value) for name, value in form.items()}
    return AssignForm.model_validate(fields)


async def _read_field(value: UploadFile | str) -> bytes | str:
    return await value.read() if isinstance(value, UploadFile) else value
