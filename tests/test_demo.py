from __future__ import annotations

import asyncio
import io
import signal
import tempfile
from pathlib import Path
from typing import Self

import pytest
from rich.console import Console

from momoshtrem import demo
from momoshtrem.demo import MOVIE_PATH, Played
from momoshtrem.spawn import LOOPBACK, SpawnedServer


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo makes its own folder; its films are short."""
    monkeypatch.setattr(demo, "SECONDS", {"movie": 2, "episode": 1})
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("HTTP_PROXY", f"http://{LOOPBACK}:9")
    return tmp_path


def test_it_plays_a_film_out_of_the_swarm(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.run(once=True) == 0
    said = capsys.readouterr().out
    assert f"Playing {MOVIE_PATH} out of the swarm" in said
    assert "E02.Interlaced.360p.WEB.x264-DEMO.mp4 → S01E02" in said
    assert "First byte after" in said
    assert "The bytes are those of the source" in said
    assert list(folder.iterdir()) == []


class NoProcess:
    """Stands where a seeder or the server would be."""

    address = "127.0.0.1:1"
    api_url = "http://127.0.0.1:1"
    auth = ("user", "password")

    def __init__(self, *_: object, **__: object) -> None: ...

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...


def test_other_bytes_are_a_failure(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def play(*_: object) -> Played:
        return Played(first_byte=0.5, seconds=2.0, size=8_000_000, equal=False)

    for name, stand_in in {"Seeder": NoProcess, "SpawnedServer": NoProcess, "_play": play}.items():
        monkeypatch.setattr(demo, name, stand_in)
    monkeypatch.setattr(demo, "_fill_library", lambda *_: None)
    assert demo.run(once=False) == 1
    assert "The bytes are NOT those of the source" in capsys.readouterr().out
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("equal", "said"), [(True, "bytes are those"), (False, "bytes are NOT those")])
def test_the_report(*, equal: bool, said: str) -> None:
    console = Console(file=io.StringIO(), width=200, record=True)
    demo._report(Played(first_byte=0.5, seconds=2.0, size=8_000_000, equal=equal), console)
    text = console.export_text()
    assert "First byte after 0.50 s, 8.0 MB in 2.0 s (4.0 MB/s" in text
    assert said in text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_players_are_told_where_it_is_until_it_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    server = SpawnedServer(tmp_path)
    console = Console(file=io.StringIO(), width=200, record=True)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(demo._wait_for_players(server, console))
        await asyncio.sleep(0)
        assert not waiting.done()
        signal.raise_signal(number)
    text = console.export_text()
    assert f"{server.webdav_url}/" in text
    assert server.password in text
