"""Commands on single assignments: what is proposed, and corrections by hand."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Group, RenderableType

from momoshtrem.cli import output
from momoshtrem.cli.session import AsJson, Limit, Offset, connect
from momoshtrem.client import Json

Ids = Annotated[list[int], typer.Argument(metavar="ID...", help="Of assignments.")]


def proposals(ctx: typer.Context, limit: Limit = 50, offset: Offset = 0, as_json: AsJson = False) -> None:
    """List matches that were too unsure to be listed."""
    output.tell(connect(ctx).list_assignments(proposed=True, limit=limit, offset=offset), as_json, proposed)


def confirm(ctx: typer.Context, ids: Ids) -> None:
    """List what was proposed or stands by, in the place of what is listed."""
    client = connect(ctx)
    for assignment_id in ids:
        client.confirm(assignment_id)


def reject(ctx: typer.Context, ids: Ids) -> None:
    """Take single files off their items, proposals or not."""
    client = connect(ctx)
    for assignment_id in ids:
        client.remove_assignment(assignment_id)


def correct(
    ctx: typer.Context,
    info_hash: Annotated[str, typer.Argument(metavar="INFO_HASH")],
    file_index: Annotated[int, typer.Argument(min=0, metavar="FILE")],
    episode_ids: Annotated[list[int], typer.Argument(metavar="EPISODE...", help="Ids of episodes.")],
    as_json: AsJson = False,
) -> None:
    """Say which episodes a file holds; later torrents of its release group are matched by that."""
    output.tell(connect(ctx).correct(info_hash, file_index, episode_ids), as_json, corrected)


def proposed(page: Json) -> RenderableType:
    columns = ("id", "for", "file", "size", "quality", "sure", "why")
    return Group(output.table(columns, (proposed_row(each) for each in page["items"])), output.counted(page))


def proposed_row(titled: Json) -> list[object]:
    file, number = titled["assignment"], titled["number"]
    episode = "" if number is None else " " + output.number(titled["season_number"], number)
    first = [file["id"], titled["title"] + episode, file["path"], *output.quality(file)]
    return [*first, f"{file['confidence']:.0%}", file["reason"]]


def corrected(answer: Json) -> RenderableType:
    rule = answer["correction"]
    if rule is None:
        return output.lines("Assigned; the name of the file tells nothing to make a rule of.")
    season = "" if rule["season"] is None else f"season {rule['season']} "
    return output.lines(
        f"Assigned. From now on {season}episode {rule['number']} of {rule['release_group']} "
        f"is {output.number(rule['to_season'], rule['to_number'])}, and so on."
    )
