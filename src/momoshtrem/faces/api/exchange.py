"""The library as a document over REST."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Self

from fastapi import Query, Request
from pydantic import Field
from starlette.responses import StreamingResponse

from momoshtrem.faces.api.answers import Answer
from momoshtrem.faces.api.inputs import Wired
from momoshtrem.services.exchange.document import FORMAT, VERSION
from momoshtrem.services.exchange.export import Choice
from momoshtrem.services.exchange.imports import Imported

MAX_IMPORT = 2 * 2**30
"""Bytes; .torrent files make a document large."""

WithMetainfo = Annotated[bool, Query(description="With the .torrent files, in base64.")]
WithTrackers = Annotated[bool, Query(description="With the trackers, whose addresses may hold passkeys.")]
DryRun = Annotated[bool, Query(description="Only tell what would be done.")]


class Tally(Answer):
    """`kept` were here before, and stay as they are."""

    added: int
    kept: int
    skipped: int


class Skipped(Answer):
    place: str = Field(examples=["movies[3].files[0]"])
    reason: str = Field(examples=["its torrent has no such file"])


class ImportReport(Answer):
    """What was added to the library, or with `dry_run` what would be; the first of what was `skipped`.

    Jobs search for the file lists of `searched` torrents, which came without.
    """

    dry_run: bool
    torrents: Tally
    movies: Tally
    shows: Tally
    episodes: Tally
    files: Tally
    corrections: Tally
    searched: int
    skipped: list[Skipped]

    @classmethod
    def of(cls, imported: Imported, dry_run: bool) -> Self:
        def tally(kind: str) -> Tally:
            return Tally(**{name: counted(imported, name)[kind] for name in Tally.model_fields})

        return cls(
            dry_run=dry_run,
            torrents=tally("torrents"),
            movies=tally("movies"),
            shows=tally("shows"),
            episodes=tally("episodes"),
            files=tally("files"),
            corrections=tally("corrections"),
            searched=len(imported.searches),
            skipped=[Skipped.model_validate(each) for each in imported.told],
        )


def counted(imported: Imported, name: str) -> Counter[str]:
    found: Counter[str] = getattr(imported, name)
    return found


async def export_library(
    services: Wired, metainfo: WithMetainfo = False, trackers: WithTrackers = True
) -> StreamingResponse:
    """The whole library as one JSON document, as it is at this moment.

    The same library gives the same document. It has everything that `POST /api/import` needs to list the same
    tree elsewhere: with `metainfo` at once, without it files can be opened when the swarm has sent the file
    lists. Keep it to yourself: trackers of private torrents are in it, unless `trackers=false`.
    """
    return StreamingResponse(
        services.exchange.export(Choice(metainfo, trackers)),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="momoshtrem.json"'},
    )


async def import_library(request: Request, services: Wired, dry_run: DryRun = False) -> ImportReport:
    """Add what a document of `GET /api/export` has and the library lacks.

    What is here stays as it is; an item that has files gets no others. A document with a mistake adds
    nothing. A large one takes a while, during which others read and write the library too, and is seen in the
    tree at its end. If the server ends before that, whole items are there; the same document adds the others.
    """
    return ImportReport.of(await services.exchange.add(request.stream(), dry_run=dry_run), dry_run)


_DOCUMENT: dict[str, Any] = {
    "application/json": {
        "schema": {
            "type": "object",
            "properties": {
                "format": {"type": "string", "examples": [FORMAT]},
                "version": {"type": "integer", "examples": [VERSION]},
            },
            "required": ["format", "version"],
        },
        "example": {
            "format": FORMAT,
            "version": VERSION,
            "movies": [{"title": "The Matrix", "year": 1999, "added_at": "2026-01-02T03:04:05Z"}],
        },
    }
}
EXPORT_ANSWER: dict[str, Any] = {"responses": {"200": {"content": _DOCUMENT}}}
IMPORT_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": _DOCUMENT}}
"""As OpenAPI tells them."""
