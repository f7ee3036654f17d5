"""Commands that export and import the library of a server."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.console import Console

from momoshtrem.cli import output
from momoshtrem.cli.session import AsJson, connect
from momoshtrem.client import ClientError

Target = Annotated[Path, typer.Argument(metavar="FILE", help="Where to; - is the standard output.")]
Document = Annotated[Path, typer.Argument(metavar="FILE", help="What was exported; - is the standard input.")]
STANDARD = Path("-")


def export(
    ctx: typer.Context,
    file: Target = STANDARD,
    with_metainfo: Annotated[
        bool,
        typer.Option("--with-metainfo", help="Also the .torrent files, so that nothing is searched for."),
    ] = False,
    without_trackers: Annotated[
        bool, typer.Option("--without-trackers", help="No addresses of trackers, which may hold passkeys.")
    ] = False,
) -> None:
    """Write the library as JSON: titles, files, torrents, corrections."""
    client = connect(ctx)
    with opened(file) as target:
        client.export(target, metainfo=with_metainfo, trackers=not without_trackers)


def add(
    ctx: typer.Context,
    file: Document,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be added.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add what was exported to the library; what is there already stays as it is."""
    client = connect(ctx)
    try:
        with (
            contextlib.nullcontext(sys.stdin.buffer) if file == STANDARD else file.open("rb") as document,
            Console(stderr=True).status("Importing; the log of the server tells how far it is"),
        ):
            report = client.add_export(document, dry_run=dry_run)
    except OSError as error:
        raise ClientError("invalid_input", f"{file} cannot be read: {error.strerror}.") from error
    output.tell(report, as_json, output.imported)


@contextlib.contextmanager
def opened(file: Path) -> Iterator[IO[bytes]]:
    """A file that only its owner may read, in place when it is whole; or the standard output."""
    if file == STANDARD:
        yield sys.stdout.buffer
        return
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            yield target
        new.replace(file)
    except OSError as error:
        raise ClientError("storage_failed", f"{file} cannot be written: {error.strerror}.") from error
    finally:
        new.unlink(missing_ok=True)
