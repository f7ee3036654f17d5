from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from momoshtrem.folder import DataFolder
from momoshtrem.services.health import Problem
from tests.cli.conftest import Run
from tests.cli.conftest import data_dir as data_dir
from tests.cli.conftest import run as run
from tests.cli.conftest import services as services
from tests.fakes.services import FakeServices


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports that are free, on loopback, and a cache that fits on any disk."""
    for key, value in {
        "API__PORT": "0",
        "WEBDAV__PORT": "0",
        "TORRENT__LISTEN_PORT": "0",
        "TORRENT__INTERFACE": "127.0.0.1",
        "CACHE__MAX_SIZE": "1",
        "CACHE__MIN_FREE": "0",
        "AUTH__PASSWORD": "hush",
    }.items():
        monkeypatch.setenv(f"MOMOSHTREM_{key}", value)


def test_all_is_well_but_for_a_key(run: Run, data_dir: Path) -> None:
    before = {path: path.read_bytes() for path in data_dir.iterdir()}
    checked = run("check")
    assert checked.exit_code == 0, checked.output
    for subject in ("data folder", "file system", "api port", "certificate", "clock", "database", "engine"):
        assert subject in checked.stdout
    assert "No TMDB key is set" in checked.stdout
    assert "auth.password" in checked.stdout
    assert "hush" not in checked.stdout
    assert {path: path.read_bytes() for path in data_dir.iterdir()} == before


def test_an_error_is_the_exit_code(run: Run, data_dir: Path) -> None:
    (data_dir / "momoshtrem.db").write_text("no database")
    checked = run("check", "--json")
    assert checked.exit_code == 1
    answer = json.loads(checked.stdout)
    assert answer["ok"] is False
    assert [each["subject"] for each in answer["findings"] if each["level"] == "error"] == ["database"]
    assert {"key": "api.port", "value": "0", "source": "environment"} in answer["settings"]


def test_a_server_that_runs_is_asked(run: Run, data_dir: Path) -> None:
    with DataFolder(data_dir).lock():
        checked = run("check")
    assert checked.exit_code == 0
    assert "The running server listens on 127.0.0.1:4444." in checked.stdout
    assert "No TMDB key is set." in checked.stdout


def test_what_the_server_says_too_is_told_once(run: Run, data_dir: Path, services: FakeServices) -> None:
    alone = json.loads(run("check", "--json").stdout)["findings"]
    message = next(each["message"] for each in alone if each["subject"] == "TMDB")
    services.health.answer = replace(services.health.answer, problems=(Problem("warning", message),))
    with DataFolder(data_dir).lock():
        findings = json.loads(run("check", "--json").stdout)["findings"]
    assert [each["subject"] for each in findings if each["message"] == message] == ["TMDB"]


def test_a_server_that_does_not_answer_is_an_error(run: Run, data_dir: Path, services: FakeServices) -> None:
    services.health.error = RuntimeError("broken")
    with DataFolder(data_dir).lock():
        checked = run("check", "--json")
    assert checked.exit_code == 1
    findings = json.loads(checked.stdout)["findings"]
    assert [each["level"] for each in findings if each["subject"] == "server"] == ["error"]


def test_wrong_settings_are_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOMOSHTREM_API__PORT", "much")
    checked = run("check")
    assert checked.exit_code == 2
    assert "api.port" in checked.stderr
