from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from momoshtrem.cli.commands import app
from momoshtrem.cli.session import is_local
from tests.cli.conftest import Run
from tests.fakes.services import FakeServices


def test_an_unknown_item_is_one_line(run: Run) -> None:
    failed = run("movie", "show", "9")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr == "Error: There is nothing with the id 9.\n"


def test_the_token_of_the_environment_goes_first(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOMOSHTREM_TOKEN", "wrong")
    assert "Set MOMOSHTREM_TOKEN" in run("status").stderr


def test_a_server_elsewhere_needs_no_settings_here(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOMOSHTREM_API__PORT", "wrong")
    assert run("status").exit_code == 2
    monkeypatch.setenv("MOMOSHTREM_TOKEN", "wrong")
    assert "Sign in" in run("--url", "http://server", "status").stderr


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOMOSHTREM_URL", "http://127.0.0.1:1")
    failed = CliRunner().invoke(app, ["status"])
    assert failed.exit_code == 1
    assert "start it with `momoshtrem serve`" in failed.stderr


@pytest.mark.parametrize("command", ["status", "serve"])
def test_wrong_settings_are_named_by_key_and_variable(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (data_dir / "momoshtrem.toml").write_text('[cache]\nmax_size = "much"\n[tmdb]\napi_kee = "hush"\n')
    monkeypatch.setenv("MOMOSHTREM_API__PORT", "99999")
    failed = CliRunner().invoke(app, [command])
    assert (failed.exit_code, failed.stdout) == (2, "")
    lines = failed.stderr.splitlines()
    assert "Error: tmdb.api_kee (MOMOSHTREM_TMDB__API_KEE): there is no such setting" in lines
    assert any(line.startswith("Error: api.port (MOMOSHTREM_API__PORT): ") for line in lines)
    assert any("cache.max_size (MOMOSHTREM_CACHE__MAX_SIZE): a size is" in line for line in lines)
    assert "hush" not in failed.stderr


def test_a_file_of_settings_that_is_no_toml(data_dir: Path) -> None:
    file = data_dir / "momoshtrem.toml"
    file.write_text("cache = [")
    failed = CliRunner().invoke(app, ["status"])
    assert failed.exit_code == 2
    assert failed.stderr.startswith(f"Error: {file}: ")


def test_a_section_that_is_no_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOMOSHTREM_CACHE", "much")
    failed = CliRunner().invoke(app, ["status"])
    assert failed.exit_code == 2
    assert "cache" in failed.stderr


def test_kept_credentials_that_are_broken(data_dir: Path, services: FakeServices) -> None:
    (data_dir / "credentials.json").write_text("{")
    failed = CliRunner().invoke(app, ["status"])
    assert failed.exit_code == 1
    assert "credentials.json" in failed.stderr


def test_only_a_server_on_this_machine_is_given_its_token() -> None:
    assert is_local("http://127.0.0.1:4444")
    assert is_local("http://localhost:4444/")
    assert not is_local("http://127.0.0.1.example.org:4444")
    assert not is_local("http://192.0.2.1:4444")
