from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import momoshtrem.app
import momoshtrem.demo
from momoshtrem import __version__, logs
from momoshtrem.cli.commands import app
from momoshtrem.errors import StartFailed
from momoshtrem.settings import Settings
from tests.cli.conftest import Run


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The logging of the tests stays as it is."""
    monkeypatch.setattr(logs, "configure", lambda level, form: None)


def test_the_version() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"momoshtrem {__version__}\n"


def test_the_status(run: Run) -> None:
    told = run("status").stdout
    assert "momoshtrem 0.1.0, up for 0:01:01" in told
    assert "1 movies, 2 shows, 3 torrents" in told
    assert "4.0 GB free" in told
    assert "The swarm is reached by tun0 (10.8.0.2)\n" in told
    assert "The swarm is reached through socks5://10.8.0.1:1080\n" in told
    assert "5 ranges of addresses are blocked since 2026-01-02T03:04\n" in told
    assert "warning: No TMDB key is set." in told
    assert json.loads(run("status", "--json").stdout)["ok"] is True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    served: list[Path] = []

    async def serve(settings: Settings, stop: asyncio.Event) -> None:
        os.kill(os.getpid(), number)
        await stop.wait()
        served.append(settings.data_dir)

    monkeypatch.setattr(momoshtrem.app, "serve", serve)
    assert CliRunner().invoke(app, ["serve"]).exit_code == 0
    assert served == [data_dir]


def test_a_server_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(settings: Settings, stop: asyncio.Event) -> None:
        raise StartFailed("Port 4444 is in use.")

    monkeypatch.setattr(momoshtrem.app, "serve", serve)
    failed = CliRunner().invoke(app, ["serve"])
    assert (failed.exit_code, failed.stderr) == (1, "Error: Port 4444 is in use.\n")


def test_the_server_runs_without_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(settings: Settings, stop: asyncio.Event) -> None:
        assert type(asyncio.get_running_loop()).__module__.startswith("asyncio")

    monkeypatch.setitem(sys.modules, "uvloop", None)
    monkeypatch.setattr(momoshtrem.app, "serve", serve)
    assert CliRunner().invoke(app, ["serve"]).exit_code == 0


@pytest.mark.parametrize("once", [False, True])
def test_the_demo_gives_its_exit_code(monkeypatch: pytest.MonkeyPatch, once: bool) -> None:
    monkeypatch.setattr(momoshtrem.demo, "run", lambda asked: 3 if asked is once else 0)
    assert CliRunner().invoke(app, ["demo", *(["--once"] if once else [])]).exit_code == 3
