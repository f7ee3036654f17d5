"""Commands on the data folder of this machine: a backup, and the way back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.progress import Progress

from momoshtrem.cli.output import plain
from momoshtrem.cli.session import load_settings
from momoshtrem.errors import Conflict
from momoshtrem.folder import DataFolder
from momoshtrem.settings import config_file

BackupFile = Annotated[Path, typer.Argument(metavar="FILE")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")]


def backup(file: BackupFile, force: Force = False) -> None:
    """Back up library, credentials and settings of this machine's server, which may run.

    What is in the cache is not backed up. Whoever has the file can sign in: keep it like a password.
    """
    from momoshtrem.services.backup import Source, make_backup  # noqa: PLC0415 - no other command needs it

    settings = load_settings()
    folder = DataFolder(settings.data_dir)
    url = settings.database.url.get_secret_value() or folder.database_url
    with progress("Copying the database") as tell:
        make_backup(Source(folder, url, config_file()), file, datetime.now(UTC), force=force, tell=tell)
    say(f"{file}: {decimal(file.stat().st_size)}")


def restore(file: BackupFile) -> None:
    """Put a backup in the place of library, credentials and settings, while the server does not run.

    What is there stays beside it, as `….before-restore-…`. What the cache holds is fetched anew.
    """
    from momoshtrem.services.backup import restore as put_back  # noqa: PLC0415 - no other command needs it

    settings = load_settings()
    if settings.database.url.get_secret_value():
        raise Conflict("database.url names another database than that of the data folder; remove it first.")
    restored = put_back(file, DataFolder(settings.data_dir), datetime.now(UTC))
    made = restored.manifest
    say(f"Restored what momoshtrem {made.version} had at {made.made_at:%Y-%m-%d %H:%M:%S %Z}.")
    for path in restored.kept:
        say(f"What was there before is now {path}.")
    if restored.left_out:
        say("The settings of the backup name another data folder or database, so they were left out.")


@contextmanager
def progress(text: str) -> Iterator[Callable[[int, int], None]]:
    """Shows a bar on a terminal."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(text)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell


def say(text: str) -> None:
    typer.echo(plain(text))
