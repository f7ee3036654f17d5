"""The whole command: the server, the demo, and clients of the server's API."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable
from typing import Annotated

import typer

from momoshtrem import __version__, logs
from momoshtrem.cli import assignments, backup, discover, exchange, jobs, library, output, torrents, transfer
from momoshtrem.cli.check.command import check
from momoshtrem.cli.session import AsJson, Commands, Place, connect, load_settings
from momoshtrem.settings import Settings

app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(library.movies, name="movie")
app.add_typer(library.shows, name="show")
app.add_typer(library.episodes, name="episode")
app.add_typer(torrents.torrents, name="torrents")
app.add_typer(jobs.jobs, name="jobs")
app.add_typer(transfer.transfer, name="transfer")
app.command()(discover.search)
app.command()(discover.wanted)
app.command()(discover.calendar)
app.command()(torrents.assign)
app.command()(torrents.unassign)
app.command()(assignments.proposals)
app.command()(assignments.confirm)
app.command()(assignments.reject)
app.command()(assignments.correct)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(exchange.export)
app.command("import")(exchange.add)
app.command()(check)


def main() -> None:
    app()


def tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"momoshtrem {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    url: Annotated[
        str,
        typer.Option(envvar="MOMOSHTREM_URL", help="Where the server is, if not on this machine."),
    ] = "",
    version: Annotated[
        bool, typer.Option("--version", callback=tell_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Plays films out of a torrent swarm, as files of a library."""
    ctx.obj = Place(url, transport=ctx.obj)


@app.command()
def serve() -> None:
    """Run the server until it is told to stop."""
    settings = load_settings()
    logs.configure(settings.logging.level, settings.logging.format)
    with asyncio.Runner(loop_factory=find_loop_factory()) as runner:
        runner.run(serve_until_told(settings))


@app.command()
def demo(once: Annotated[bool, typer.Option("--once", help="End after the check.")] = False) -> None:
    """Make a short film, seed it on this machine and play it out of the swarm."""
    from momoshtrem.demo import run  # noqa: PLC0415 - needs the extra `media`

    raise typer.Exit(run(once))


@app.command()
def status(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show how the server is, and what is wrong with it."""
    output.tell(connect(ctx).get_status(), as_json, output.status)


async def serve_until_told(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM."""
    gc.disable()  # until the app has settled: all that is loaded and built until then stays
    from momoshtrem.app import serve as run  # noqa: PLC0415 - slow to load, and no client needs it

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await run(settings, stop)


def find_loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """That of uvloop where it is installed."""
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 - optional, and only the server needs it
    except ImportError:
        return None
    return new_event_loop
