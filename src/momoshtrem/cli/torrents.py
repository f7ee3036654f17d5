"""Commands on torrents: which are there, and what they are assigned to."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from momoshtrem.cli import output
from momoshtrem.cli.session import AsJson, ItemId, Limit, Offset, connect
from momoshtrem.client import WAIT, Kind

torrents = typer.Typer(help="Torrents of the library.", invoke_without_command=True)

InfoHash = Annotated[str, typer.Argument(metavar="INFO_HASH")]


@torrents.callback()
def list_by_default(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        list_torrents(ctx)


@torrents.command("list")
def list_torrents(ctx: typer.Context, limit: Limit = 50, offset: Offset = 0, as_json: AsJson = False) -> None:
    """List torrents with their live status."""
    output.tell(connect(ctx).list_torrents(limit, offset), as_json, output.torrents)


@torrents.command("show")
def show_torrent(ctx: typer.Context, info_hash: InfoHash, as_json: AsJson = False) -> None:
    """Show a torrent and its files."""
    output.tell(connect(ctx).get_torrent(info_hash), as_json, output.torrent)


@torrents.command("remove")
def remove_torrent(
    ctx: typer.Context,
    info_hash: InfoHash,
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Also delete its bytes on disk.")
    ] = False,
) -> None:
    """Remove a torrent; its items lose their files."""
    connect(ctx).remove_torrent(info_hash, delete_data=delete_data)


@torrents.command("evict")
def evict_torrent(ctx: typer.Context, info_hash: InfoHash) -> None:
    """Take a torrent out of the cache, pinned or not; it stays in the library."""
    connect(ctx).evict_torrent(info_hash)


def assign(
    ctx: typer.Context,
    kind: Annotated[Kind, typer.Argument()],
    item_id: ItemId,
    source: Annotated[str, typer.Argument(metavar="MAGNET|FILE", help="A magnet link or a .torrent file.")],
    file_index: Annotated[int | None, typer.Option(min=0, help="The file, chosen by hand.")] = None,
    version: Annotated[str | None, typer.Option(help="The label of a second version, like 2160p.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be assigned.")] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for a magnet's file list.")] = WAIT,
    as_json: AsJson = False,
) -> None:
    """Assign a torrent to a movie, a show or an episode."""
    options = {"file_index": file_index, "version": version, "dry_run": dry_run}
    output.tell(connect(ctx).assign(kind, item_id, source, options, wait), as_json, output.assigned)


def unassign(
    ctx: typer.Context,
    kind: Annotated[Literal["movie", "episode"], typer.Argument()],
    item_id: ItemId,
) -> None:
    """Take all files off a movie or an episode."""
    connect(ctx).unassign(kind, item_id)
