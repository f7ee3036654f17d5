"""Commands that look around: what TMDB knows, what has no file, and what airs."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from rich.console import Group, RenderableType

from momoshtrem.cli import output
from momoshtrem.cli.session import AsJson, Limit, Offset, connect
from momoshtrem.client import Json

Days = Annotated[int, typer.Option(min=0, max=366)]


def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="The title, or a part of it.")],
    kind: Annotated[Literal["movie", "show", "all"], typer.Option()] = "all",
    year: Annotated[int | None, typer.Option(help="Of the first release.")] = None,
    page: Annotated[int, typer.Option(min=1, max=500)] = 1,
    as_json: AsJson = False,
) -> None:
    """Search TMDB for titles to add."""
    output.tell(connect(ctx).search_tmdb(query, kind, year, page), as_json, titles)


def wanted(
    ctx: typer.Context,
    kind: Annotated[Literal["movie", "episode"] | None, typer.Option()] = None,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
) -> None:
    """List movies and aired episodes without a file."""
    output.tell(connect(ctx).list_wanted(kind, limit, offset), as_json, wanted_items)


def calendar(
    ctx: typer.Context, days_back: Days = 14, days_ahead: Days = 14, as_json: AsJson = False
) -> None:
    """List episodes that aired lately and that air soon."""
    output.tell(connect(ctx).list_calendar(days_back, days_ahead), as_json, airings)


def titles(page: Json) -> RenderableType:
    """Found titles; one that is not in the library has no id there."""
    keys = ("kind", "tmdb_id", "title", "year", "in_library")
    columns = ("kind", "tmdb", "title", "year", "id")
    found = output.table(columns, ([each[key] for key in keys] for each in page["items"]))
    return Group(found, output.lines(f"page {page['page']}, {page['total']} in all"))


def wanted_items(page: Json) -> RenderableType:
    columns = ("kind", "id", "since", "title", "episode", "name")
    return Group(output.table(columns, (wanted_row(each) for each in page["items"])), output.counted(page))


def wanted_row(item: Json) -> list[object]:
    episode = output.number(item["season_number"], item["number"]) if item["kind"] == "episode" else ""
    return [item["kind"], item["id"], item["since"], item["title"], episode, item["name"]]


def airings(page: Json) -> RenderableType:
    columns = ("id", "airs", "show", "episode", "name", "file")
    return Group(output.table(columns, (airing_row(each) for each in page["items"])), output.counted(page))


def airing_row(airing: Json) -> list[object]:
    episode = output.number(airing["season_number"], airing["number"])
    mark = "yes" if airing["has_file"] else ""
    return [airing["episode_id"], airing["air_date"], airing["title"], episode, airing["name"], mark]
