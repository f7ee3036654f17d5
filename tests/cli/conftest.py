"""The command, run in this process against fake services."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from momoshtrem.cli.commands import app
from momoshtrem.faces.api.app import make_api
from momoshtrem.faces.door import BasicAuth
from momoshtrem.folder import DataFolder
from tests.fakes.services import FakeServices, make_fakes
from tests.fakes.transport import DirectTransport

Run = Callable[..., Result]


@pytest.fixture
def services() -> FakeServices:
    return make_fakes()


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("MOMOSHTREM_CONFIG", "MOMOSHTREM_URL", "MOMOSHTREM_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MOMOSHTREM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def run(services: FakeServices, data_dir: Path) -> Run:
    """Runs `momoshtrem` with these arguments, against a server whose token the data folder has."""
    credentials, _ = DataFolder(data_dir).make().make_credentials("user", "secret")
    transport = DirectTransport(BasicAuth(make_api(services.bundle()), credentials))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, obj=transport)

    return run
