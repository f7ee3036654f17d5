from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from momoshtrem.settings import Transfer
from tests.cli.conftest import Run
from tests.fakes.services import FakeServices


def test_what_holds_is_shown(run: Run) -> None:
    told = run("transfer").stdout
    assert "Upload: while_watching\n" in told
    until = datetime(2026, 1, 2, 23, tzinfo=UTC).astimezone()
    assert f"Limits: down 5.0 MB/s, up none, until {until:%Y-%m-%d %H:%M}\n" in told
    assert "Now: down 1.0 MB/s, up 2.0 kB/s\n" in told
    assert json.loads(run("transfer", "--json").stdout)["uploaded"] == 3_000_000


def test_what_is_named_is_changed(run: Run, services: FakeServices) -> None:
    told = run("transfer", "set", "--upload", "targets", "--seed-ratio", "2", "--max-upload", "512KiB").stdout
    assert "Upload: targets (ratio 2 or 24 h)\n" in told
    assert "momoshtrem transfer reset" in told
    assert services.transfers.chosen == Transfer(
        upload="targets", seed_ratio=2.0, max_download=5_000_000, max_upload=512 * 1024
    )
    run("transfer", "set", "--max-download", "0")
    assert services.transfers.chosen.max_download == 0
    run("transfer", "reset")
    assert services.transfers.chosen == services.transfers.settings


def test_to_change_nothing_is_a_mistake(run: Run, services: FakeServices) -> None:
    failed = run("transfer", "set")
    assert (failed.exit_code, "--max-upload" in failed.stderr) == (2, True)
    assert services.transfers.chosen == services.transfers.settings


@pytest.mark.parametrize("option", [("--upload", "never"), ("--max-upload", "much"), ("--seed-ratio", "x")])
def test_what_cannot_be_is_refused(run: Run, services: FakeServices, option: tuple[str, str]) -> None:
    assert run("transfer", "set", *option).exit_code == 2
    assert services.transfers.chosen == services.transfers.settings
