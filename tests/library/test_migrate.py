from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, select, text

from momoshtrem.errors import StartFailed
from momoshtrem.library import schema
from momoshtrem.library.migrate import upgrade

MOMENT = "'2026-01-02 03:04:05.000000'"
ROWS_OF_0001 = (
    f"INSERT INTO shows VALUES (1, 'Fargo', 'fargo', 2014, 60622, 'fargo (2014)', NULL, NULL, {MOMENT})",
    "INSERT INTO seasons VALUES (1, 1, 1)",
    "INSERT INTO episodes VALUES (1, 1, 1, NULL, NULL, '')",
    "INSERT INTO torrents VALUES"
    f" ('aa', 'Release', 'ready', NULL, NULL, 1, 1, 0, '[]', '[]', X'', {MOMENT}, NULL)",
    "INSERT INTO assignments VALUES"
    f" (1, NULL, 1, 'aa', 0, '1.mkv', 1, NULL, NULL, NULL, NULL, NULL, 1.0, '', 0, {MOMENT})",
)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return create_engine(f"sqlite:///{tmp_path}/library.db")


def definitions(conn: Connection) -> dict[str, list[str]]:
    """Each table's columns and constraints in any order, as a column that came later stands last."""
    found = conn.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {name: split_definitions(sql) for name, sql in found if name != "alembic_version"}


def split_definitions(sql: str) -> list[str]:
    start, end = sql.index("("), sql.rindex(")")
    commas_outside_brackets = r",(?![^()]*\))"
    inner = re.split(commas_outside_brackets, sql[start + 1 : end])
    return [sql[:start].strip(), *sorted(map(str.strip, inner)), sql[end + 1 :].strip()]


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
        assert definitions(migrated) == definitions(created)
    engine.dispose()
    fresh.dispose()


def test_a_second_time_changes_nothing(engine: Engine) -> None:
    with engine.begin() as conn:
        upgrade(conn)
        before = definitions(conn)
        upgrade(conn)
        assert definitions(conn) == before
    engine.dispose()


def test_an_unknown_revision_is_refused(engine: Engine) -> None:
    with engine.begin() as conn:
        upgrade(conn)
        conn.execute(text("UPDATE alembic_version SET version_num = 'later'"))
        with pytest.raises(StartFailed, match=r"newer momoshtrem \(schema later\)"):
            upgrade(conn)
    engine.dispose()


def test_assignments_that_could_not_fail_yet_live_on(engine: Engine) -> None:
    with engine.begin() as conn:
        upgrade(conn, "0001")
        for statement in ROWS_OF_0001:
            conn.execute(text(statement))
        upgrade(conn, "0003")
        conn.execute(text("UPDATE assignments SET proposed = 1, reason = 'by name', rank = 1"))
    with engine.begin() as conn:
        upgrade(conn)
        (assignment,) = conn.execute(select(schema.assignments)).all()
        assert (assignment.proposed, assignment.reason, assignment.rank) == (True, "by name", 1)
        assert (assignment.failed_at, assignment.failure) == (None, "")
        assert conn.execute(select(schema.outlines)).all() == []
    engine.dispose()


def test_what_was_there_before_the_cache_had_a_limit_lives_on(engine: Engine) -> None:
    with engine.begin() as conn:
        upgrade(conn, "0001")
        for statement in ROWS_OF_0001:
            conn.execute(text(statement))
        upgrade(conn, "0005")
        conn.execute(text("UPDATE torrents SET readable = X'80'"))
        conn.execute(text(f"INSERT INTO movies VALUES (1, 'Heat', 'heat', NULL, 1, '', '', '', {MOMENT})"))
    with engine.begin() as conn:
        upgrade(conn)
        for table in (schema.movies, schema.shows, schema.episodes):
            assert conn.execute(select(table.c.pinned)).scalars().all() == [False]
        (torrent,) = conn.execute(select(schema.torrents)).all()
        assert (torrent.readable, torrent.stamps) == (b"\x80", None)
        assert (torrent.uploaded, torrent.downloaded, torrent.seeded) == (0, 0, 0.0)
        assert conn.execute(select(schema.preferences)).all() == []
    engine.dispose()


def test_rows_of_the_first_schema_live_on(engine: Engine) -> None:
    with engine.begin() as conn:
        upgrade(conn, "0001")
        for statement in ROWS_OF_0001:
            conn.execute(text(statement))
        upgrade(conn)
        (show,) = conn.execute(select(schema.shows)).all()
        assert (show.title, show.refreshed_at, show.ended, show.whole) == ("Fargo", None, False, True)
        (torrent,) = conn.execute(select(schema.torrents)).all()
        assert (torrent.name, torrent.info_hash_v2) == ("Release", None)
        (assignment,) = conn.execute(select(schema.assignments)).all()
        assert (assignment.path, assignment.rank) == ("1.mkv", 0)
        assert (assignment.proposed, assignment.reason) == (False, "")
    engine.dispose()
