"""The command, and the order of what it looks at."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import typer
from rich.console import Console, Group
from rich.table import Table

from momoshtrem.cli import output
from momoshtrem.cli.check.configured import Configured, list_settings
from momoshtrem.cli.check.finding import Finding
from momoshtrem.cli.session import AsJson, connect, load_settings
from momoshtrem.client import ClientError
from momoshtrem.folder import DataFolder
from momoshtrem.settings import Settings

SERVER = "server"


def check(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Check settings, disk, ports, database, engine and TMDB of this machine; nothing is changed.

    Ends with 1 when something is an error. The server may run; then it is asked as well.
    """
    settings = load_settings()
    # What is wrong is told as a finding, not by a warning among them as well.
    logging.getLogger("momoshtrem").addHandler(logging.NullHandler())
    findings = tell_once(list(find_all(ctx, settings)))
    configured = list_settings(settings)
    if as_json:
        answer = {
            "ok": all(each.level != "error" for each in findings),
            "settings": [asdict(each) for each in configured],
            "findings": [asdict(each) for each in findings],
        }
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        Console(highlight=False).print(Group(render_settings(configured), "", render(findings)))
    if any(each.level == "error" for each in findings):
        raise typer.Exit(1)


def find_all(ctx: typer.Context, settings: Settings) -> Iterator[Finding]:
    # Database and engine take a second to import, and no other command needs them.
    from momoshtrem.cli.check import machine, parts  # noqa: PLC0415
    from momoshtrem.library.sqlite_file import find_file  # noqa: PLC0415

    folder = DataFolder(settings.data_dir)
    url = settings.database.url.get_secret_value() or folder.database_url
    yield from machine.check_folder(folder, settings.cache)
    running = folder.find_owner() is not None
    status = ask_server(ctx) if running else {}
    yield from status.get("findings", ())
    yield from machine.check_ports(settings, status.get("addresses", {}))
    yield from machine.check_certificate(settings.tls)
    yield machine.check_clock(find_file(url), datetime.now(UTC))
    yield parts.check_database(url)
    yield from parts.check_engine(settings.torrent, running=running)
    yield asyncio.run(parts.check_tmdb(settings.tmdb))


def tell_once(findings: list[Finding]) -> list[Finding]:
    """Without what the server says in the same words as the look at this machine."""
    seen = {each.message for each in findings if each.subject != SERVER}
    return [each for each in findings if each.subject != SERVER or each.message not in seen]


def ask_server(ctx: typer.Context) -> Mapping[str, Any]:
    """What the running server says is wrong, and where it listens."""
    try:
        status = connect(ctx).get_status()
    except ClientError as error:
        return {"findings": [Finding("error", SERVER, error.message)]}
    found = [Finding(each["level"], SERVER, each["message"]) for each in status["problems"]]
    well = [Finding("ok", SERVER, f"momoshtrem {status['version']} runs and answers.")]
    return {"findings": found or well, "addresses": status["addresses"]}


def render(findings: list[Finding]) -> Table:
    return output.table(("", "", ""), ([each.level, each.subject, each.message] for each in findings))


def render_settings(configured: list[Configured]) -> Table:
    rows = ([each.key, each.value, each.source] for each in configured)
    return output.table(("setting", "value", "from"), rows, whole=("setting", "from"))
