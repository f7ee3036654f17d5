"""Commands on movies and shows."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from momoshtrem.cli import output
from momoshtrem.cli.session import AsJson, ItemId, Limit, Offset, connect
from momoshtrem.client import Json, Kind

movies = typer.Typer(help="Movies of the library.", no_args_is_help=True)
shows = typer.Typer(help="Shows of the library.", no_args_is_help=True)
episodes = typer.Typer(help="Episodes of shows.", no_args_is_help=True)

Title = Annotated[str | None, typer.Argument(help="The title, for one added by hand.")]
Year = Annotated[int | None, typer.Option(help="The year, for one added by hand.")]
TmdbId = Annotated[int | None, typer.Option("--tmdb", help="The id at TMDB, instead of a title.")]
Search = Annotated[str, typer.Option(help="A part of the title.")]
Pinned = Annotated[bool, typer.Option("--pinned", help="Only what is pinned.")]
Seasons = Annotated[
    list[str] | None,
    typer.Option(
        "--season", help="A season and its number of episodes, like 1:10; with --tmdb only the season."
    ),
]


@movies.command("add")
def add_movie(
    ctx: typer.Context,
    title: Title = None,
    year: Year = None,
    tmdb_id: TmdbId = None,
    as_json: AsJson = False,
) -> None:
    """Add a movie, by its title or by its TMDB id."""
    check_one(title, tmdb_id)
    output.tell(connect(ctx).add_movie(title, year, tmdb_id=tmdb_id), as_json, output.item)


@movies.command("list")
def list_movies(
    ctx: typer.Context,
    search: Search = "",
    pinned: Pinned = False,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
) -> None:
    """List movies."""
    found = connect(ctx).list_movies(search, limit, offset, pinned=pinned or None)
    output.tell(found, as_json, output.items)


@movies.command("show")
def show_movie(ctx: typer.Context, movie_id: ItemId, as_json: AsJson = False) -> None:
    """Show a movie and its files."""
    output.tell(connect(ctx).get_movie(movie_id), as_json, output.movie)


@movies.command("remove")
def remove_movie(ctx: typer.Context, movie_id: ItemId) -> None:
    """Remove a movie; its torrents stay."""
    connect(ctx).remove_movie(movie_id)


@shows.command("add")
def add_show(
    ctx: typer.Context,
    title: Title = None,
    year: Year = None,
    tmdb_id: TmdbId = None,
    season: Seasons = None,
    as_json: AsJson = False,
) -> None:
    """Add a show, by its title and seasons or by its TMDB id."""
    check_one(title, tmdb_id)
    parse = parse_season if tmdb_id is None else parse_season_number
    seasons = [parse(text) for text in season] if season else None
    output.tell(connect(ctx).add_show(title, year, seasons, tmdb_id=tmdb_id), as_json, output.show)


@shows.command("list")
def list_shows(
    ctx: typer.Context,
    search: Search = "",
    pinned: Pinned = False,
    limit: Limit = 50,
    offset: Offset = 0,
    as_json: AsJson = False,
) -> None:
    """List shows; one with a pinned episode counts as pinned."""
    found = connect(ctx).list_shows(search, limit, offset, pinned=pinned or None)
    output.tell(found, as_json, output.items)


@shows.command("show")
def show_show(ctx: typer.Context, show_id: ItemId, as_json: AsJson = False) -> None:
    """Show a show with its episodes and their files."""
    output.tell(connect(ctx).get_show(show_id), as_json, output.show)


@shows.command("remove")
def remove_show(ctx: typer.Context, show_id: ItemId) -> None:
    """Remove a show; its torrents stay."""
    connect(ctx).remove_show(show_id)


@shows.command("refresh")
def refresh_show(ctx: typer.Context, show_id: ItemId, as_json: AsJson = False) -> None:
    """Take new seasons and episodes from TMDB."""
    output.tell(connect(ctx).refresh_show(show_id), as_json, output.refreshed)


def add_pins(group: typer.Typer, kind: Kind) -> None:
    """The commands that every kind of item has."""

    @group.command("pin", help=f"Keep what is in the cache of this {kind}.")
    def pin(ctx: typer.Context, item_id: ItemId) -> None:
        connect(ctx).pin(kind, item_id)

    @group.command("unpin", help=f"Let the cache make room of this {kind} again.")
    def unpin(ctx: typer.Context, item_id: ItemId) -> None:
        connect(ctx).unpin(kind, item_id)


add_pins(movies, "movie")
add_pins(shows, "show")
add_pins(episodes, "episode")


def check_one(title: str | None, tmdb_id: int | None) -> None:
    if (title is None) == (tmdb_id is None):
        raise typer.BadParameter("give either a title or --tmdb")


def parse_season(text: str) -> Json:
    """A season with numbered episodes, from `1:10`."""
    found = re.fullmatch(r"(\d{1,4}):(\d{1,4})", text, re.ASCII)
    if not found:
        raise typer.BadParameter(f"a season is written number:episodes, like 1:10, not {text!r}")
    return {"number": int(found[1]), "episodes": [{"number": each} for each in range(1, int(found[2]) + 1)]}


def parse_season_number(text: str) -> int:
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII):
        raise typer.BadParameter(f"with --tmdb a season is only its number, not {text!r}")
    return int(text)
