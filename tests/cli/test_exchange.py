from __future__ import annotations

import json
from pathlib import Path

from momoshtrem.errors import InvalidInput
from momoshtrem.services.exchange.export import Choice
from tests.cli.conftest import Run
from tests.fakes.exchange import DOCUMENT
from tests.fakes.services import FakeServices


def test_an_export_goes_to_a_file_or_to_the_output(run: Run, tmp_path: Path, services: FakeServices) -> None:
    file = tmp_path / "library.json"
    assert run("export", str(file)).exit_code == 0
    assert file.read_bytes() == DOCUMENT
    assert file.stat().st_mode & 0o777 == 0o600
    assert run("export", "--with-metainfo").stdout_bytes == DOCUMENT
    assert run("export", "-", "--without-trackers").stdout_bytes == DOCUMENT
    assert services.exchange.asked == [Choice(), Choice(metainfo=True), Choice(trackers=False)]


def test_an_export_that_fails_leaves_what_was_there(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "exports" / "library.json"
    file.parent.mkdir()
    file.write_text("before")
    failed = run("export", str(file), "--with-metainfo", "--without-trackers")
    assert failed.exit_code == 1
    assert "holds its trackers" in failed.stderr
    assert [path.read_text() for path in file.parent.iterdir()] == ["before"]


def test_where_an_export_cannot_go_is_said(run: Run, tmp_path: Path) -> None:
    failed = run("export", str(tmp_path / "none" / "library.json"))
    assert failed.exit_code == 1
    assert "cannot be written" in failed.stderr


def test_an_import_tells_what_it_did(run: Run, tmp_path: Path, services: FakeServices) -> None:
    file = tmp_path / "library.json"
    file.write_bytes(DOCUMENT)
    told = run("import", str(file)).stdout
    rows = [line.split() for line in told.splitlines()]
    assert ["movies", "2", "0", "0"] in rows
    assert "movies[0].files[0]: its torrent has no such file" in told
    report = json.loads(run("import", str(file), "--dry-run", "--json").stdout)
    assert report["movies"]["added"] == 2
    assert "would be" in run("import", str(file), "--dry-run").stdout
    assert services.exchange.added == [(DOCUMENT, False), (DOCUMENT, True), (DOCUMENT, True)]


def test_a_document_that_is_wrong_or_missing(run: Run, tmp_path: Path, services: FakeServices) -> None:
    assert "cannot be read" in run("import", str(tmp_path / "none.json")).stderr
    file = tmp_path / "library.json"
    file.write_bytes(b"{}")
    services.exchange.error = InvalidInput("movies[0].title: Field required.")
    failed = run("import", str(file))
    assert (failed.exit_code, failed.stderr) == (1, "Error: movies[0].title: Field required.\n")
