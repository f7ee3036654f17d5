from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from momoshtrem.folder import DataFolder
from momoshtrem.library import movies
from tests.cli.conftest import Run
from tests.library.samples import HEAT, running


@pytest.fixture
def library(run: Run, data_dir: Path) -> DataFolder:
    """A library with a movie; the folder has credentials already."""
    folder = DataFolder(data_dir)

    async def fill() -> None:
        async with running(folder.database_url) as db:
            await db.run(movies.insert, HEAT)

    asyncio.run(fill())
    return folder


def test_there_and_back(run: Run, library: DataFolder, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    made = run("backup", str(file))
    assert (made.exit_code, made.stderr) == (0, "")
    assert str(file) in made.stdout
    library.database.unlink()
    restored = run("restore", str(file))
    assert restored.exit_code == 0
    assert restored.stdout.startswith("Restored what momoshtrem ")
    assert "credentials.json.before-restore-" in restored.stdout
    assert library.database.exists()


def test_settings_that_were_left_out_are_told(
    run: Run, library: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('data_dir = "/elsewhere"\n')
    monkeypatch.setenv("MOMOSHTREM_CONFIG", str(settings))
    run("backup", str(tmp_path / "backup.zip"))
    assert "they were left out" in run("restore", str(tmp_path / "backup.zip")).stdout


def test_a_file_that_is_there_needs_force(run: Run, library: DataFolder, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    file.touch()
    refused = run("backup", str(file))
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert run("backup", str(file), "--force").exit_code == 0


def test_another_database_is_not_backed_up_nor_restored(
    run: Run, library: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.zip"
    run("backup", str(file))
    monkeypatch.setenv("MOMOSHTREM_DATABASE__URL", "postgresql://host/name")
    assert "pg_dump" in run("backup", str(tmp_path / "other.zip")).stderr
    assert "database.url" in run("restore", str(file)).stderr


def test_what_is_no_backup_is_one_line(run: Run, library: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no backup")
    failed = run("restore", str(tmp_path / "file"))
    assert failed.exit_code == 1
    assert failed.stderr.count("\n") == 1
