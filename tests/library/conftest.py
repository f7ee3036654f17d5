"""A real database for each test: SQLite, or the one of MOMOSHTREM_TEST_DATABASE_URL."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from momoshtrem.library import schema
from momoshtrem.library.database import Database
from momoshtrem.library.migrate import upgrade
from tests.library.samples import Recorder, running


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty library, made once."""
    path = tmp_path_factory.mktemp("library") / "template.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as conn:
        upgrade(conn)
    engine.dispose()
    return path


@pytest.fixture
def url(tmp_path: Path, template: Path) -> str:
    if given := os.environ.get("MOMOSHTREM_TEST_DATABASE_URL"):
        _empty(given)
        return given
    return f"sqlite:///{shutil.copy(template, tmp_path / 'library.db')}"


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def db(url: str, recorder: Recorder) -> AsyncIterator[Database]:
    async with running(url, recorder.bus) as database:
        yield database


def _empty(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as conn:
        schema.metadata.drop_all(conn)
        conn.execute(text("DROP TABLE IF EXISTS alembic_version"))
    engine.dispose()
