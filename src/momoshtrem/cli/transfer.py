"""Commands on what goes over the wire."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from momoshtrem.cli import output
from momoshtrem.cli.session import AsJson, connect
from momoshtrem.client import given
from momoshtrem.settings import parse_size

transfer = typer.Typer(help="Upload policy and rate limits.", invoke_without_command=True)


def read_rate(text: str) -> int:
    try:
        return int(str(parse_size(text)))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


RATE = typer.Option(parser=read_rate, metavar="RATE", help="Bytes per second, like 5MiB; 0 for no limit.")
MaxRate = Annotated[int | None, RATE]
Target = Annotated[float | None, typer.Option(help="Of the policy `targets`.")]


@transfer.callback()
def show_by_default(ctx: typer.Context, as_json: AsJson = False) -> None:
    if ctx.invoked_subcommand is None:
        output.tell(connect(ctx).get_transfer(), as_json, output.transfer)


@transfer.command("set")
def change(
    ctx: typer.Context,
    upload: Annotated[Literal["none", "while_watching", "targets"] | None, typer.Option()] = None,
    seed_ratio: Target = None,
    seed_hours: Target = None,
    max_download: MaxRate = None,
    max_upload: MaxRate = None,
    as_json: AsJson = False,
) -> None:
    """Change what is named, until it is reset; the schedule stays as it is."""
    changes = given(
        upload=upload,
        seed_ratio=seed_ratio,
        seed_hours=seed_hours,
        max_download=max_download,
        max_upload=max_upload,
    )
    if not changes:
        raise typer.BadParameter("name what is to change, for instance --max-upload 500KiB")
    client = connect(ctx)
    changed = client.change_transfer(client.get_transfer()["chosen"] | changes)
    output.tell(changed, as_json, output.transfer)


@transfer.command("reset")
def reset(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Have what the settings say again."""
    output.tell(connect(ctx).reset_transfer(), as_json, output.transfer)
