from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, text

from momoshtrem.errors import StartFailed
from momoshtrem.library import schema
from momoshtrem.library.migrate import upgrade


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return create_engine(f"sqlite:///{tmp_path}/library.db")


def statements(conn: Connection) -> dict[str, str]:
    found = conn.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {name: sql for name, sql in found if name != "alembic_version"}


def test_an_empty_database_gets_the_tables_of_the_schema(engine: Engine) -> None:
    with engine.begin() as conn:
        upgrade(conn)
        assert compare_metadata(MigrationContext.configure(conn), schema.metadata) == []
    engine.dispose()


def test_the_migrations_say_the_same_as_the_schema(engine: Engine) -> None:
    fresh = create_engine("sqlite://")
    with engine.begin() as migrated, fresh.begin() as created:
        upgrade(migrated)
        schema.metadata.create_all(created)
        assert statements(migrated) == statements(created)
    engine.dispose()
    fresh.dispose()


def test_a_second_time_changes_nothing(engine: Engine) -> None:
    with engine.begin() as conn:
        upgrade(conn)
        before = statements(conn)
        upgrade(conn)
        assert statements(conn) == before
    engine.dispose()


def test_an_unknown_revision_is_refused(engine: Engine) -> None:
    with engine.begin() as conn:
        upgrade(conn)
        conn.execute(text("UPDATE alembic_version SET version_num = 'later'"))
        with pytest.raises(StartFailed, match=r"newer momoshtrem \(schema later\)"):
            upgrade(conn)
    engine.dispose()
