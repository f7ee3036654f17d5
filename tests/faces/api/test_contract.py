"""The API keeps to its own OpenAPI document, whatever it is sent: schemathesis against the real services."""

from __future__ import annotations

import asyncio
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from momoshtrem.app import run_services
from momoshtrem.errors import Unavailable
from momoshtrem.faces.api.app import make_api
from momoshtrem.faces.api.routes import ROUTES
from momoshtrem.faces.door import BasicAuth
from momoshtrem.folder import Credentials, DataFolder
from momoshtrem.integrations.http import Limits
from momoshtrem.integrations.tmdb import Tmdb
from momoshtrem.library.database import Tx
from momoshtrem.model.torrent import Magnet, Metainfo
from momoshtrem.settings import Settings
from momoshtrem.settings import Tmdb as TmdbSettings
from momoshtrem.torrents.engine import TorrentStore
from tests.faces.webdav.server import serving
from tests.fakes.engine import FakeEngine
from tests.fakes.tmdb import API_KEY, FakeTmdb
from tests.library.conftest import template as template
from tests.library.samples import HASH_B, assign, assignment, fill, running

CREDENTIALS = Credentials("user", "secret", "token")
SETTINGS = Settings(tmdb=TmdbSettings(api_key=SecretStr(API_KEY)))
RUN = """
color = false
headers = { Authorization = "Bearer token" }

[generation]
deterministic = true
max-examples = 3

[phases.stateful]
enabled = false

[checks]
# A schema cannot say all: a magnet link must be one, a title has no control characters.
positive_data_acceptance.enabled = false
# It asks everything twice more; the door is before all routes and has tests of its own.
ignored_auth.enabled = false
not_a_server_error.expected-statuses = ["2xx", "4xx", "503"]

[[operations]]
# Never ends.
include-path = "/api/events"
enabled = false
"""
"""The configuration of schemathesis."""


class SilentEngine(FakeEngine):
    """Its swarm has nobody, which it says at once."""

    async def fetch_metadata(self, magnet: Magnet) -> Metainfo:
        raise Unavailable("Nobody has the file list.")


def make_engine(_: Settings, __: DataFolder, store: TorrentStore, ___: asyncio.TaskGroup) -> SilentEngine:
    return SilentEngine(store)


def make_tmdb(chosen: TmdbSettings) -> Tmdb:
    return Tmdb(chosen, transport=httpx2.ASGITransport(FakeTmdb()), limits=Limits(per_second=1e6))


def stock(tx: Tx) -> None:
    """A movie, a show and torrents, with something assigned to the items whose id is 1."""
    fill(tx)
    assign(tx, assignment(movie_id=1), assignment(HASH_B, movie_id=1), assignment(HASH_B, 1, episode_id=1))


@pytest.fixture
async def url(tmp_path: Path, template: Path) -> AsyncIterator[str]:
    """Where the API is served, with a small library."""
    data = DataFolder(tmp_path)
    shutil.copy(template, tmp_path / "momoshtrem.db")
    async with running(data.database_url) as db:
        await db.run(stock)
    async with (
        run_services(SETTINGS, data, {}, make_engine, make_tmdb) as services,
        serving(BasicAuth(make_api(services), CREDENTIALS)) as port,
    ):
        yield f"http://127.0.0.1:{port}/api/openapi.json"


@pytest.mark.timeout(300)
async def test_every_answer_is_as_documented(url: str, tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(RUN)
    command = ("-m", "schemathesis.cli", "--config-file", str(config), "run", url)
    program = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=PIPE, stderr=STDOUT, cwd=tmp_path
    )
    try:
        output, _ = await program.communicate()
    finally:
        if program.returncode is None:
            program.kill()
    assert program.returncode == 0, output.decode()
    assert f"{len(ROUTES) - 1} selected / {len(ROUTES)} total" in output.decode()
